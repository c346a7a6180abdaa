using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Journal;

namespace Cvmfs.Net.Replication.Transfer;

/// <summary>What the store is known to have of a catalog.</summary>
internal enum CatalogPresence
{
    /// <summary>Nothing, or nothing right.</summary>
    Absent,

    /// <summary>The catalog, and with it everything below.</summary>
    Whole,

    /// <summary>The catalog itself; for what is below it nothing vouches, so that it has to be walked.</summary>
    Alone,
}

/// <summary>Answers whether the store has something, and how far that answer can be trusted.</summary>
/// <remarks>Usually a name that is there is right, and a catalog that is there has its subtree. Neither holds for files of a time that a power
/// loss ended, nor where an operator wants everything looked at: those are hashed, and what is wrong is removed, so that it is fetched again.</remarks>
/// <param name="store">The replica's store.</param>
/// <param name="files">Its folder, for the times of files.</param>
/// <param name="verifyAll">Whether to look at everything.</param>
/// <param name="time">The clock.</param>
internal sealed class ObjectPresence(IObjectStore store, FileObjectStore files, bool verifyAll, TimeProvider time)
{
    private const int BufferBytes = 64 << 10;

    /// <summary>Remembers what is there; null to ask the store itself. Set before the first question.</summary>
    public PresenceIndex? Index { get; set; }

    /// <summary>Times whose files are in doubt. Set before the first question.</summary>
    public IReadOnlyList<SuspectSpan> Suspects { get; set; } = [];

    /// <summary>Whether what is below present catalogs has to be walked: they were stored under another path filter. Set before the first question.</summary>
    public bool DistrustsSubtrees { get; set; }

    /// <summary>Whether the store has an object, and its bytes are right as far as there is doubt.</summary>
    /// <exception cref="IOException">Something is there and cannot be read.</exception>
    public ValueTask<bool> ContainsAsync(ObjectKey key, CancellationToken cancellationToken)
        => verifyAll || Suspects.Count > 0 ? LookAsync(key, cancellationToken) : AskAsync(key, cancellationToken);

    /// <summary>What the store has of a catalog.</summary>
    /// <exception cref="IOException">Something is there and cannot be read.</exception>
    public async ValueTask<CatalogPresence> FindCatalogAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        bool isDoubtful = IsDoubtful(key);
        if (!await ContainsAsync(key, cancellationToken).ConfigureAwait(false)) return CatalogPresence.Absent;
        return isDoubtful || DistrustsSubtrees ? CatalogPresence.Alone : CatalogPresence.Whole;
    }

    /// <summary>Takes note of an object that was stored, or of a catalog that was committed or walked: it is there, and there is no doubt about it.</summary>
    public void Stored(ObjectKey key)
    {
        Index?.Added(key);
        Confirm(key);
    }

    /// <summary>Ends the doubt about an object: it was looked at, and so was what is below it.</summary>
    private void Confirm(ObjectKey key)
    {
        if (Suspects.Count == 0) return;
        var file = new FileInfo(files.PathOf(key));
        if (file.Exists) file.LastWriteTimeUtc = time.GetUtcNow().UtcDateTime;
    }

    private ValueTask<bool> AskAsync(ObjectKey key, CancellationToken cancellationToken)
        => Index?.ContainsAsync(key, cancellationToken) ?? store.ContainsAsync(key, cancellationToken);

    private async ValueTask<bool> LookAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!await AskAsync(key, cancellationToken).ConfigureAwait(false)) return false;
        if (!IsDoubtful(key)) return true;
        if (await HasRightBytesAsync(key, cancellationToken).ConfigureAwait(false))
        {
            if (key.Suffix != ObjectSuffix.Catalog) Confirm(key); // a catalog is done with when its subtree is
            return true;
        }

        await store.DeleteAsync(key, cancellationToken).ConfigureAwait(false);
        return false;
    }

    private bool IsDoubtful(ObjectKey key)
    {
        if (verifyAll) return true;
        if (Suspects.Count == 0) return false;
        var changed = new DateTimeOffset(File.GetLastWriteTimeUtc(files.PathOf(key)), TimeSpan.Zero);
        foreach (var span in Suspects)
        {
            if (span.Covers(changed)) return true;
        }

        return false;
    }

    private async ValueTask<bool> HasRightBytesAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        var stored = await store.OpenReadAsync(key, cancellationToken).ConfigureAwait(false);
        if (stored is null) return false;
        await using var open = stored.ConfigureAwait(false);
        using var hasher = ContentHasher.Create(key.Hash.Algorithm);
        byte[] buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (int read; (read = await stored.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;) hasher.Append(buffer.AsSpan(0, read));
            return hasher.GetHashAndReset() == key.Hash;
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
