namespace Cvmfs.Net.Replication;

/// <summary>Where a replica lies on this machine. Immutable; touches no disk.</summary>
public sealed record ReplicaLocation
{
    /// <summary>Default spool folder, inside the storage folder: a name that no URL of a Stratum server reaches.</summary>
    public const string PrivateFolder = ".replica";

    /// <summary>Names a replica's folders.</summary>
    /// <param name="storageFolder">Holds the manifest and <c>data/</c>; its last part is the alias.</param>
    /// <param name="spoolFolder">Holds what must not be served: locks, the reflog's checksum, journals. The reference uses
    /// <c>/var/spool/cvmfs/&lt;alias&gt;</c>; share it to work beside its tools. Null: <see cref="PrivateFolder"/> in the storage folder.</param>
    /// <param name="alias">The local name; null for the last part of the storage folder's path.</param>
    /// <param name="reflogChecksumFolder">Holds the reflog's checksum, where that is not the spool folder; null where it is.</param>
    /// <exception cref="ArgumentException">A folder is empty text or no path.</exception>
    public ReplicaLocation(string storageFolder, string? spoolFolder = null, string? alias = null, string? reflogChecksumFolder = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(storageFolder);
        StorageFolder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(storageFolder));
        SpoolFolder = spoolFolder is null
            ? Path.Combine(StorageFolder, PrivateFolder)
            : Path.TrimEndingDirectorySeparator(Path.GetFullPath(spoolFolder));
        Alias = string.IsNullOrEmpty(alias) ? Path.GetFileName(StorageFolder) : alias;
        ReflogChecksumFolder = reflogChecksumFolder is null ? SpoolFolder : Path.TrimEndingDirectorySeparator(Path.GetFullPath(reflogChecksumFolder));
    }

    /// <summary>Full path of the storage folder.</summary>
    public string StorageFolder { get; }

    /// <summary>Full path of the spool folder.</summary>
    public string SpoolFolder { get; }

    /// <summary>Full path of the folder with the reflog's checksum: the spool folder, or the one where the reference's tools look for it whatever the
    /// spool folder is.</summary>
    public string ReflogChecksumFolder { get; }

    /// <summary>The replica's local name.</summary>
    public string Alias { get; }
}
