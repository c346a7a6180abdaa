// ReadThrough/ stands in for what a replica does not have.
//
//   miss ─► Upstream: one fetch per object ─► VerifiedFetcher ─► store ─► answered from there
//                                                  └─ hash wrong, server gone: 5xx, nothing kept
//   pass-through: every request ─► PassThrough ─► the other server's answer
//
// Must stay true
//   - What is stored was checked, and nobody is shown an object before it was.
//   - A client that leaves stops nobody else's fetch; the last one that leaves stops it.
//   - Only objects are fetched for a replica: its manifest and whitelist are what its folder says.
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Server.ReadThrough;

/// <summary>The upstreams of this host, by alias.</summary>
internal sealed class Upstreams : IAsyncDisposable
{
    private readonly Dictionary<string, Upstream> _upstreams = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Upstream>.AlternateLookup<ReadOnlySpan<char>> _byAlias;

    public Upstreams(CvmfsServerOptions options, TimeProvider time, ILogger logger, Diagnostics.ServerMetrics metrics)
    {
        foreach (var (alias, upstream) in options.ReadThrough)
        {
            _upstreams.Add(alias, new Upstream(alias, upstream, options, time, logger, metrics));
        }

        _byAlias = _upstreams.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Aliases that only pass requests on.</summary>
    public IEnumerable<string> PassThroughAliases => _upstreams.Where(pair => pair.Value.IsPassThrough).Select(pair => pair.Key);

    /// <summary>The upstream of a repository; null for most.</summary>
    public Upstream? Find(ReadOnlySpan<char> alias) => _upstreams.Count == 0 ? null : _byAlias.TryGetValue(alias, out var upstream) ? upstream : null;

    public async ValueTask DisposeAsync()
    {
        foreach (var upstream in _upstreams.Values) await upstream.DisposeAsync().ConfigureAwait(false);
    }
}
