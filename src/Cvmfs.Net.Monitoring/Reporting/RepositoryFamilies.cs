using Cvmfs.Net.Diagnostics;
using Cvmfs.Net.Monitoring.Tracking;

namespace Cvmfs.Net.Monitoring.Reporting;

/// <summary>Metrics of repositories on servers, and of the trust in them.</summary>
internal static class RepositoryFamilies
{
    private const string Prefix = "cvmfs_probe_repository_";

    public static void Write(PrometheusText text, FleetView view, MetricsOptions options)
    {
        var rows = view.Servers.SelectMany(server => server.Repositories.Select(repository => (
            Labels: PrometheusText.Labels(options.LabelsOf(server), ("repository", repository.Name.ToString())),
            Repository: repository,
            Standing: view.Find(server.Target.Name, repository.Name)))).ToList();

        Add(Prefix + "up", "Whether the manifest is there and valid.", static one => one.IsUp ? 1 : 0);
        Add(Prefix + "revision", "Revision of the manifest.", static one => one.Manifest?.Revision);
        Add(Prefix + "published_timestamp_seconds", "Time the manifest was published.", static one => Seconds(one.Manifest?.PublishedAtUtc));
        Add(Prefix + "root_catalog_bytes", "Size of the root catalog.", static one => one.Manifest?.RootCatalogSize);
        Add(Prefix + "ttl_seconds", "Lifetime of the root catalog.", static one => one.Manifest?.Ttl.TotalSeconds);
        Add(Prefix + "garbage_collectable", "Whether garbage collection is allowed.", static one => Bool(one.Manifest?.IsGarbageCollectable));
        Add("cvmfs_probe_http_age_seconds", "How long a cache on the way had held the manifest.", static one => one.ManifestAge?.TotalSeconds);
        Add(Prefix + "last_snapshot_timestamp_seconds", "End of the last snapshot.", static one => Seconds(one.LastSnapshot));
        Add(Prefix + "snapshot_running_since_timestamp_seconds", "Begin of a snapshot that runs.", static one => Seconds(one.SnapshotRunningSince));
        Add(Prefix + "last_gc_timestamp_seconds", "End of the last garbage collection.", static one => Seconds(one.LastGarbageCollection));
        Add(Prefix + "last_check_timestamp_seconds", "End of the last check.", static one => Seconds(one.LastCheck));
        Add(Prefix + "check_success", "Whether the last check succeeded.", static one => Bool(one.Status.CheckSucceeded));

        AddStanding(Prefix + "revision_lag", PrometheusText.Gauge, "Revisions behind the reference.", static one => one.RevisionLag);
        AddStanding(Prefix + "lag_seconds", PrometheusText.Gauge, "Time since a revision is known that the server lacks.", static one => one.Lag?.TotalSeconds);
        AddStanding(Prefix + "root_hash_conflict", PrometheusText.Gauge, "Whether the server has another history than the reference.", static one => one.RevisionLag is null ? null : one.IsConflict ? 1 : 0);
        if (options.Counters is not null)
        {
            AddStanding(Prefix + "rollbacks_total", PrometheusText.Counter, "How often the revision went down.", static one => one.Rollbacks);
            AddStanding(Prefix + "changes_total", PrometheusText.Counter, "How often a new revision was seen.", static one => one.Changes);
        }

        text.Family(Prefix + "reference_info", PrometheusText.Gauge, "Where the reference of a repository was taken from.");
        foreach (var reference in view.References)
        {
            text.Sample(Prefix + "reference_info", PrometheusText.Labels(
                "", ("server", reference.Server), ("vantage", options.Vantage), ("repository", reference.Repository.ToString()), ("source", reference.Source.ToString().ToLowerInvariant())), 1);
        }

        Add("cvmfs_probe_whitelist_issued_timestamp_seconds", "Time the whitelist was signed.", static one => Seconds(one.Whitelist?.CreatedAt));
        Add("cvmfs_probe_whitelist_expiry_timestamp_seconds", "Time the whitelist expires.", static one => Seconds(one.Whitelist?.ExpiresAt));
        Add("cvmfs_probe_whitelist_valid", "Whether the whitelist is signed by a known key, for this name, and not expired; absent without keys.", static one => Bool(one.Trust.IsWhitelistValid));
        Add("cvmfs_probe_manifest_signature_valid", "Whether the whole chain of trust was verified; absent without keys.", static one => Bool(one.Trust.IsChainValid));
        Add("cvmfs_probe_signing_certificate_not_after_timestamp_seconds", "Time the publisher's certificate expires.", static one => Seconds(one.Trust.CertificateNotAfter));
        Add("cvmfs_probe_signing_certificate_listed", "Whether the publisher's certificate is on the whitelist.", static one => Bool(one.Trust.IsCertificateListed));
        text.Family("cvmfs_probe_master_key_info", PrometheusText.Gauge, "Which known key signed the whitelist.");
        foreach (var (labels, repository, _) in rows)
        {
            if (repository.Trust.MasterKeyId is { } key) text.Sample("cvmfs_probe_master_key_info", PrometheusText.Labels(labels, ("key_id", key)), 1);
        }

        Add("cvmfs_probe_root_catalog_available", "Whether the root catalog is there and whole.", static one => Bool(one.IsRootCatalogAvailable));

        void Add(string name, string help, Func<RepositoryReport, double?> value)
        {
            text.Family(name, PrometheusText.Gauge, help);
            foreach (var (labels, repository, _) in rows)
            {
                if (value(repository) is { } number) text.Sample(name, labels, number);
            }
        }

        void AddStanding(string name, string type, string help, Func<RepositoryStanding, double?> value)
        {
            text.Family(name, type, help);
            foreach (var (labels, _, standing) in rows)
            {
                if (standing is not null && value(standing) is { } number) text.Sample(name, labels, number);
            }
        }
    }

    private static double? Seconds(DateTimeOffset? time) => time?.ToUnixTimeSeconds();

    private static double? Bool(bool? value) => value is { } known ? known ? 1 : 0 : null;
}
