using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Reflogs;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Replication.Publishing;

/// <summary>The replica's own reflog and the checksum that vouches for it.</summary>
/// <remarks>
/// <para>Log and checksum are two files in two folders, so no rename can switch both. The new checksum is therefore written beside the old one
/// first, then the log is replaced, then the new checksum takes its place. Whenever the process dies, the log matches one of the two, and
/// that one is promoted by the next run.</para>
/// <para>The log is read from the storage folder, not through a web server.</para>
/// </remarks>
internal sealed class ReplicaReflog : IDisposable
{
    /// <summary>The reference's name of the checksum file, in the spool folder.</summary>
    public const string ChecksumName = "reflog.chksum";

    /// <summary>Where the checksum is written while log and checksum are switched, in the spool folder.</summary>
    public const string NextChecksumName = ChecksumName + ".new";
    private const int MaxChecksumBytes = 256;
    private const int MaxLogBytes = 1 << 30; // some ten million entries

    private readonly Lock _gate = new(); // the log itself is not thread-safe
    private readonly Reflog _log;
    private readonly RootFolder _storage;
    private readonly RootFolder _spool;
    private bool _changed;

    private ReplicaReflog(Reflog log, RootFolder storage, RootFolder spool, bool changed)
        => (_log, _storage, _spool, _changed) = (log, storage, spool, changed);

    /// <summary>Opens the log, or begins one where that is allowed.</summary>
    /// <param name="storage">The folder that is served.</param>
    /// <param name="spool">The folder that is not.</param>
    /// <param name="repository">Whose log it must be.</param>
    /// <param name="isInitial">A first snapshot: nothing is served yet, so a log that does not hold may be begun anew.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="CvmfsFormatException">Log and checksum do not belong together, one of them is missing, or the log is damaged.</exception>
    public static async Task<ReplicaReflog> OpenAsync(
        RootFolder storage, RootFolder spool, RepositoryName repository, bool isInitial, CancellationToken cancellationToken)
    {
        byte[]? image = await storage.ReadAsync(RootFileNames.Reflog, MaxLogBytes, cancellationToken).ConfigureAwait(false);
        var checksum = await ReadChecksumAsync(spool, ChecksumName, cancellationToken).ConfigureAwait(false);
        var next = await ReadChecksumAsync(spool, NextChecksumName, cancellationToken).ConfigureAwait(false);
        try
        {
            if (image is null)
            {
                if (checksum is not null) throw new CvmfsFormatException(RootFileNames.Reflog, $"is missing; {ChecksumName} says {checksum}.");
                return new ReplicaReflog(Reflog.Create(repository.ToString()), storage, spool, changed: true) { IsNew = true };
            }

            if (!Matches(checksum, image))
            {
                if (!Matches(next, image))
                {
                    throw new CvmfsFormatException(RootFileNames.Reflog, checksum is null
                        ? $"is there and its checksum {ChecksumName} is not."
                        : $"hashes to {Reflog.ComputeChecksum(checksum.Value.Algorithm, image)}; {ChecksumName} says {checksum}.");
                }

                await PromoteAsync(spool, next!.Value, cancellationToken).ConfigureAwait(false);
            }

            return new ReplicaReflog(Reflog.Open(image, repository.ToString()), storage, spool, changed: false);
        }
        catch (CvmfsFormatException) when (isInitial)
        {
            return new ReplicaReflog(Reflog.Create(repository.ToString()), storage, spool, changed: true);
        }
    }

    /// <summary>Makes a log of what the store holds, in place of one that is lost or does not hold.</summary>
    /// <param name="storage">The folder that is served.</param>
    /// <param name="spool">The folder that is not.</param>
    /// <param name="repository">Whose log it is.</param>
    /// <param name="reconstruction">Looks through the store.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="IOException">The store cannot be read.</exception>
    public static async Task<ReplicaReflog> RebuildAsync(
        RootFolder storage, RootFolder spool, RepositoryName repository, ReflogReconstruction reconstruction, CancellationToken cancellationToken)
    {
        var entries = await reconstruction.FindEntriesAsync(cancellationToken).ConfigureAwait(false);
        var log = Reflog.Create(repository.ToString());
        log.Transact(() => entries.ForEach(log.Add));
        return new ReplicaReflog(log, storage, spool, changed: true) { IsNew = true };
    }

    /// <summary>Whether there was no log before.</summary>
    public bool IsNew { get; private init; }

