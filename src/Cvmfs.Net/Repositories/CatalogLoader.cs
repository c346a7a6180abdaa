using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Repositories;

/// <summary>Turns a catalog's hash into an open catalog: fetched, verified, decompressed within its announced size, opened.</summary>
internal sealed class CatalogLoader(ObjectReader objects, TemporaryFiles temporary, long maxCatalogBytes)
{
    // Most catalogs are smaller. Larger ones wait in a file, so that the number of open catalogs does not decide about memory.
    private const long MaxBytesInMemory = 4 << 20;

    /// <summary>Loads a catalog.</summary>
    /// <param name="id">Which, and where it is mounted.</param>
    /// <param name="size">Bytes of the database as the parent or manifest says; 0 for unknown.</param>
    /// <param name="isForeign">Whether it is bound from another place, so that its own prefix differs.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="CvmfsFormatException">It is not the announced size, exceeds the limit, or is no catalog.</exception>
    public async Task<LoadedCatalog> LoadAsync(CatalogId id, long size, bool isForeign, CancellationToken cancellationToken)
    {
        var key = new ObjectKey(id.Hash, ObjectSuffix.Catalog);
        string name = $"catalog {id.Hash} at {id.Mountpoint}";
        if (size > maxCatalogBytes) throw new CvmfsFormatException(name, $"has {size} bytes, the limit is {maxCatalogBytes}.");
        long limit = size > 0 ? size : maxCatalogBytes;
        var options = new CatalogOptions { Name = name, AllowForeignPrefix = isForeign };
        if (size is > 0 and <= MaxBytesInMemory)
        {
            byte[] image = await objects.ReadMetadataAsync(key, limit, cancellationToken).ConfigureAwait(false);
            RequireSize(name, image.Length, size);
            return new LoadedCatalog(Catalog.Open(image, id.Mountpoint, options), null);
        }

        string path = temporary.NewPath();
        try
        {
            var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 64 << 10, useAsync: false);
            await using (file.ConfigureAwait(false))
            {
                await objects.CopyMetadataAsync(key, file, limit, cancellationToken).ConfigureAwait(false);
                RequireSize(name, file.Length, size);
            }

            return new LoadedCatalog(Catalog.Open(path, id.Mountpoint, options), path);
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    private static void RequireSize(string name, long found, long expected)
    {
        if (expected > 0 && found != expected) throw new CvmfsFormatException(name, $"has {found} bytes, expected {expected}.");
    }
}

/// <summary>A catalog and the file that it may live in; both go together.</summary>
internal sealed class LoadedCatalog(Catalog catalog, string? temporaryFile) : IDisposable
{
    public Catalog Catalog { get; } = catalog;

    public void Dispose()
    {
        Catalog.Dispose();
        if (temporaryFile is not null) File.Delete(temporaryFile);
    }
}
