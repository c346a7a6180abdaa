namespace Cvmfs.Net.Cli.Replicas;

/// <summary>What becomes of each of the reference's settings in the service's own configuration.</summary>
internal static class ImportedSettings
{
    private static readonly Dictionary<string, string> s_fates = new(StringComparer.Ordinal)
    {
        ["CVMFS_REPOSITORY_NAME"] = "Replicas:{alias}:Repository",
        ["CVMFS_STRATUM0"] = "Replicas:{alias}:Upstream",
        ["CVMFS_PUBLIC_KEY"] = "Replicas:{alias}:Key",
        ["CVMFS_UPSTREAM_STORAGE"] = "Replicas:{alias}:Storage",
        ["CVMFS_SPOOL_DIR"] = "Replicas:{alias}:Spool",
        ["CVMFS_SNAPSHOT_GROUP"] = "Replicas:{alias}:Group",
        ["CVMFS_REPLICA_ACTIVE"] = "Replicas:{alias}:Active",
        ["CVMFS_NUM_WORKERS"] = "Replicas:{alias}:MaxConnections",
        ["CVMFS_AUTO_GC"] = "Replicas:{alias}:Collect",
        ["CVMFS_AUTO_GC_TIMESPAN"] = "Replicas:{alias}:KeepFor",
        ["CVMFS_GC_DELETION_LOG"] = "Replicas:{alias}:DeletionLog",
        ["CVMFS_AUTO_GC_LAPSE"] = "Maintenance:CollectEvery (one for all replicas)",
        ["CVMFS_CHECK_ALL_MIN_DAYS"] = "Maintenance:CheckEvery (one for all replicas)",
        ["CVMFS_MAX_PARALLEL_SNAPSHOTS"] = "Limits:MaxSnapshots",
        ["CVMFS_GEO_DB_FILE"] = "GeoDatabase",
        ["CVMFS_UPDATEGEO_DIR"] = "GeoDatabase",
        ["CVMFS_UPDATEGEO_DB"] = "GeoDatabase",
        ["CVMFS_CREATOR_VERSION"] = "checked: the layout is the supported one",
        ["CVMFS_REPOSITORY_TYPE"] = "checked: it is a replica",
        ["CVMFS_USER"] = "not imported: run the service as this account",
        ["CVMFS_STRATUM1"] = "not needed: the replica's own folder is read, not its URL",
        ["CVMFS_PASSTHROUGH"] = "not imported: pass-through replicas are left to the web server",
        ["CVMFS_HTTP_TIMEOUT"] = "Replicas:{alias}:NetworkTimeout",
        ["CVMFS_HTTP_RETRIES"] = "Replicas:{alias}:Retries",
        ["CVMFS_SERVER_PROXY"] = "not needed: only snapshots use the network, and the reference takes them without it",
        ["CVMFS_FOLLOW_REDIRECTS"] = "not needed: snapshots never follow redirects, as with the reference",
        ["CVMFS_LOG_LEVEL"] = "not imported: see Logging in appsettings.json",
        ["CVMFS_SYNCFS_LEVEL"] = "not needed: everything is on the disk before a revision is shown",
        ["CVMFS_EXTENDED_GC_STATS"] = "not needed: bytes are always counted",
        ["CVMFS_PUBLISH_VERSIONS_IN_META_FILE"] = "not imported: read from the configuration folder by replica update-info",
        ["CVMFS_GEO_ACCOUNT_ID"] = "not imported: stays in server.local, for the update of the geo database",
        ["CVMFS_GEO_LICENSE_KEY"] = "not imported: stays in server.local, for the update of the geo database",
        ["CVMFS_GEO_AUTO_UPDATE"] = "not imported: stays in server.local, for the update of the geo database",
        ["CVMFS_UPDATEGEO_DAY"] = "not imported: stays in server.local, for the update of the geo database",
        ["CVMFS_UPDATEGEO_HOUR"] = "not imported: stays in server.local, for the update of the geo database",
        ["CVMFS_UPDATEGEO_MINDAYS"] = "not imported: stays in server.local, for the update of the geo database",
        ["CVMFS_UPDATEGEO_MAXDAYS"] = "not imported: stays in server.local, for the update of the geo database",
        ["CVMFS_UPDATEGEO_URLBASE"] = "not imported: stays in server.local, for the update of the geo database",
        ["CVMFS_HASH_ALGORITHM"] = "not needed: the algorithm is read from the repository",
        ["CVMFS_STATISTICS_DB"] = "not needed: there are metrics instead of a statistics database",
        ["CVMFS_STATS_DB_DAYS_TO_KEEP"] = "not needed: there are metrics instead of a statistics database",
        ["CVMFS_UPLOAD_STATS_DB"] = "not needed: there are metrics instead of a statistics database",
        ["CVMFS_SERVER_FLAGS"] = "not imported: switches of the reference's program",
        ["CVMFS_SERVER_APACHE_RELOAD_IS_RESTART"] = "not needed: there is no Apache",
        ["CVMFS_SERVER_DEBUG"] = "not needed: see Logging in appsettings.json",
        ["CVMFS_SERVER_OVERRIDE"] = "applied: the upstream is the one that it results in",
        ["CVMFS_IPV4_ONLY"] = "not imported",
    };

    /// <summary>One line for people.</summary>
    public static string FateOf(string name, string alias)
        => s_fates.TryGetValue(name, out string? fate) ? fate.Replace("{alias}", alias, StringComparison.Ordinal) : "not used here";
}
