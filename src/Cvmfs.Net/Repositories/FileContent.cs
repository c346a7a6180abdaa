using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Repositories;

/// <summary>Brings the pieces of one file, from the object store or from the external data server.</summary>
internal sealed class FileContent(RepositoryServices services, RepositoryPath path, CatalogEntry entry)
{
    public async Task<PieceContent> LoadAsync(FilePiece piece, CancellationToken cancellationToken)
    {
        if (!entry.IsExternal) return await services.Objects.LoadAsync(piece, entry.Compression, cancellationToken).ConfigureAwait(false);
        var external = services.External
            ?? throw new CvmfsTransportException(path.ToString(), "the content is external data, and no external URL was given.", isTransient: false);
        return await services.Objects.LoadExternalAsync(external, path, piece, entry.IsChunked, entry.Compression, cancellationToken).ConfigureAwait(false);
    }
}
