namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>An answer that came through the framework's client.</summary>
internal sealed class MessageAnswer(UpstreamAttempt attempt, HttpResponseMessage response, StallWatch stall) : UpstreamAnswer(attempt)
{
    private Stream? _body;
    private int _isDisposed;

    public override int Status => (int)response.StatusCode;

    public override long? ContentLength => response.Content.Headers.ContentLength;

    public override string? Header(string name)
    {
        if (response.Headers.NonValidated.TryGetValues(name, out var values)) return string.Join(", ", values);
        return response.Content.Headers.NonValidated.TryGetValues(name, out values) ? string.Join(", ", values) : null;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            _body ??= await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            return Took(await stall.ReadAsync(_body, buffer).ConfigureAwait(false));
        }
        catch (TimeoutException silent)
        {
            throw new UpstreamException(UpstreamFailure.Timeout, Attempt.Url, silent.Message, silent);
        }
        catch (Exception cut) when (cut is IOException or HttpRequestException)
        {
            throw new UpstreamException(UpstreamFailure.Incomplete, Attempt.Url, cut.Message, cut);
        }
    }

    public override void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0) Attempt.Asked!.EndExchange();
        response.Dispose();
        stall.Dispose();
    }
}
