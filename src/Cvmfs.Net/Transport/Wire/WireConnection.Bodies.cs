using System.Net.Sockets;

namespace Cvmfs.Net.Transport.Wire;

// How an answer leaves the connection: whole, as a part of the receive buffer, or as a stream that reads on.
internal sealed partial class WireConnection
{
    /// <summary>Receives a part of a body that is handed out as a stream. For its reader, while the loop waits for its end.</summary>
    /// <returns>Zero when the server ended the connection.</returns>
    internal async ValueTask<int> ReadBodyAsync(Memory<byte> into, string url, CancellationToken cancellationToken)
    {
        int buffered = TakeBuffered(into.Span);
        if (buffered > 0) return buffered;

        bool isSmall = into.Length < RoomToReceive; // rather one large receive than many small ones
        _timer.Change(_options.StallTimeout, Timeout.InfiniteTimeSpan);
        long began = _options.TimeProvider.GetTimestamp();
        int read;
        try
        {
            using var link = cancellationToken.UnsafeRegister(static connection => ((WireConnection)connection!).Dispose(), this);
            read = await _socket.ReceiveAsync(isSmall ? ReserveRoom() : into, SocketFlags.None, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw FaultOf(e, url);
        }

        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan); // the reader's own time is no silence
        if (read > 0) JudgeSpeed(read, _options.TimeProvider.GetElapsedTime(began), url);
        if (!isSmall) return read;
        _end += read;
        return TakeBuffered(into.Span);
    }

    private int TakeBuffered(Span<byte> into)
    {
        int taken = Math.Min(_end - _start, into.Length);
        _slab.Buffer.AsSpan(_start, taken).CopyTo(into);
        _start += taken;
        return taken;
    }

    private async ValueTask DeliverAsync(WireExchange exchange, ResponseHead head)
    {
        bool hasBody = head.MayHaveBody && !exchange.IsHead;
        bool isMeasured = !head.IsChunked && head.BadLength is null;
        long? length = hasBody ? (isMeasured ? head.ContentLength : null) : 0;
        if (length is null && !head.IsChunked) head.KeepsConnection = false; // it ends where the connection ends
        if (head.BadLength is not null) head.KeepsConnection = false;
        if (length is { } whole and <= WholeBytes) await DeliverWholeAsync(exchange, head, (int)whole).ConfigureAwait(false);
        else await DeliverStreamAsync(exchange, head, length).ConfigureAwait(false);
    }

    private async ValueTask DeliverWholeAsync(WireExchange exchange, ResponseHead head, int length)
    {
        while (_end - _start < length)
        {
            if (await ReceiveAsync(exchange.Url, isBody: true).ConfigureAwait(false) == 0) throw HttpFaults.Short(exchange.Url, _end - _start, length);
        }

        _slab.Share();
        var answer = new WholeAnswer(head, _server, _slab, _start, length);
        _start += length;
        var touched = Answered(exchange, length, head);
        Deliver(exchange, answer, touched);
    }

    private async ValueTask DeliverStreamAsync(WireExchange exchange, ResponseHead head, long? length)
    {
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var body = head.IsChunked ? new ChunkedWireBody(this, exchange.Url) : new WireBody(this, exchange.Url, length);
        // Not as a delivery: its reader may be in this very call and wait for bytes, whose absence must be noticed.
        if (!exchange.TrySetResult(new StreamAnswer(head, _server, body))) body.Dispose();
        await body.Ended.ConfigureAwait(false);
        if (!body.IsAtEnd && !await body.TrySkipRestAsync(WholeBytes).ConfigureAwait(false)) head.KeepsConnection = false;
        var touched = Answered(exchange, body.Received, head);
        foreach (var other in touched ?? []) other.Flush();
    }

    private List<WireConnection>? Answered(WireExchange exchange, long bytes, ResponseHead head)
    {
        lock (_server.Gate)
        {
            _outstanding.Dequeue();
            Served++;
            LastAnswerAt = _options.TimeProvider.GetTimestamp();
            if (!head.KeepsConnection) IsClosing = true;
            _timer.Change(_outstanding.Count > 0 ? _options.StallTimeout : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return _server.Answered(this, exchange, bytes, head);
        }
    }

    private void Deliver(WireExchange exchange, HttpAnswer answer, List<WireConnection>? touched)
    {
        foreach (var other in touched ?? []) if (other != this) other.Flush();
        var outer = t_delivering;
        t_delivering = this;
        _isDelivering = true;
        try
        {
            if (!exchange.TrySetResult(answer)) answer.Drop(); // nobody waits any more
        }
        finally
        {
            _isDelivering = false;
            t_delivering = outer;
        }
    }
}
