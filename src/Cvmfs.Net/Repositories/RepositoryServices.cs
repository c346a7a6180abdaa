using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Repositories;

/// <summary>What all revisions of one open repository share.</summary>
internal sealed class RepositoryServices : IAsyncDisposable
{
    private readonly bool _leaveOpen;
    private readonly TemporaryFiles _temporary;
    private readonly AlternativePathSource _alternatives;

    public RepositoryServices(IRepositorySource source, bool leaveOpen, CvmfsRepositoryOptions options)
    {
        (Source, _leaveOpen, Options) = (source, leaveOpen, options);
        _temporary = new TemporaryFiles(options.TemporaryFolder);
        _alternatives = new AlternativePathSource(source);
        Objects = new ObjectReader(new VerifiedFetcher(_alternatives), source.Origin, options.Cache ?? ObjectCache.InMemory(), _temporary);
        Catalogs = new CatalogPool(options.MaxIdleCatalogs);
        Loader = new CatalogLoader(Objects, _temporary, options.MaxCatalogBytes);
        External = options.ExternalUrl is { } url ? new ExternalDataSource(url) : null;
    }

    public IRepositorySource Source { get; }

    public CvmfsRepositoryOptions Options { get; }

    public ObjectReader Objects { get; }

    public CatalogPool Catalogs { get; }

    public CatalogLoader Loader { get; }

    /// <summary>Where external files are; null where nobody said.</summary>
    public ExternalDataSource? External { get; }

    /// <summary>Fetches this root catalog by its alternative name: the objects themselves may be behind access control.</summary>
    public void UseAlternativeName(Objects.ObjectKey rootCatalog) => _alternatives.Add(rootCatalog);

    public async ValueTask DisposeAsync()
    {
        Catalogs.Dispose();
        if (External is not null) await External.DisposeAsync().ConfigureAwait(false);
        if (!_leaveOpen) await Source.DisposeAsync().ConfigureAwait(false);
        _temporary.Dispose();
    }
}
