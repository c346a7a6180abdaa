namespace Cvmfs.Net.Monitoring.Reporting;

/// <summary>Writes reports as metrics in Prometheus' text format: for a scrape, or for the text file collector.</summary>
public static class MetricsReport
{
    /// <summary>The metrics of one run. A failed server is there with <c>cvmfs_probe_up</c> 0; what nobody measured is left out.</summary>
    public static string Write(IReadOnlyList<ServerReport> servers)
    {
        ArgumentNullException.ThrowIfNull(servers);
        var text = new PrometheusText();
        Servers(text, "cvmfs_probe_up", "Whether at least one expected manifest was fetched and parsed.", servers, static server => IsUp(server) ? 1 : 0);
        Servers(text, "cvmfs_probe_partial", "Whether some expected document did not come.", servers, static server => server.Outcome == ServerOutcome.Partial ? 1 : 0);
        Servers(text, "cvmfs_probe_last_run_timestamp_seconds", "End of the last probe.", servers, static server => Seconds(server.ScrapedAt));
        Servers(text, "cvmfs_probe_duration_seconds", "Duration of the last probe.", servers, static server => Math.Round(server.Duration.TotalSeconds, 3));
        Servers(text, "cvmfs_probe_geo_database_timestamp_seconds", "Date of the geo database.", servers, static server => Seconds(server.Listing?.LastGeoDbUpdate?.Time));

        text.Gauge("cvmfs_probe_repositories", "Number of repositories by state.");
        foreach (var server in servers)
        {
            int ok = server.Repositories.Count(static repository => repository.Outcome is RepositoryOutcome.Ok or RepositoryOutcome.Unverified);
            text.Sample("cvmfs_probe_repositories", ok, ("server", server.Target.Name), ("state", "ok"));
            text.Sample("cvmfs_probe_repositories", server.Repositories.Count - ok, ("server", server.Target.Name), ("state", "failed"));
        }

        Repositories(text, "cvmfs_probe_repository_up", "Whether the manifest is there and valid.", servers, static repository => repository.Outcome is RepositoryOutcome.Ok or RepositoryOutcome.Unverified ? 1 : 0);
        Repositories(text, "cvmfs_probe_repository_revision", "Revision of the manifest.", servers, static repository => repository.Manifest?.Revision);
        Repositories(text, "cvmfs_probe_repository_published_timestamp_seconds", "Time the manifest was published.", servers, static repository => Seconds(repository.Manifest?.PublishedAtUtc));
        Repositories(text, "cvmfs_probe_repository_root_catalog_bytes", "Size of the root catalog.", servers, static repository => repository.Manifest?.RootCatalogSize);
        Repositories(text, "cvmfs_probe_repository_ttl_seconds", "Lifetime of the root catalog.", servers, static repository => repository.Manifest?.Ttl.TotalSeconds);
        Repositories(text, "cvmfs_probe_repository_garbage_collectable", "Whether garbage collection is allowed.", servers, static repository => repository.Manifest is { } manifest ? manifest.IsGarbageCollectable ? 1 : 0 : null);
        Repositories(text, "cvmfs_probe_repository_last_snapshot_timestamp_seconds", "End of the last snapshot.", servers, static repository => Seconds(repository.Status.LastSnapshot?.Time));
        Repositories(text, "cvmfs_probe_repository_last_gc_timestamp_seconds", "End of the last garbage collection.", servers, static repository => Seconds(repository.Status.LastGarbageCollection?.Time));
        Repositories(text, "cvmfs_probe_repository_last_check_timestamp_seconds", "End of the last check.", servers, static repository => Seconds(repository.Status.LastCheck?.Time));
        Repositories(text, "cvmfs_probe_repository_check_success", "Whether the last check succeeded.", servers, static repository => repository.Status.CheckSucceeded is { } succeeded ? succeeded ? 1 : 0 : null);
        Repositories(text, "cvmfs_probe_whitelist_issued_timestamp_seconds", "Time the whitelist was signed.", servers, static repository => Seconds(repository.Whitelist?.CreatedAt));
        Repositories(text, "cvmfs_probe_whitelist_expiry_timestamp_seconds", "Time the whitelist expires.", servers, static repository => Seconds(repository.Whitelist?.ExpiresAt));
        Repositories(text, "cvmfs_probe_manifest_signature_valid", "Whether the whole chain of trust was verified; absent without keys.", servers, static repository => repository.Outcome switch
        {
            RepositoryOutcome.Ok => 1,
            RepositoryOutcome.Invalid => 0,
            _ => null,
        });
        return text.ToString();
    }

    private static void Servers(PrometheusText text, string name, string help, IReadOnlyList<ServerReport> servers, Func<ServerReport, double?> value)
    {
        text.Gauge(name, help);
        foreach (var server in servers)
        {
            if (value(server) is { } number) text.Sample(name, number, ("server", server.Target.Name));
        }
    }

    private static void Repositories(PrometheusText text, string name, string help, IReadOnlyList<ServerReport> servers, Func<RepositoryReport, double?> value)
    {
        text.Gauge(name, help);
        foreach (var server in servers)
        {
            foreach (var repository in server.Repositories)
            {
                if (value(repository) is { } number) text.Sample(name, number, ("server", server.Target.Name), ("repository", repository.Name.ToString()));
            }
        }
    }

    private static bool IsUp(ServerReport server) => server.Repositories.Any(static repository => repository.Manifest is not null);

    private static double? Seconds(DateTimeOffset? time) => time?.ToUnixTimeSeconds();
}
