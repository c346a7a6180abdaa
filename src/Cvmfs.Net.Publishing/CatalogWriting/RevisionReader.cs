using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Publishing.Trees;

namespace Cvmfs.Net.Publishing.CatalogWriting;

/// <summary>Reads the publisher's own earlier objects: verified, decompressed. Safe for concurrent use.</summary>
internal sealed class RevisionReader(IObjectStore store)
{
    private const long MaxMetadataBytes = int.MaxValue; // an image is one array

    /// <summary>Reads and opens a catalog. The caller disposes it.</summary>
    /// <exception cref="CvmfsPublishException">The object is missing.</exception>
    /// <exception cref="ObjectIntegrityException">The object is damaged.</exception>
    public async ValueTask<Catalog> OpenCatalogAsync(NestedCatalog catalog, CancellationToken cancellationToken)
    {
        byte[] image = await ReadCatalogAsync(catalog, cancellationToken).ConfigureAwait(false);
        return Catalog.Open(image, catalog.Mountpoint, new CatalogOptions { Name = new ObjectKey(catalog.Hash, ObjectSuffix.Catalog).ToString() });
    }

    /// <summary>Reads a catalog's file.</summary>
    /// <inheritdoc cref="OpenCatalogAsync"/>
    public ValueTask<byte[]> ReadCatalogAsync(NestedCatalog catalog, CancellationToken cancellationToken)
        => ReadAsync(new ObjectKey(catalog.Hash, ObjectSuffix.Catalog), catalog.Size, cancellationToken);

    /// <summary>Reads a metadata object's content.</summary>
    /// <param name="key">The object.</param>
    /// <param name="expectedSize">Bytes of content; 0 for unknown.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <inheritdoc cref="OpenCatalogAsync"/>
    public async ValueTask<byte[]> ReadAsync(ObjectKey key, long expectedSize, CancellationToken cancellationToken)
    {
        byte[] stored = await ReadStoredAsync(key, cancellationToken).ConfigureAwait(false);
        return ObjectCompression.Decompress(stored, CompressionId.Zlib, expectedSize > 0 ? expectedSize : MaxMetadataBytes, key.ToString());
    }

    /// <summary>Reads a file that is one object.</summary>
    /// <inheritdoc cref="OpenCatalogAsync"/>
    public async ValueTask<byte[]> ReadFileAsync(PublishedContent content, CancellationToken cancellationToken)
    {
        var key = new ObjectKey(content.Hash);
        byte[] stored = await ReadStoredAsync(key, cancellationToken).ConfigureAwait(false);
        return ObjectCompression.Decompress(stored, content.Compression, content.Size, key.ToString());
    }

    private async ValueTask<byte[]> ReadStoredAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        var stream = await store.OpenReadAsync(key, cancellationToken).ConfigureAwait(false)
            ?? throw new CvmfsPublishException(store.Location, $"object {key} of the current revision is missing.");
        await using var disposal = stream.ConfigureAwait(false);
        byte[] stored = new byte[stream.Length];
        await stream.ReadExactlyAsync(stored, cancellationToken).ConfigureAwait(false);
        var actual = ContentHash.Compute(key.Hash.Algorithm, stored);
        return actual == key.Hash ? stored : throw ObjectIntegrityException.Mismatch(key, actual, stored.Length, store.Location);
    }
}