    /// <summary>Whether a root catalog is in the log. From any thread, as long as nobody enters anything.</summary>
    public bool HasRoot(ContentHash root)
    {
        lock (_gate) return _log.Find(root) is { Kind: ReflogKind.RootCatalog };
    }

    /// <summary>Enters an object. One that is known keeps the time at which it was first seen: garbage collection counts from there.</summary>
    public void Add(ContentHash hash, ReflogKind kind, DateTimeOffset now)
    {
        if (hash.IsNull || _log.Find(hash) is not null) return;
        _log.Add(hash, kind, now);
        _changed = true;
    }

    /// <summary>Enters several objects.</summary>
    public void AddAll(IReadOnlyCollection<ContentHash> hashes, ReflogKind kind, DateTimeOffset now) => _log.Transact(() =>
    {
        foreach (var hash in hashes) Add(hash, kind, now);
    });

    /// <summary>All entries.</summary>
    public IReadOnlyList<ReflogEntry> List() => _log.List();

    /// <summary>Strikes objects out that are gone, and gives their room back.</summary>
    /// <returns>Entries struck out.</returns>
    public int RemoveAll(IReadOnlyCollection<ContentHash> hashes)
    {
        int removed = 0;
        _log.Transact(() =>
        {
            foreach (var hash in hashes) removed += _log.Remove(hash) ? 1 : 0;
        });
        if (removed == 0) return 0;
        _log.Compact();
        _changed = true;
        return removed;
    }

    /// <summary>Reads the entries without the replica's lock: the file is replaced as a whole, but may just be older or newer than its checksum.</summary>
    /// <returns>The entries, and whether the log belongs to a checksum; null where there is no log.</returns>
    /// <exception cref="CvmfsFormatException">The log is damaged or another repository's.</exception>
    public static async Task<(IReadOnlyList<ReflogEntry> Entries, bool IsVouchedFor)?> PeekAsync(
        RootFolder storage, RootFolder spool, RepositoryName repository, CancellationToken cancellationToken)
    {
        byte[]? image = await storage.ReadAsync(RootFileNames.Reflog, MaxLogBytes, cancellationToken).ConfigureAwait(false);
        if (image is null) return null;
        var checksum = await ReadChecksumAsync(spool, ChecksumName, cancellationToken).ConfigureAwait(false);
        var next = await ReadChecksumAsync(spool, NextChecksumName, cancellationToken).ConfigureAwait(false);
        using var log = Reflog.Open(image, repository.ToString());
        return (log.List(), Matches(checksum, image) || Matches(next, image));
    }

    /// <summary>Puts log and checksum in place, if anything was changed.</summary>
    /// <param name="algorithm">The repository's algorithm, for the checksum.</param>
    /// <param name="cancellationToken">Cancels between the steps; the next run repairs.</param>
    /// <exception cref="IOException">A folder cannot take them.</exception>
    public async Task SaveAsync(HashAlgorithmId algorithm, CancellationToken cancellationToken)
    {
        if (!_changed) return;
        byte[] image = _log.ToArray();
        var checksum = Reflog.ComputeChecksum(algorithm, image);
        await _spool.ReplaceAsync(NextChecksumName, Encoding.ASCII.GetBytes(checksum.ToString()), cancellationToken).ConfigureAwait(false);
        await _storage.ReplaceAsync(RootFileNames.Reflog, image, cancellationToken).ConfigureAwait(false);
        await PromoteAsync(_spool, checksum, cancellationToken).ConfigureAwait(false);
        _changed = false;
    }

    /// <inheritdoc/>
    public void Dispose() => _log.Dispose();

    private static bool Matches(ContentHash? checksum, byte[] image)
        => checksum is { } known && Reflog.ComputeChecksum(known.Algorithm, image) == known;

    private static async Task PromoteAsync(RootFolder spool, ContentHash checksum, CancellationToken cancellationToken)
    {
        await spool.ReplaceAsync(ChecksumName, Encoding.ASCII.GetBytes(checksum.ToString()), cancellationToken).ConfigureAwait(false);
        await spool.DeleteAsync(NextChecksumName, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<ContentHash?> ReadChecksumAsync(RootFolder spool, string name, CancellationToken cancellationToken)
    {
        byte[]? text = await spool.ReadAsync(name, MaxChecksumBytes, cancellationToken).ConfigureAwait(false);
        if (text is null) return null;
        return ContentHash.TryParse(Encoding.ASCII.GetString(text).Trim(), out var hash) ? hash : null;
    }
}
