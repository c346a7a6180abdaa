// Transport/ brings bytes of one repository, from a server or a folder, and checks objects while they pass.
//
//   RepositorySource.Open ─► RetryingSource ─► FailoverSource ─► HttpRepositorySource, …    untrusted bytes
//                                           (servers, and ways     DirectoryRepositorySource
//                                            to one: Proxies/)
//   VerifiedFetcher ─► hash while streaming, capped ─► IObjectStore | StagedObject | bytes   verified
//
// Must stay true
//   - A body that ends before its announced length, or falls silent, throws; it never just ends.
//   - Absence (404, 410, no file) is null. Everything else that is not the bytes is a CvmfsTransportException.
//   - A limit of ours that ran out is a transport failure; only the caller's token makes an OperationCanceledException.
//   - Nothing here depends on ETag or Last-Modified, and nothing asks for or undoes a content coding.
// May use: Hashing, Objects, Trust and the rows between. Used by: Repositories and every feature.
// Rules from: the reference's download manager and its table of failure classes.
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Transport;

/// <summary>A repository on an HTTP server. Thread-safe.</summary>
/// <remarks>Dispose bodies soon: each holds one of <see cref="HttpRepositorySourceOptions.MaxConnections"/>.</remarks>
public sealed class HttpRepositorySource : IRepositorySource
{
    private readonly HttpTransport _transport;

    /// <summary>Names a source; connects when it is first asked for something.</summary>
    /// <param name="repository">Such as <c>http://host/cvmfs/repository.example.org</c>, without a query.</param>
    /// <param name="options">Defaults where null.</param>
    /// <exception cref="ArgumentException">Not an absolute http or https URL, or it has a query or fragment.</exception>
    public HttpRepositorySource(Uri repository, HttpRepositorySourceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(repository);
        if (!repository.IsAbsoluteUri || repository.Scheme is not ("http" or "https") || repository.Query.Length + repository.Fragment.Length > 0)
        {
            throw new ArgumentException($"'{repository}' is no repository's URL: expected http://host/cvmfs/name.", nameof(repository));
        }

        Origin = repository.AbsoluteUri.TrimEnd('/');
        _transport = new HttpTransport(options);
    }

    /// <inheritdoc/>
    public string Origin { get; }

    /// <inheritdoc/>
    public ValueTask<SourceBody?> OpenObjectAsync(ObjectKey key, FetchMode mode = FetchMode.Normal, CancellationToken cancellationToken = default)
        => _transport.GetAsync($"{Origin}/{ObjectPath.Of(key)}", mode, null, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<SourceBody?> OpenRootFileAsync(string name, FetchMode mode = FetchMode.Normal, CancellationToken cancellationToken = default)
        => _transport.GetAsync(UrlOf(name), mode, null, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> RootFileExistsAsync(string name, CancellationToken cancellationToken = default)
        => _transport.ExistsAsync(UrlOf(name), cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _transport.DisposeAsync();

    private string UrlOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return RootFolder.IsValidName(name) ? $"{Origin}/{name}" : throw new ArgumentException("Not the plain name of a root file.", nameof(name));
    }
}
