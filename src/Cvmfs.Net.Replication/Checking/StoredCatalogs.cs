using Cvmfs.Net.Compression;
using Cvmfs.Net.Databases;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Planning;

namespace Cvmfs.Net.Replication.Checking;

/// <summary>Reads objects of a storage that a check has to understand: their bytes are hashed before they are believed. Thread-safe.</summary>
/// <param name="storageFolder">The storage.</param>
/// <param name="temporaryFolder">Where databases go that are too large for memory.</param>
internal sealed class StoredCatalogs(string storageFolder, string temporaryFolder)
{
    private const long MaxDatabaseBytes = 16L << 30;
    private const long MaxSmallBytes = 1L << 30;

    /// <summary>The storage.</summary>
    public FileObjectStore Store { get; } = new(storageFolder);

    /// <summary>Opens a catalog.</summary>
    /// <returns>The catalog, which the caller disposes; or what is wrong with it.</returns>
    /// <exception cref="IOException">The storage cannot be read, or the temporary folder not be written.</exception>
    public async Task<(CatalogRows? Rows, string? Problem)> OpenAsync(ContentHash hash, ObjectFileHasher hasher, CancellationToken cancellationToken)
    {
        var key = new ObjectKey(hash, ObjectSuffix.Catalog);
        if (Verify(key, hasher) is { } problem) return (null, problem);
        try
        {
            var file = await OpenDatabaseAsync(key, cancellationToken).ConfigureAwait(false);
            if (file is null) return (null, "nothing");
            try
            {
                return (new CatalogRows(file), null);
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is CvmfsFormatException or UnsupportedCompressionException)
        {
            return (null, e.Message);
        }
    }

    /// <summary>Reads a small object, decompressed.</summary>
    /// <returns>Its content; or what is wrong with it.</returns>
    /// <exception cref="IOException">The storage cannot be read.</exception>
    public async Task<(byte[]? Content, string? Problem)> ReadAsync(ObjectKey key, ObjectFileHasher hasher, CancellationToken cancellationToken)
    {
        if (Verify(key, hasher) is { } problem) return (null, problem);
        try
        {
            byte[] stored = await File.ReadAllBytesAsync(Store.PathOf(key), cancellationToken).ConfigureAwait(false);
            return (MetadataObject.Decompress(stored, key.Suffix, MaxSmallBytes, key.ToString()), null);
        }
        catch (FileNotFoundException)
        {
            return (null, "nothing");
        }
        catch (Exception e) when (e is CvmfsFormatException or UnsupportedCompressionException)
        {
            return (null, e.Message);
        }
    }

    private string? Verify(ObjectKey key, ObjectFileHasher hasher)
    {
        var found = hasher.Hash(Store.PathOf(key), key.Hash.Algorithm);
        return found.State switch
        {
            HashedFileState.Missing => "nothing",
            HashedFileState.SymbolicLink => "a symbolic link",
            _ when found.Hash != key.Hash => $"{found.Length} bytes of hash {found.Hash}",
            _ => null,
        };
    }

    private async Task<SqliteFile?> OpenDatabaseAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        var stored = await Store.OpenReadAsync(key, cancellationToken).ConfigureAwait(false);
        if (stored is null) return null;
        await using var closed = stored.ConfigureAwait(false);
        var buffer = new DatabaseBuffer(temporaryFolder);
        try
        {
            await using (buffer.ConfigureAwait(false))
            {
                await MetadataObject.DecompressAsync(stored, ObjectSuffix.Catalog, buffer, MaxDatabaseBytes, key.ToString(), cancellationToken).ConfigureAwait(false);
            }

            return buffer.FilePath is { } path ? SqliteFile.Open(path, key.ToString()) : SqliteFile.Open(buffer.Content!.Value.Span, key.ToString());
        }
        finally
        {
            if (buffer.FilePath is { } path) File.Delete(path); // the open database keeps the bytes
        }
    }
}
