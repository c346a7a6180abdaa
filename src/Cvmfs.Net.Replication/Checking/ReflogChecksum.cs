using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Reflogs;
using Cvmfs.Net.Replication.Diagnostics;
using Cvmfs.Net.Replication.Planning;
using Cvmfs.Net.Replication.Publishing;
using Cvmfs.Net.Replication.Repairing;
using Cvmfs.Net.Transport;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Replication.Checking;

/// <summary>The checksum of a replica's reflog, and how to set it right.</summary>
internal static class ReflogChecksum
{
    private const int MaxChecksumBytes = 256;
    private const int MaxLogBytes = 1 << 30;
    private const long MaxDatabaseBytes = 16L << 30;

    /// <summary>The checksum, and the one beside it that a run was about to put in place; null where there is none that is a hash.</summary>
    public static async Task<(ContentHash? Checksum, ContentHash? Next)> ReadAsync(string spoolFolder, CancellationToken cancellationToken)
    {
        var spool = SpoolOf(spoolFolder);
        return (await ReadAsync(spool, ReplicaReflog.ChecksumName, cancellationToken).ConfigureAwait(false),
            await ReadAsync(spool, ReplicaReflog.NextChecksumName, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Removes a checksum without a log, makes one that is missing or wrong from the log, and a log that is missing from the storage. The caller holds the
    /// lock of the replica's writers.</summary>
    /// <exception cref="IOException">A folder cannot take it.</exception>
    public static async Task RepairAsync(ReplicaLocation location, RepairLog log, ILogger logger, CancellationToken cancellationToken)
    {
        var storage = new RootFolder(location.StorageFolder);
        var spool = SpoolOf(location.ReflogChecksumFolder);
        byte[]? image = await storage.ReadAsync(RootFileNames.Reflog, MaxLogBytes, cancellationToken).ConfigureAwait(false);
        var (checksum, next) = await ReadAsync(location.ReflogChecksumFolder, cancellationToken).ConfigureAwait(false);
        var manifest = await ServedManifest.ReadAsync(storage, logger, cancellationToken).ConfigureAwait(false);
        if (manifest is null) return; // nothing says whose log it is
        if (image is null)
        {
            await RepairLogAsync(location, storage, spool, manifest, checksum, log, logger, cancellationToken).ConfigureAwait(false);
            return;
        }

        var algorithm = manifest.RootCatalog.Algorithm;
        if (checksum is { } known && Reflog.ComputeChecksum(known.Algorithm, image) == known) return;
        if (next is { } beside && Reflog.ComputeChecksum(beside.Algorithm, image) == beside) return; // the next run takes it
        string right = Reflog.ComputeChecksum(algorithm, image).ToString();
        await spool.ReplaceAsync(ReplicaReflog.ChecksumName, System.Text.Encoding.ASCII.GetBytes(right), cancellationToken).ConfigureAwait(false);
        log.Add(new RepairedObject(ReplicaReflog.ChecksumName, $"computed from {RootFileNames.Reflog}: {right}", 0));
    }

    private static async Task RepairLogAsync(
        ReplicaLocation location, RootFolder storage, RootFolder spool, Manifest manifest, ContentHash? checksum, RepairLog log, ILogger logger, CancellationToken cancellationToken)
    {
        if (checksum is not null)
        {
            await spool.DeleteAsync(ReplicaReflog.ChecksumName, cancellationToken).ConfigureAwait(false);
            log.Add(new RepairedObject(ReplicaReflog.ChecksumName, "removed: there is no reflog", 0));
        }

        if (manifest.Reflog.IsNull || !RepositoryName.TryParse(manifest.RepositoryName, out var name)) return;
        var opener = new CatalogOpener(Path.Combine(location.StorageFolder, ObjectPath.TransactionFolder), MaxDatabaseBytes);
        var reconstruction = new ReflogReconstruction(new FileObjectStore(location.StorageFolder), opener, logger);
        using var rebuilt = await ReplicaReflog.RebuildAsync(storage, spool, name, reconstruction, cancellationToken).ConfigureAwait(false);
        await rebuilt.SaveAsync(manifest.RootCatalog.Algorithm, cancellationToken).ConfigureAwait(false);
        log.Add(new RepairedObject(RootFileNames.Reflog, "made anew from the storage", 0));
        logger.ReflogRebuilt(manifest.RepositoryName, "it was missing.");
    }

    private static async Task<ContentHash?> ReadAsync(RootFolder spool, string name, CancellationToken cancellationToken)
    {
        try
        {
            byte[]? text = await spool.ReadAsync(name, MaxChecksumBytes, cancellationToken).ConfigureAwait(false);
            return text is not null && ContentHash.TryParse(System.Text.Encoding.ASCII.GetString(text).Trim(), out var hash) ? hash : null;
        }
        catch (CvmfsFormatException)
        {
            return null; // too long to be a hash
        }
    }

    private static RootFolder SpoolOf(string spoolFolder) => new(spoolFolder, new RootFolderOptions { TemporaryFolder = spoolFolder });
}
