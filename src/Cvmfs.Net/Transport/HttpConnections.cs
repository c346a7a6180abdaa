using Cvmfs.Net.Transport.Wire;

namespace Cvmfs.Net.Transport;

/// <summary>Connections to servers over plain HTTP/1.1, kept open, used by several requests at once, and shared by all sources that are given
/// this object. Thread-safe.</summary>
/// <remarks>
/// <para>How many requests are on their way to a server is found out by trying: it rises while answers come faster for it, and falls
/// when the server fails, says that it has too much (429, 503), or only gets slower.</para>
/// <para>Requests are sent before earlier ones on the same connection are answered (pipelining), once the server has shown that it keeps
/// connections. One that answers fewer than it was asked is asked one at a time from then on.</para>
/// </remarks>
public sealed class HttpConnections : IAsyncDisposable
{
    private readonly HttpConnectionsOptions _options;
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Host, int Port), ServerConnections> _servers = [];
    private int _connections;
    private bool _isDisposed;

    /// <summary>Connects to nobody yet.</summary>
    /// <param name="options">Defaults where null; must not be changed afterwards.</param>
    public HttpConnections(HttpConnectionsOptions? options = null) => _options = options ?? new HttpConnectionsOptions();

    /// <summary>Connections that are open or being opened.</summary>
    public int Count => Volatile.Read(ref _connections);

    /// <summary>Requests that may be on their way to a server at present; 0 where it was never asked.</summary>
    /// <param name="server">Any URL of the server.</param>
    public int LimitOf(Uri server)
    {
        ArgumentNullException.ThrowIfNull(server);
        lock (_gate) return _servers.TryGetValue((server.IdnHost, server.Port), out var connections) ? connections.Limit : 0;
    }

    /// <summary>Closes all connections. Requests that are on their way fail.</summary>
    public async ValueTask DisposeAsync()
    {
        List<ServerConnections> servers;
        lock (_gate)
        {
            _isDisposed = true;
            servers = [.. _servers.Values];
        }

        foreach (var server in servers) await server.CloseAsync().ConfigureAwait(false);
    }

    /// <summary>The connections to a server.</summary>
    internal ServerConnections To(string host, int port)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (!_servers.TryGetValue((host, port), out var server)) _servers.Add((host, port), server = new ServerConnections(host, port, this, _options));
            return server;
        }
    }

    /// <summary>Asks for one more connection.</summary>
    /// <param name="isFirst">The server has none: it gets one whatever the limit says, or it would wait for ever.</param>
    internal bool TryReserve(bool isFirst)
    {
        if (Interlocked.Increment(ref _connections) <= _options.MaxConnections || isFirst) return true;
        Interlocked.Decrement(ref _connections);
        return false;
    }

    /// <summary>Gives a connection back.</summary>
    internal void Release() => Interlocked.Decrement(ref _connections);
}
