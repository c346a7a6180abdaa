using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Transport;

/// <summary>Fetches external data: files that a repository lists but does not hold, from a server of the reader's choice. Thread-safe.</summary>
/// <remarks>The URL is the base followed by the file's path in the repository; no hash appears in it. The bytes are verified like an object's:
/// the catalog has the hash of the file, or of each chunk.</remarks>
public sealed class ExternalDataSource : IAsyncDisposable
{
    private readonly string _baseUrl;
    private readonly HttpTransport _transport;
    private readonly VerifiedFetcherOptions _fetching;

    /// <summary>Names a source; connects when it is first asked for something.</summary>
    /// <param name="baseUrl">The external URL as clients are configured with it, without a query.</param>
    /// <param name="options">Defaults where null.</param>
    /// <param name="fetching">Defaults where null.</param>
    /// <exception cref="ArgumentException">Not an absolute http or https URL, or it has a query or fragment.</exception>
    public ExternalDataSource(Uri baseUrl, HttpRepositorySourceOptions? options = null, VerifiedFetcherOptions? fetching = null)
    {
        ArgumentNullException.ThrowIfNull(baseUrl);
        if (!baseUrl.IsAbsoluteUri || baseUrl.Scheme is not ("http" or "https") || baseUrl.Query.Length + baseUrl.Fragment.Length > 0)
        {
            throw new ArgumentException($"'{baseUrl}' is no base URL for external data.", nameof(baseUrl));
        }

        _baseUrl = baseUrl.AbsoluteUri.TrimEnd('/');
        _transport = new HttpTransport(options);
        _fetching = fetching ?? new VerifiedFetcherOptions();
    }

    /// <summary>The URL of a file.</summary>
    public string UrlOf(RepositoryPath path) => _baseUrl + UrlEscaping.Escape(path.Bytes);

    /// <summary>Opens a file or a part of it, unverified. Null when the server has none.</summary>
    /// <param name="path">The file's path in the repository.</param>
    /// <param name="range">The part; null for all. The server must answer with exactly that part.</param>
    /// <param name="mode">Whether caches on the way may answer.</param>
    /// <param name="cancellationToken">Cancels the opening; reading the body takes its own.</param>
    /// <exception cref="CvmfsTransportException">The server cannot be reached, or answers with anything but that part or its absence.</exception>
    public ValueTask<SourceBody?> OpenAsync(
        RepositoryPath path, ByteRange? range = null, FetchMode mode = FetchMode.Normal, CancellationToken cancellationToken = default)
        => _transport.GetAsync(UrlOf(path), mode, range, cancellationToken);

    /// <summary>Copies a file, or one chunk of it, into a store under its hash, verified.</summary>
    /// <param name="hash">What the catalog says of the file or chunk.</param>
    /// <param name="path">The file's path in the repository.</param>
    /// <param name="range">The chunk; null for a whole file.</param>
    /// <param name="store">Takes it: a cache, never a repository's own storage.</param>
    /// <param name="cancellationToken">Cancels; nothing stays.</param>
    /// <returns>Bytes stored; null when the server has no such file.</returns>
    /// <exception cref="ObjectIntegrityException">The server's bytes do not have that hash.</exception>
    /// <exception cref="CvmfsTransportException">The server could not be asked, or every transfer broke.</exception>
    /// <exception cref="IOException">The store cannot take it.</exception>
    public async ValueTask<long?> FetchAsync(
        ContentHash hash, RepositoryPath path, ByteRange? range, IObjectStore store, CancellationToken cancellationToken = default)
    {
        var one = new OneFile(this, path, range);
        await using var _ = one.ConfigureAwait(false);
        var source = new RetryingSource(one, _fetching.Retry);
        var key = new ObjectKey(hash, range is null ? ObjectSuffix.None : ObjectSuffix.Partial);
        return await new VerifiedFetcher(source, _fetching).FetchAsync(key, store, range?.Length, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _transport.DisposeAsync();

    /// <summary>Lets the verifying fetcher ask for one file by its path, whatever the key.</summary>
    private sealed class OneFile(ExternalDataSource external, RepositoryPath path, ByteRange? range) : IRepositorySource
    {
        public string Origin => external._baseUrl;

        public ValueTask<SourceBody?> OpenObjectAsync(ObjectKey key, FetchMode mode, CancellationToken cancellationToken)
            => external.OpenAsync(path, range, mode, cancellationToken);

        public ValueTask<SourceBody?> OpenRootFileAsync(string name, FetchMode mode, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<bool> RootFileExistsAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
