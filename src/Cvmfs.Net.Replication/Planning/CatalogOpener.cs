using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Replication.Planning;

/// <summary>Opens the database inside a catalog: in memory when it is small, else through a temporary file that loses its name at once.</summary>
internal sealed class CatalogOpener(string temporaryFolder, long maxDatabaseBytes)
{
    /// <summary>Opens a catalog.</summary>
    /// <param name="stored">Its stored bytes, able to seek.</param>
    /// <param name="node">Which catalog, and where.</param>
    /// <param name="cancellationToken">Cancels the decompression.</param>
    /// <exception cref="CvmfsFormatException">It does not decompress, is longer than allowed, or is no catalog.</exception>
    /// <exception cref="IOException">The temporary file cannot be written.</exception>
    public async Task<Catalog> OpenAsync(Stream stored, CatalogNode node, CancellationToken cancellationToken)
    {
        // A replica copies what its upstream publishes, so a catalog that believes to be elsewhere is none of its business.
        var options = new CatalogOptions { Name = node.Key.ToString(), AllowForeignPrefix = true };
        var buffer = new DatabaseBuffer(temporaryFolder);
        try
        {
            await using (buffer.ConfigureAwait(false))
            {
                await MetadataObject.DecompressAsync(stored, ObjectSuffix.Catalog, buffer, maxDatabaseBytes, options.Name, cancellationToken).ConfigureAwait(false);
            }

            return buffer.FilePath is { } path ? Catalog.Open(path, node.Mountpoint, options) : Catalog.Open(buffer.Content!.Value.Span, node.Mountpoint, options);
        }
        finally
        {
            if (buffer.FilePath is { } path) File.Delete(path); // the open database keeps the bytes; the name would only outlive a crash
        }
    }
}
