using System.Buffers;
using System.Net.Sockets;

namespace Cvmfs.Net.Proxy.Upstreams.Http;

/// <summary>One connection to a server: one request at a time. Holds a buffer only while a request is on its way.</summary>
/// <remarks>Whoever rented the connection is its only user; the timer and cancellation merely close the socket under them.</remarks>
internal sealed class HttpConnection : IDisposable
{
    /// <summary>An object of 16 KiB with its head comes in one receive.</summary>
    private const int BufferBytes = 32 * 1024;

    private readonly Socket _socket;
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private volatile bool _timedOut;

    public HttpConnection(Socket socket, TimeProvider clock)
    {
        (_socket, _clock) = (socket, clock);
        OpenedAt = IdleSince = clock.GetTimestamp();
        _timer = clock.CreateTimer(static connection => ((HttpConnection)connection!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Timestamp of its opening.</summary>
    public long OpenedAt { get; }

    /// <summary>Timestamp of its last return to the pool.</summary>
    public long IdleSince { get; private set; }

    /// <summary>Whether it carried an answer before: then the server may close it at any moment, for no fault of the request.</summary>
    public bool WasUsed { get; private set; }

    /// <summary>Whether anything of the present answer has come.</summary>
    public bool HasReceived { get; private set; }

    /// <summary>Bytes received and not yet taken.</summary>
    public ReadOnlySpan<byte> Received => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Whether the server neither closed it nor said anything unasked.</summary>
    public bool IsQuiet()
    {
        try
        {
            return !_socket.Poll(0, SelectMode.SelectRead);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Sends a request. The buffer that the answer will be received into serves for building it.</summary>
    /// <param name="request">What to send.</param>
    /// <param name="limit">Longest wait for the whole head of the answer.</param>
    public async ValueTask SendAsync(RequestText request, TimeSpan limit)
    {
        _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(BufferBytes, request.Bytes));
        (_start, _end, HasReceived) = (0, 0, false);
        _timer.Change(limit, Timeout.InfiniteTimeSpan);
        int length = request.Write(_buffer);
        for (int sent = 0; sent < length;) sent += await _socket.SendAsync(_buffer.AsMemory(sent, length - sent), SocketFlags.None).ConfigureAwait(false);
    }

    /// <summary>Receives more behind what is there; false when the server closed.</summary>
    public async ValueTask<bool> FillAsync()
    {
        if (_start == _end) (_start, _end) = (0, 0);
        if (_end == _buffer.Length) MakeRoom();
        int read = await _socket.ReceiveAsync(_buffer.AsMemory(_end), SocketFlags.None).ConfigureAwait(false);
        _end += read;
        HasReceived |= read > 0;
        return read > 0;
    }

    /// <summary>Takes bytes off the front of what was received.</summary>
    public void Take(int count) => _start += count;

    /// <summary>Receives straight into a buffer of the caller's. Only while nothing received is left.</summary>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken) => _socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);

    /// <summary>Limits the next wait.</summary>
    public void Arm(TimeSpan limit) => _timer.Change(limit, Timeout.InfiniteTimeSpan);

    /// <summary>No limit until the next <see cref="Arm"/>: what is done with the bytes may take its time.</summary>
    public void Disarm() => _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>Makes it ready for the next request.</summary>
    public void Rest()
    {
        Disarm();
        ReturnBuffer();
        WasUsed = true;
        IdleSince = _clock.GetTimestamp();
    }

    /// <summary>Closes the socket under whoever waits on it.</summary>
    public void Abort() => _socket.Dispose();

    /// <summary>What a failure of the socket means.</summary>
    public UpstreamException Explain(Exception fault, string url) => _timedOut
        ? new UpstreamException(UpstreamFailure.Timeout, url, "nothing came in time.", fault)
        : new UpstreamException(UpstreamFailure.Incomplete, url, fault.Message, fault);

    public void Dispose()
    {
        _timer.Dispose();
        _socket.Dispose();
        ReturnBuffer();
    }

    // Heads of more than the buffer, and lines of chunks that straddle its end.
    private void MakeRoom()
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length, 2 * (_end - _start)));
        Received.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        (_buffer, _start, _end) = (larger, 0, _end - _start);
    }

    private void ReturnBuffer()
    {
        byte[] buffer = _buffer;
        (_buffer, _start, _end) = ([], 0, 0);
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
    }

    private void OnTimer()
    {
        _timedOut = true;
        _socket.Dispose();
    }
}
