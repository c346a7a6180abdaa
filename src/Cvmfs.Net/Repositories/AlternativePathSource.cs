using System.Collections.Concurrent;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Repositories;

/// <summary>Asks for certain objects by their <c>.cvmfsalt-</c> names next to the manifest, as access-controlled repositories want it; for the
/// rest, and where the name is missing, by their place in <c>data/</c>.</summary>
internal sealed class AlternativePathSource(IRepositorySource inner) : IRepositorySource
{
    private readonly ConcurrentDictionary<ObjectKey, bool> _keys = new();

    public string Origin => inner.Origin;

    public void Add(ObjectKey key) => _keys.TryAdd(key, true);

    public async ValueTask<SourceBody?> OpenObjectAsync(ObjectKey key, FetchMode mode = FetchMode.Normal, CancellationToken cancellationToken = default)
    {
        if (_keys.ContainsKey(key)
            && await inner.OpenRootFileAsync(ObjectPath.AlternativeOf(key), mode, cancellationToken).ConfigureAwait(false) is { } alternative)
        {
            return alternative;
        }

        return await inner.OpenObjectAsync(key, mode, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<SourceBody?> OpenRootFileAsync(string name, FetchMode mode = FetchMode.Normal, CancellationToken cancellationToken = default)
        => inner.OpenRootFileAsync(name, mode, cancellationToken);

    public ValueTask<bool> RootFileExistsAsync(string name, CancellationToken cancellationToken = default) => inner.RootFileExistsAsync(name, cancellationToken);

    public bool TryLeave(string origin) => inner.TryLeave(origin);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask; // the inner source has its own owner
}
