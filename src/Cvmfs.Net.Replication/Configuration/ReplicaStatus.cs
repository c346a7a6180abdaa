using Cvmfs.Net.Documents;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Publishing;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Replication.Configuration;

/// <summary>What a replica's folders say of it: read, not verified, and without asking anybody. Immutable.</summary>
public sealed record ReplicaStatus
{
    private const int MaxStatusBytes = 1 << 20;

    /// <summary>The manifest that is served; null where there is none.</summary>
    public Manifest? Manifest { get; private init; }

    /// <summary>When the whitelist that is served ends; null where there is none.</summary>
    public DateTimeOffset? WhitelistExpiresAt { get; private init; }

    /// <summary>When a snapshot last succeeded; null where none did.</summary>
    public DateTimeOffset? LastSnapshotAt { get; private init; }

    /// <summary>When garbage was last collected; null where the status document does not say.</summary>
    public DateTimeOffset? LastCollectionAt { get; private init; }

    /// <summary>When the replica was last checked; null where the status document does not say.</summary>
    public DateTimeOffset? LastCheckAt { get; private init; }

    /// <summary>How that check ended; null where the status document does not say.</summary>
    public bool? CheckSucceeded { get; private init; }

    /// <summary>Since when a snapshot runs, or has been cut off; null for neither.</summary>
    public DateTimeOffset? SnapshottingSince { get; private init; }

    /// <summary>Whether the replica lacks something by intention, see <see cref="ReplicationOptions.Filter"/>.</summary>
    public bool IsPartial { get; private init; }

    /// <summary>Free bytes where the objects are kept; null where that is not known.</summary>
    public long? FreeBytes { get; private init; }

    /// <summary>Who last took the lock of snapshots, by its own account: a running one, if <see cref="SnapshottingSince"/> is set. Empty where nobody said.</summary>
    public string LockHolder { get; private init; } = "";

    /// <summary>What could not be read, in sentences.</summary>
    public IReadOnlyList<string> Problems { get; private init; } = [];

    /// <summary>Reads the state.</summary>
    /// <param name="location">Where the replica lies.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<ReplicaStatus> ReadAsync(ReplicaLocation location, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(location);
        var folder = new RootFolder(location.StorageFolder);
        var problems = new List<string>();
        async Task<T?> ReadAsync<T>(string name, int maxBytes, Func<byte[], T> parse) where T : class
        {
            try
            {
                byte[]? bytes = await folder.ReadAsync(name, maxBytes, cancellationToken).ConfigureAwait(false);
                return bytes is null ? null : parse(bytes);
            }
            catch (Exception e) when (e is CvmfsFormatException or IOException)
            {
                problems.Add($"{Path.Combine(location.StorageFolder, name)}: {e.Message}");
                return null;
            }
        }

        var manifest = await ReadAsync(RootFileNames.Manifest, Manifest.MaxBytes, bytes => Manifest.Parse(bytes)).ConfigureAwait(false);
        var whitelist = await ReadAsync(RootFileNames.Whitelist, MaxStatusBytes, bytes => Whitelist.Parse(bytes)).ConfigureAwait(false);
        var status = await ReadAsync(RootFileNames.Status, MaxStatusBytes, bytes => StatusDocument.Parse(bytes)).ConfigureAwait(false);
        return new ReplicaStatus
        {
            Manifest = manifest,
            WhitelistExpiresAt = whitelist?.ExpiresAt,
            LastSnapshotAt = status?.LastSnapshot?.Time ?? WrittenAt(location, RootFileNames.LastSnapshot),
            LastCollectionAt = status?.LastGarbageCollection?.Time,
            LastCheckAt = status?.LastCheck?.Time,
            CheckSucceeded = status?.CheckSucceeded,
            SnapshottingSince = WrittenAt(location, RootFileNames.IsSnapshotting),
            IsPartial = File.Exists(Path.Combine(location.StorageFolder, Filtering.FilterRecord.MarkerName)),
            FreeBytes = FreeBytesOf(location.StorageFolder),
            LockHolder = ReplicaLock.DescribeHolder(Path.Combine(location.SpoolFolder, ReplicaLock.FileName)),
            Problems = problems,
        };
    }

    /// <summary>Free bytes of a folder's file system; null where that is not known.</summary>
    internal static long? FreeBytesOf(string folder)
    {
        try
        {
            return Directory.Exists(folder) ? new DriveInfo(folder).AvailableFreeSpace : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null; // some file systems do not say
        }
    }

    private static DateTimeOffset? WrittenAt(ReplicaLocation location, string name)
    {
        var file = new FileInfo(Path.Combine(location.StorageFolder, name));
        return file.Exists ? new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero) : null;
    }
}
