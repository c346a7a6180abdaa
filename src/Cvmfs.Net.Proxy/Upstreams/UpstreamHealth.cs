using System.Collections.Concurrent;
using Cvmfs.Net.Proxy.Routing;

namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>What is known of all who were asked, and whether anybody at all can be reached from here. Thread-safe.</summary>
internal sealed class UpstreamHealth(TimeProvider clock)
{
    /// <summary>Servers that requests name and that are remembered; patterns may allow any number.</summary>
    private const int MaxNamed = 4096;

    /// <summary>Failures longer ago say nothing about the way out now.</summary>
    private static readonly TimeSpan s_memory = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<(string Host, int Port, bool IsSecure), ServerState> _servers = new();
    private readonly Queue<(string Host, int Port, bool IsSecure)> _named = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _unreached = new(StringComparer.Ordinal);

    /// <summary>Everybody who was asked.</summary>
    public IEnumerable<ServerState> All => _servers.Values.OrderBy(static server => server.Name, StringComparer.Ordinal);

    /// <summary>Whether two or more servers could not be reached lately and no other one was: then it is the way out that is broken, not a server.</summary>
    public bool IsCutOff
    {
        get
        {
            lock (_lock)
            {
                foreach (var (server, _) in _unreached.Where(entry => clock.GetElapsedTime(entry.Value) > s_memory).ToList()) _unreached.Remove(server);
                return _unreached.Count >= 2;
            }
        }
    }

    /// <summary>What is known of a server that the operator wrote down. Never forgotten.</summary>
    public ServerState Of(Uri server)
    {
        var key = KeyOf(server);
        return _servers.TryGetValue(key, out var state) ? state : _servers.GetOrAdd(key, static (_, about) => new ServerState(about.server, about.clock), (server, clock));
    }

    /// <summary>What is known of the server that a request names. Of those the oldest are forgotten, so that no flood of names takes what is known of
    /// others away.</summary>
    public ServerState Of(ProxyRequest request)
    {
        if (_servers.TryGetValue((request.Host, request.Port, false), out var state)) return state;
        var server = new Uri($"http://{request.Authority}/");
        lock (_lock)
        {
            var key = KeyOf(server);
            if (_servers.TryGetValue(key, out state)) return state;
            if (_named.Count >= MaxNamed) _servers.TryRemove(_named.Dequeue(), out _);
            _named.Enqueue(key);
            return _servers.GetOrAdd(key, static (_, about) => new ServerState(about.server, about.clock), (server, clock));
        }
    }

    /// <summary>Somebody was reached.</summary>
    public void Reached()
    {
        lock (_lock)
        {
            if (_unreached.Count > 0) _unreached.Clear();
        }
    }

    /// <summary>A server was not reached.</summary>
    public void NotReached(ServerState server)
    {
        lock (_lock) _unreached[server.Name] = clock.GetTimestamp();
    }

    private static (string Host, int Port, bool IsSecure) KeyOf(Uri server) => (server.IdnHost, server.Port, server.Scheme == Uri.UriSchemeHttps);
}
