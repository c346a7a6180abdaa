using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>An answer that came through the framework's client.</summary>
internal sealed class MessageAnswer : UpstreamAnswer
{
    private readonly HttpResponseMessage _response;
    private readonly StallWatch _stall;
    private readonly CancellationTokenRegistration _caller;
    private Stream? _body;
    private int _isDisposed;

    /// <param name="attempt">What was asked.</param>
    /// <param name="response">Its answer; owned from here on.</param>
    /// <param name="stall">Ends a body that falls silent; owned from here on.</param>
    /// <param name="caller">Cancels the whole exchange.</param>
    public MessageAnswer(UpstreamAttempt attempt, HttpResponseMessage response, StallWatch stall, CancellationToken caller)
        : base(attempt)
        => (_response, _stall, _caller) = (response, stall, stall.Link(caller));

    public override int Status => (int)_response.StatusCode;

    public override long? ContentLength => _response.Content.Headers.ContentLength;

    public override string? Header(string name)
    {
        if (_response.Headers.NonValidated.TryGetValues(name, out var values)) return string.Join(", ", values);
        return _response.Content.Headers.NonValidated.TryGetValues(name, out values) ? string.Join(", ", values) : null;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            _body ??= await _response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            using var link = _stall.Link(cancellationToken);
            _stall.Arm();
            int read = await _body.ReadAsync(buffer, _stall.Token).ConfigureAwait(false);
            _stall.Disarm();
            return Took(read);
        }
        catch (OperationCanceledException silent) when (!cancellationToken.IsCancellationRequested && !_caller.Token.IsCancellationRequested)
        {
            throw new UpstreamException(UpstreamFailure.Timeout, Attempt.Url, $"no byte for {_stall.Timeout.TotalSeconds:0.#} s.", silent);
        }
        catch (Exception cut) when (cut is IOException or HttpRequestException)
        {
            throw new UpstreamException(UpstreamFailure.Incomplete, Attempt.Url, cut.Message, cut);
        }
    }

    public override void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0) Attempt.Asked!.EndExchange();
        _response.Dispose();
        _caller.Dispose();
        _stall.Dispose();
    }
}
