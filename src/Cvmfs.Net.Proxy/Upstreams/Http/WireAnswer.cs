using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Cvmfs.Net.Proxy.Upstreams.Http;

/// <summary>An answer over an own connection. The connection goes back to its pool with the last byte, or is closed.</summary>
internal sealed class WireAnswer : UpstreamAnswer
{
    private readonly AnswerHead _head;
    private readonly ConnectionPool _pool;
    private readonly TimeSpan _idleLimit;
    private readonly CancellationToken _cancelled;
    private readonly CancellationTokenRegistration _registration;
    private readonly ChunkReader? _chunks;
    private HttpConnection? _connection;
    private long _left;

    /// <param name="attempt">What was asked.</param>
    /// <param name="head">The head that came.</param>
    /// <param name="isHead">Whether no body follows, whatever the head announces.</param>
    /// <param name="connection">Owned from here on.</param>
    /// <param name="pool">Where it goes back to.</param>
    /// <param name="idleLimit">Longest silence inside the body.</param>
    /// <param name="registration">Closes the connection when the exchange is cancelled.</param>
    public WireAnswer(
        UpstreamAttempt attempt, AnswerHead head, bool isHead, HttpConnection connection, ConnectionPool pool, TimeSpan idleLimit, CancellationTokenRegistration registration)
        : base(attempt)
    {
        (_head, _connection, _pool, _idleLimit, _registration, _cancelled) = (head, connection, pool, idleLimit, registration, registration.Token);
        bool hasBody = head.HasBodyAfter(isHead);
        if (hasBody && head.IsChunked) _chunks = new ChunkReader();
        _left = !hasBody ? 0 : head.ContentLength ?? long.MaxValue;
        if (_left == 0) EndBody(connection);
    }

    public override int Status => _head.Status;

    public override long? ContentLength => _head.ContentLength;

    public override string? Header(string name) => _head.Find(name);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_connection is not { } connection || buffer.Length == 0) return new(0);
        if (_chunks is null && connection.Received is { Length: > 0 } received)
        {
            if (received.Length > _left) throw Fail(connection, new UpstreamException(UpstreamFailure.Protocol, Attempt.Url, "more bytes came than were announced."));
            int count = Math.Min(received.Length, buffer.Length);
            received[..count].CopyTo(buffer.Span);
            connection.Take(count);
            return new(Count(connection, count));
        }

        return ReceiveAsync(connection, buffer, cancellationToken);
    }

    public override void Dispose()
    {
        if (_connection is not { } connection) return;
        _connection = null;
        _registration.Dispose();
        // The rest of a short refusal is there already, nearly always; anything else costs more to read than a connection.
        bool isAtEnd = _chunks is null && connection.Received.Length == _left && _head.KeepsConnection;
        if (isAtEnd) _pool.Return(connection);
        else _pool.Discard(connection);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveAsync(HttpConnection connection, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            connection.Arm(_idleLimit);
            if (_chunks is not null)
            {
                int piece = await _chunks.ReadAsync(connection, buffer, Attempt.Url, cancellationToken).ConfigureAwait(false);
                connection.Disarm();
                if (piece == 0) EndBody(connection);
                return Took(piece);
            }

            int read = await connection.ReceiveAsync(buffer.Length > _left ? buffer[..(int)_left] : buffer, cancellationToken).ConfigureAwait(false);
            connection.Disarm();
            if (read > 0) return Count(connection, read);
            if (_head.ContentLength is { } announced) throw new UpstreamException(UpstreamFailure.Incomplete, Attempt.Url, $"ended {_left} bytes before the announced {announced}.");
            _left = 0;
            Close(connection); // an answer without a length ends with its connection
            return 0;
        }
        catch (UpstreamException broken)
        {
            throw Fail(connection, broken);
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            Close(connection);
            _cancelled.ThrowIfCancellationRequested();
            cancellationToken.ThrowIfCancellationRequested();
            throw connection.Explain(fault, Attempt.Url);
        }
    }

    private int Count(HttpConnection connection, int count)
    {
        Took(count);
        if (_head.ContentLength is null) return count;
        _left -= count;
        if (_left == 0) EndBody(connection);
        return count;
    }

    private void EndBody(HttpConnection connection)
    {
        if (connection.Received.Length > 0) throw Fail(connection, new UpstreamException(UpstreamFailure.Protocol, Attempt.Url, "bytes came that nobody asked for."));
        _connection = null;
        _registration.Dispose();
        if (_head.KeepsConnection) _pool.Return(connection);
        else _pool.Discard(connection);
    }

    private UpstreamException Fail(HttpConnection connection, UpstreamException fault)
    {
        Close(connection);
        return fault;
    }

    private void Close(HttpConnection connection)
    {
        if (_connection is null) return;
        _connection = null;
        _registration.Dispose();
        _pool.Discard(connection);
    }
}
