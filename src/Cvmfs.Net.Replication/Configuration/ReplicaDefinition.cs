using System.Globalization;

namespace Cvmfs.Net.Replication.Configuration;

/// <summary>A replica as an operator wants it. What is null is not asked for: a new replica gets the reference's default, an existing one keeps what it has.</summary>
public sealed record ReplicaDefinition
{
    /// <summary>URL to copy from.</summary>
    public required string Upstream { get; init; }

    /// <summary>Public keys: files, or folders with <c>*.pub</c> files. Not for a pass-through replica.</summary>
    public IReadOnlyList<string> KeyPaths { get; init; } = [];

    /// <summary>Local name; null for the repository's own.</summary>
    public string? Alias { get; init; }

    /// <summary>Account that is to own the storage; null for the one that runs the program.</summary>
    public string? User { get; init; }

    /// <summary>Storage folder; null for one of the alias's name in the storage root.</summary>
    public string? StorageFolder { get; init; }

    /// <summary>URL under which the replica will be served; null for the reference's default.</summary>
    public string? OwnUrl { get; init; }

    /// <summary>Group for snapshots of all replicas.</summary>
    public string? Group { get; init; }

    /// <summary>Whether garbage is collected after snapshots.</summary>
    public bool? CollectsAfterSnapshot { get; init; }

    /// <summary>Whether requests are only passed on.</summary>
    public bool IsPassThrough { get; init; }

    /// <summary>Connections to the upstream at once.</summary>
    public int? Workers { get; init; }

    /// <summary>The settings of a new replica's <c>server.conf</c>, in the reference's order.</summary>
    internal IReadOnlyList<(string Name, string Value)> ServerSettings(string alias, string repository, HostConfigurationOptions host)
    {
        string storage = StorageFor(alias, host);
        var settings = new List<(string, string)>
        {
            ("CVMFS_CREATOR_VERSION", ReplicaConfiguration.SupportedLayout.ToString(CultureInfo.InvariantCulture)),
            ("CVMFS_REPOSITORY_NAME", repository),
            ("CVMFS_REPOSITORY_TYPE", "stratum1"),
            ("CVMFS_USER", User ?? Environment.UserName),
            ("CVMFS_SPOOL_DIR", Path.Combine(Path.GetFullPath(host.SpoolRoot), alias)),
            ("CVMFS_STRATUM0", Upstream),
            ("CVMFS_STRATUM1", OwnUrl ?? $"http://localhost/cvmfs/{alias}"),
            ("CVMFS_UPSTREAM_STORAGE", new UpstreamStorage(UpstreamStorage.Local, Path.Combine(storage, "data", "txn"), storage).ToString()),
            ("CVMFS_SNAPSHOT_GROUP", Group ?? ""),
        };
        if (CollectsAfterSnapshot == true) settings.Add(("CVMFS_AUTO_GC", "true"));
        return settings;
    }

    /// <summary>The settings of a new replica's <c>replica.conf</c>.</summary>
    internal IReadOnlyList<(string Name, string Value)> ReplicaSettings() => IsPassThrough
        ? [("CVMFS_PASSTHROUGH", "true")]
        :
        [
            ("CVMFS_NUM_WORKERS", (Workers ?? 16).ToString(CultureInfo.InvariantCulture)),
            ("CVMFS_PUBLIC_KEY", Keys),
            ("CVMFS_HTTP_TIMEOUT", "10"),
            ("CVMFS_HTTP_RETRIES", "3"),
        ];

    /// <summary>Storage folder of a new replica.</summary>
    internal string StorageFor(string alias, HostConfigurationOptions host) => StorageFolder is { } given ? Path.GetFullPath(given) : Path.Combine(Path.GetFullPath(host.StorageRoot), alias);

    /// <summary>What of an existing replica is not as it is asked for here: variable, value found (null for none), value wanted.</summary>
    internal IReadOnlyList<ReplicaDifference> DifferencesTo(ReplicaConfiguration existing)
    {
        var differences = new List<ReplicaDifference>();
        void Compare(string name, string? wanted, bool isReplicaConf = false)
        {
            string? found = existing.Find(name)?.Text;
            if (wanted is not null && wanted != (found ?? "")) differences.Add(new ReplicaDifference(name, found, wanted) { IsReplicaConf = isReplicaConf });
        }

        Compare("CVMFS_STRATUM0", Upstream);
        Compare("CVMFS_USER", User);
        Compare("CVMFS_STRATUM1", OwnUrl);
        Compare("CVMFS_SNAPSHOT_GROUP", Group);
        if (CollectsAfterSnapshot is { } collects && collects != existing.CollectsAfterSnapshot) Compare("CVMFS_AUTO_GC", collects ? "true" : "false");
        if (StorageFolder is { } storage && Path.TrimEndingDirectorySeparator(Path.GetFullPath(storage)) != existing.Storage.Target) Compare("CVMFS_UPSTREAM_STORAGE", $"local,{storage}/data/txn,{storage}");
        if (KeyPaths.Count > 0) Compare("CVMFS_PUBLIC_KEY", Keys, isReplicaConf: true);
        Compare("CVMFS_NUM_WORKERS", Workers?.ToString(CultureInfo.InvariantCulture), isReplicaConf: true);
        if (IsPassThrough != existing.IsPassThrough) Compare("CVMFS_PASSTHROUGH", IsPassThrough ? "true" : "false", isReplicaConf: true);
        return differences;
    }

    private string Keys => string.Join(':', KeyPaths);
}
