using Cvmfs.Net.Objects;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Testing;

/// <summary>A source that does something before each request. Thread-safe as far as what it does is.</summary>
/// <param name="inner">Answers.</param>
/// <param name="before">Told the path that is asked for and the number of the request, from 1.</param>
public sealed class InterceptedSource(IRepositorySource inner, Func<string, int, Task> before) : IRepositorySource
{
    private int _requests;

    /// <inheritdoc/>
    public string Origin => inner.Origin;

    /// <summary>Requests so far.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <inheritdoc/>
    public async ValueTask<SourceBody?> OpenObjectAsync(ObjectKey key, FetchMode mode = FetchMode.Normal, CancellationToken cancellationToken = default)
    {
        await before(ObjectPath.Of(key), Interlocked.Increment(ref _requests));
        return await inner.OpenObjectAsync(key, mode, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<SourceBody?> OpenRootFileAsync(string name, FetchMode mode = FetchMode.Normal, CancellationToken cancellationToken = default)
    {
        await before(name, Interlocked.Increment(ref _requests));
        return await inner.OpenRootFileAsync(name, mode, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> RootFileExistsAsync(string name, CancellationToken cancellationToken = default)
    {
        await before(name, Interlocked.Increment(ref _requests));
        return await inner.RootFileExistsAsync(name, cancellationToken);
    }

    /// <inheritdoc/>
    public bool TryLeave(string origin) => inner.TryLeave(origin);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
