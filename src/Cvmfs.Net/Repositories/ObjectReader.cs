using System.Buffers;
using System.Net;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Repositories;

/// <summary>Brings objects, verified: from the cache if it has them, else from the source and through the cache.</summary>
/// <remarks>Safe for concurrent use: one fetch per object however many ask. Content above <see cref="MaxBytesInMemory"/> goes through files in the
/// temporary folder, which are gone when their users are.</remarks>
internal sealed class ObjectReader(VerifiedFetcher fetcher, string origin, ObjectCache cache, TemporaryFiles temporary)
{
    /// <summary>Content up to this many bytes is held in memory. Twice the largest chunk that the reference makes.</summary>
    public const int MaxBytesInMemory = 32 << 20;

    private readonly SingleFlight<ObjectKey, bool> _fetches = new();

    /// <summary>Reads a whole metadata object (catalog, history, meta info) and decompresses it in memory.</summary>
    /// <param name="key">The object.</param>
    /// <param name="maxBytes">Most bytes of content.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<byte[]> ReadMetadataAsync(ObjectKey key, long maxBytes, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        await CopyMetadataAsync(key, content, maxBytes, cancellationToken).ConfigureAwait(false);
        return content.ToArray();
    }

    /// <summary>Decompresses a metadata object into a stream.</summary>
    public async Task CopyMetadataAsync(ObjectKey key, Stream content, long maxBytes, CancellationToken cancellationToken)
    {
        var stored = await OpenStoredAsync(key, 0, (store, token) => FetchAsync(key, store, token), cancellationToken).ConfigureAwait(false);
        await using var open = stored.ConfigureAwait(false);
        await MetadataObject.DecompressAsync(stored, key.Suffix, content, maxBytes, ObjectPath.Of(key), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes exactly so many bytes, to memory or to a file.</summary>
    private async Task<PieceContent> ReadExactlyAsync(Stream decoded, long size, string origin, CancellationToken cancellationToken)
    {
        if (size > MaxBytesInMemory) return await ReadToFileAsync(decoded, size, origin, cancellationToken).ConfigureAwait(false);
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)size);
        try
        {
            int read = await decoded.ReadAtLeastAsync(buffer.AsMemory(0, (int)size), (int)size, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            if (read != size) throw WrongSize(origin, read, size);
            await RequireEndAsync(decoded, origin, size, cancellationToken).ConfigureAwait(false);
            return PieceContent.FromRented(buffer, (int)size);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    /// <summary>Loads one piece of an external file. The caller owns it.</summary>
    public Task<PieceContent> LoadExternalAsync(
        ExternalDataSource external, RepositoryPath path, FilePiece piece, bool isChunk, CompressionId compression, CancellationToken cancellationToken)
    {
        ByteRange? range = isChunk ? new ByteRange(piece.Offset, piece.Size) : null;
        string url = external.UrlOf(path);
        return LoadAsync(
            piece,
            compression,
            url,
            (store, token) => FetchExternalAsync(external, piece.Key, path, range, store, token),
            cancellationToken);
    }

    /// <summary>Loads one piece of a file. The caller owns it.</summary>
    public Task<PieceContent> LoadAsync(FilePiece piece, CompressionId compression, CancellationToken cancellationToken)
        => LoadAsync(piece, compression, ObjectPath.Of(piece.Key), (store, token) => FetchAsync(piece.Key, store, token), cancellationToken);

    private async Task<PieceContent> LoadAsync(
        FilePiece piece, CompressionId compression, string origin, Func<IObjectStore, CancellationToken, Task<long>> fetch, CancellationToken cancellationToken)
    {
        var stored = await OpenStoredAsync(piece.Key, piece.Size, fetch, cancellationToken).ConfigureAwait(false);
        await using var open = stored.ConfigureAwait(false);
        var decoded = ObjectCompression.OpenDecompressing(stored, compression, piece.Size, origin, leaveOpen: true);
        await using var decoding = decoded.ConfigureAwait(false);
        return await ReadExactlyAsync(decoded, piece.Size, origin, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens an object's stored bytes, verified and complete. The stream can seek; the caller disposes it.</summary>
    /// <param name="key">The object.</param>
    /// <param name="contentBytes">Bytes of content to expect, as a hint where to put it.</param>
    /// <param name="fetch">Brings the object into a store, verified, and says how many bytes that were.</param>
    /// <param name="cancellationToken">Ends the waiting of this caller.</param>
    private async Task<Stream> OpenStoredAsync(
        ObjectKey key, long contentBytes, Func<IObjectStore, CancellationToken, Task<long>> fetch, CancellationToken cancellationToken)
    {
        if (await OpenCachedAsync(key, cancellationToken).ConfigureAwait(false) is { } cached) return cached;
        if (contentBytes <= cache.MaxBytes / 2)
        {
            await _fetches.RunAsync(key, token => FetchToCacheAsync(key, fetch, token), cancellationToken).ConfigureAwait(false);
            if (await OpenCachedAsync(key, cancellationToken).ConfigureAwait(false) is { } fetched) return fetched;
        }

        // Too large for the cache, or evicted before we could read it: through a store of our own.
        var place = temporary.CreateStore();
        try
        {
            await fetch(place.Store, cancellationToken).ConfigureAwait(false);
            var stream = await place.Store.OpenReadAsync(key, cancellationToken).ConfigureAwait(false)
                ?? throw new IOException($"{ObjectPath.Of(key)} vanished from the temporary folder {place.Store.Location}.");
            return new OwningStream(stream, place);
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    private async Task<long> FetchAsync(ObjectKey key, IObjectStore store, CancellationToken cancellationToken)
        => await fetcher.FetchAsync(key, store, cancellationToken: cancellationToken).ConfigureAwait(false) ?? throw Missing(origin, ObjectPath.Of(key));

    private static async Task<long> FetchExternalAsync(
        ExternalDataSource external, ObjectKey key, RepositoryPath path, ByteRange? range, IObjectStore store, CancellationToken cancellationToken)
        => await external.FetchAsync(key.Hash, path, range, store, cancellationToken).ConfigureAwait(false) ?? throw Missing(external.UrlOf(path), "it");

    private async Task<bool> FetchToCacheAsync(ObjectKey key, Func<IObjectStore, CancellationToken, Task<long>> fetch, CancellationToken cancellationToken)
    {
        long length = await fetch(cache.Store, cancellationToken).ConfigureAwait(false);
        await cache.AddedAsync(key, length, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Opens what the cache has, if it is still what it was. The hash costs less than the bytes of a second fetch.</summary>
    private async ValueTask<Stream?> OpenCachedAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (await cache.Store.OpenReadAsync(key, cancellationToken).ConfigureAwait(false) is not { } stream) return null;
        try
        {
            if (await HasHashAsync(stream, key.Hash, cancellationToken).ConfigureAwait(false))
            {
                stream.Position = 0;
                cache.Touch(key);
                return stream;
            }
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        await stream.DisposeAsync().ConfigureAwait(false);
        await cache.RemoveAsync(key, cancellationToken).ConfigureAwait(false);
        return null;
    }

    private static async ValueTask<bool> HasHashAsync(Stream stream, ContentHash expected, CancellationToken cancellationToken)
    {
        using var hasher = ContentHasher.Create(expected.Algorithm);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
        try
        {
            for (int read; (read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;) hasher.Append(buffer.AsSpan(0, read));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return hasher.GetHashAndReset() == expected;
    }

    private async Task<PieceContent> ReadToFileAsync(Stream decoded, long size, string origin, CancellationToken cancellationToken)
    {
        var file = temporary.CreateFile();
        try
        {
            await decoded.CopyToAsync(file, cancellationToken).ConfigureAwait(false); // ends at the limit that the decoder was given
            await file.FlushAsync(cancellationToken).ConfigureAwait(false);
            return file.Length == size ? PieceContent.FromFile(file) : throw WrongSize(origin, file.Length, size);
        }
        catch
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task RequireEndAsync(Stream decoded, string origin, long size, CancellationToken cancellationToken)
    {
        byte[] one = new byte[1];
        if (await decoded.ReadAsync(one, cancellationToken).ConfigureAwait(false) != 0) throw WrongSize(origin, size + 1, size);
    }

    private static CvmfsTransportException Missing(string origin, string what)
        => new(origin, $"{what} is not there, though a catalog promises it.", isTransient: false, HttpStatusCode.NotFound);

    private static CvmfsFormatException WrongSize(string origin, long found, long expected)
        => new(origin, $"holds {(found > expected ? "more than " : "")}{Math.Min(found, expected)} bytes of content, the catalog says {expected}.");
}
