using System.Net.Sockets;

namespace Cvmfs.Net.Proxy.Upstreams.Http;

/// <summary>The connections to one host and port, of which there are never more than a limit. Thread-safe.</summary>
/// <remarks>The newest idle connection is used first, so that those not needed grow old and go.</remarks>
internal sealed class ConnectionPool(string host, int port, bool isConfigured, Dialer dialer, int maxConnections, TimeProvider clock) : IDisposable
{
    /// <summary>Servers close idle connections after 5 to 75 seconds; most of those that live longer than this are dead.</summary>
    private static readonly TimeSpan s_maxIdle = TimeSpan.FromSeconds(30);

    /// <summary>A name that moves is followed after this long.</summary>
    private static readonly TimeSpan s_maxAge = TimeSpan.FromMinutes(5);

    /// <summary>Requests that may wait for a connection: more of them would time out in the queue anyway.</summary>
    private const int MaxWaiting = 4096;

    private readonly Lock _lock = new();
    private readonly List<HttpConnection> _idle = [];
    private readonly LinkedList<TaskCompletionSource<HttpConnection?>> _waiting = new();
    private int _open;
    private bool _isDisposed;

    /// <summary>Connections that are open or being opened.</summary>
    public int Open
    {
        get { lock (_lock) return _open; }
    }

    /// <summary>Connections that wait for a request.</summary>
    public int Idle
    {
        get { lock (_lock) return _idle.Count; }
    }

    /// <summary>Connections that carry a request or are being opened for one.</summary>
    public int Busy
    {
        get { lock (_lock) return _open - _idle.Count; }
    }

    /// <summary>Requests that wait for one.</summary>
    public int Waiting
    {
        get { lock (_lock) return _waiting.Count; }
    }

    /// <summary>An idle connection, or a new one, or the next that is given back.</summary>
    /// <param name="fresh">No used one: a request that lost one may not lose another.</param>
    /// <param name="limit">Longest wait for all of that.</param>
    /// <param name="connectLimit">Longest wait for a new connection.</param>
    /// <param name="url">For messages.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="UpstreamException">There is none to be had.</exception>
    public ValueTask<HttpConnection> RentAsync(bool fresh, TimeSpan limit, TimeSpan connectLimit, string url, CancellationToken cancellationToken)
    {
        while (!fresh)
        {
            HttpConnection connection;
            lock (_lock)
            {
                if (_idle.Count == 0) break;
                connection = _idle[^1];
                _idle.RemoveAt(_idle.Count - 1);
            }

            if (IsGood(connection)) return new(connection);
            Discard(connection);
        }

        return OpenAsync(limit, connectLimit, url, cancellationToken);
    }

    /// <summary>Gives back a connection that is ready for another request.</summary>
    public void Return(HttpConnection connection)
    {
        connection.Rest();
        TaskCompletionSource<HttpConnection?>? next = null;
        lock (_lock)
        {
            if (!_isDisposed)
            {
                next = TakeWaiter();
                if (next is null)
                {
                    _idle.Add(connection);
                    return;
                }
            }
        }

        if (next?.TrySetResult(connection) == true) return;
        Discard(connection);
    }

    /// <summary>Gives back a connection that cannot be used again.</summary>
    public void Discard(HttpConnection connection)
    {
        connection.Dispose();
        Release();
    }

    /// <summary>Closes what has been idle for too long.</summary>
    public void Sweep()
    {
        List<HttpConnection> old;
        lock (_lock)
        {
            old = _idle.FindAll(IsOld);
            _idle.RemoveAll(old.Contains);
        }

        foreach (var connection in old) Discard(connection);
    }

    /// <summary>Closes idle connections; those in use are closed when they come back.</summary>
    public void Dispose()
    {
        List<HttpConnection> idle;
        lock (_lock)
        {
            _isDisposed = true;
            idle = [.. _idle];
            _idle.Clear();
        }

        foreach (var connection in idle) Discard(connection);
    }

    private async ValueTask<HttpConnection> OpenAsync(TimeSpan limit, TimeSpan connectLimit, string url, CancellationToken cancellationToken)
    {
        if (limit <= TimeSpan.Zero) throw new UpstreamException(UpstreamFailure.Timeout, url, "no time is left for a connection.");
        long began = clock.GetTimestamp();
        TaskCompletionSource<HttpConnection?>? turn = null;
        lock (_lock)
        {
            if (_open < maxConnections) _open++;
            else if (_waiting.Count >= MaxWaiting) throw new UpstreamException(UpstreamFailure.Busy, url, $"{MaxWaiting} requests wait for a connection already.");
            else _waiting.AddLast(turn = new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        if (turn is not null)
        {
            var given = await WaitAsync(turn, limit, url, cancellationToken).ConfigureAwait(false);
            if (given is not null)
            {
                if (IsGood(given)) return given;
                given.Dispose(); // its place is ours now
            }
        }

        var left = limit - clock.GetElapsedTime(began);
        Socket? socket = null;
        try
        {
            socket = await dialer.ConnectAsync(host, port, isConfigured, left < connectLimit ? left : connectLimit, url, cancellationToken).ConfigureAwait(false);
            return new HttpConnection(socket, clock);
        }
        catch
        {
            socket?.Dispose();
            Release();
            throw;
        }
    }

    private async ValueTask<HttpConnection?> WaitAsync(TaskCompletionSource<HttpConnection?> turn, TimeSpan limit, string url, CancellationToken cancellationToken)
    {
        try
        {
            return await turn.Task.WaitAsync(limit, clock, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is TimeoutException or OperationCanceledException)
        {
            lock (_lock) _waiting.Remove(turn);
            if (!turn.TrySetCanceled(CancellationToken.None))
            {
                // Given in the same moment: pass it on.
                if (await turn.Task.ConfigureAwait(false) is { } late) Return(late);
                else Release();
            }

            if (gone is OperationCanceledException) throw;
            throw new UpstreamException(UpstreamFailure.Busy, url, $"all {maxConnections} connections to {host}:{port} are in use.", gone);
        }
    }

    /// <summary>Frees a place, for the next who waits.</summary>
    private void Release()
    {
        while (true)
        {
            TaskCompletionSource<HttpConnection?>? next;
            lock (_lock)
            {
                next = TakeWaiter();
                if (next is null)
                {
                    _open--;
                    return;
                }
            }

            if (next.TrySetResult(null)) return;
        }
    }

    private TaskCompletionSource<HttpConnection?>? TakeWaiter()
    {
        var first = _waiting.First;
        if (first is null) return null;
        _waiting.RemoveFirst();
        return first.Value;
    }

    private bool IsGood(HttpConnection connection) => !IsOld(connection) && connection.IsQuiet();

    private bool IsOld(HttpConnection connection)
        => clock.GetElapsedTime(connection.IdleSince) > s_maxIdle || clock.GetElapsedTime(connection.OpenedAt) > s_maxAge;
}
