namespace Cvmfs.Net.Transport;

/// <summary>Names of the files next to the manifest in a repository's root.</summary>
public static class RootFileNames
{
    /// <summary>The manifest.</summary>
    public const string Manifest = ".cvmfspublished";

    /// <summary>The whitelist.</summary>
    public const string Whitelist = ".cvmfswhitelist";

    /// <summary>The whitelist in a PKCS#7 envelope, for repositories that ask for it.</summary>
    public const string Pkcs7Whitelist = ".cvmfswhitelist.pkcs7";

    /// <summary>The reflog of this one storage.</summary>
    public const string Reflog = ".cvmfsreflog";

    /// <summary>Present where replication is allowed.</summary>
    public const string MasterReplica = ".cvmfs_master_replica";

    /// <summary>Times of the last snapshot, garbage collection and check.</summary>
    public const string Status = ".cvmfs_status.json";

    /// <summary>Time of the last successful snapshot; its presence says that there was one.</summary>
    public const string LastSnapshot = ".cvmfs_last_snapshot";

    /// <summary>Present while a snapshot runs.</summary>
    public const string IsSnapshotting = ".cvmfs_is_snapshotting";
}
