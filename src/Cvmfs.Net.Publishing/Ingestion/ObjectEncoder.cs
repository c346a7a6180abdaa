using System.Runtime.InteropServices;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Publishing.Trees;

namespace Cvmfs.Net.Publishing.Ingestion;

/// <summary>Turns content into a stored object, or just into its hash. One per worker: buffers and hasher are reused. Not thread-safe.</summary>
internal sealed class ObjectEncoder(StoredObjects objects, HashAlgorithmId algorithm, CompressionId compression, int zlibLevel) : IDisposable
{
    /// <summary>Content up to this size is encoded in memory, which saves the temporary file of an object that turns out to be there.</summary>
    public const int InMemoryBytes = 1 << 20;

    private const int BlockBytes = 1 << 16;

    private readonly ContentHasher _hasher = ContentHasher.Create(algorithm);
    private readonly GrowingBuffer _output = new();
    private byte[] _input = new byte[BlockBytes];

    /// <summary>Stores bytes that are in memory.</summary>
    public async ValueTask<ContentHash> StoreAsync(ReadOnlyMemory<byte> content, ObjectSuffix suffix, CancellationToken cancellationToken)
    {
        if (content.Length > InMemoryBytes)
        {
            var source = OpenRead(content);
            await using var disposal = source.ConfigureAwait(false);
            return (await StreamAsync(source, suffix, cancellationToken).ConfigureAwait(false)).Hash;
        }

        var stored = Encode(content);
        var key = new ObjectKey(HashOf(stored.Span), suffix);
        await objects.StoreAsync(key, stored, cancellationToken).ConfigureAwait(false);
        return key.Hash;
    }

    /// <summary>Stores a whole file.</summary>
    /// <returns>Its hash, and how many bytes it really had.</returns>
    public async ValueTask<(ContentHash Hash, long Size)> StoreAsync(FileContent content, CancellationToken cancellationToken)
    {
        if (content.TryGetBytes(out var bytes))
            return (await StoreAsync(bytes, ObjectSuffix.None, cancellationToken).ConfigureAwait(false), bytes.Length);

        if (content.Length <= InMemoryBytes)
        {
            int length = await ReadSmallAsync(content, cancellationToken).ConfigureAwait(false);
            if (length <= InMemoryBytes)
                return (await StoreAsync(_input.AsMemory(0, length), ObjectSuffix.None, cancellationToken).ConfigureAwait(false), length);
        }

        var source = content.OpenRead();
        await using var disposal = source.ConfigureAwait(false);
        return await StreamAsync(source, ObjectSuffix.None, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stores a stream of any length as a whole file.</summary>
    public ValueTask<(ContentHash Hash, long Size)> StoreAsync(Stream content, CancellationToken cancellationToken)
        => StreamAsync(content, ObjectSuffix.None, cancellationToken);

    /// <summary>Hashes bytes as they are: for content that is stored elsewhere.</summary>
    public ContentHash HashOf(ReadOnlySpan<byte> content)
    {
        _hasher.Append(content);
        return _hasher.GetHashAndReset();
    }

    /// <summary>Hashes a stream as it is: for content that is stored elsewhere.</summary>
    public async ValueTask<(ContentHash Hash, long Size)> HashOfAsync(Stream content, CancellationToken cancellationToken)
    {
        long size = 0;
        for (int read; (read = await content.ReadAsync(_input, cancellationToken).ConfigureAwait(false)) > 0; size += read)
        {
            _hasher.Append(_input.AsSpan(0, read));
        }

        return (_hasher.GetHashAndReset(), size);
    }

    /// <inheritdoc/>
    public void Dispose() => _hasher.Dispose();

    private ReadOnlyMemory<byte> Encode(ReadOnlyMemory<byte> content)
    {
        if (compression == CompressionId.None) return content;
        _output.Clear();
        ZlibEncoding.Encode(content.Span, _output, zlibLevel);
        return _output.WrittenMemory;
    }

    private async ValueTask<(ContentHash Hash, long Size)> StreamAsync(Stream content, ObjectSuffix suffix, CancellationToken cancellationToken)
    {
        var writer = await objects.Store.BeginWriteAsync(algorithm, suffix, cancellationToken).ConfigureAwait(false);
        await using var writerDisposal = writer.ConfigureAwait(false);
        var target = new ObjectWriterStream(writer);
        await using var targetDisposal = target.ConfigureAwait(false);
        Stream encoder = compression == CompressionId.None ? target : ZlibEncoding.CreateStream(target, zlibLevel);
        long size = 0;
        await using (encoder.ConfigureAwait(false))
        {
            for (int read; (read = await content.ReadAsync(_input, cancellationToken).ConfigureAwait(false)) > 0; size += read)
            {
                await encoder.WriteAsync(_input.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            }
        }

        if (size == 0 && compression == CompressionId.Zlib) await writer.WriteAsync(ZlibCodec.EmptyContent, cancellationToken).ConfigureAwait(false);
        var staged = await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
        await using var stagedDisposal = staged.ConfigureAwait(false);
        await objects.CommitAsync(staged, cancellationToken).ConfigureAwait(false);
        return (staged.Key.Hash, size);
    }

    /// <summary>Reads a file that said it was small. A length beyond <see cref="InMemoryBytes"/> means that it has grown since.</summary>
    private async ValueTask<int> ReadSmallAsync(FileContent content, CancellationToken cancellationToken)
    {
        var source = content.OpenRead();
        await using var disposal = source.ConfigureAwait(false);
        int length = 0;
        while (length <= InMemoryBytes)
        {
            // One byte more than expected saves the read that finds the end, in the usual case.
            int wanted = (int)Math.Min(InMemoryBytes + 1, Math.Max(content.Length, length) + 1);
            if (_input.Length < wanted) Array.Resize(ref _input, Math.Max(wanted, Math.Min(2 * _input.Length, InMemoryBytes + 1)));
            int read = await source.ReadAsync(_input.AsMemory(length, wanted - length), cancellationToken).ConfigureAwait(false);
            if (read == 0) break;
            length += read;
        }

        return length;
    }

    private static MemoryStream OpenRead(ReadOnlyMemory<byte> content)
        => MemoryMarshal.TryGetArray(content, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(content.ToArray(), writable: false);
}
