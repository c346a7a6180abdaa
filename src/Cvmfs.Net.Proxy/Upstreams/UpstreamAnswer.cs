namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>What asking one upstream came to. Owns the response; disposing it drops the transfer.</summary>
internal sealed class UpstreamAnswer : IDisposable
{
    private readonly StallWatch? _stall;

    private UpstreamAnswer(Uri url, UpstreamFailure failure, HttpResponseMessage? response, StallWatch? stall)
        => (Url, Failure, Response, _stall) = (url, failure, response, stall);

    public Uri Url { get; }

    public UpstreamFailure Failure { get; }

    /// <summary>The answer; null exactly where <see cref="Failure"/> says why.</summary>
    public HttpResponseMessage? Response { get; }

    /// <summary>Status of the answer, 0 without one.</summary>
    public int Status => (int?)Response?.StatusCode ?? 0;

    public static UpstreamAnswer Of(Uri url, HttpResponseMessage response, StallWatch stall) => new(url, UpstreamFailure.None, response, stall);

    public static UpstreamAnswer None(Uri url, UpstreamFailure failure) => new(url, failure, null, null);

    /// <summary>Reads a piece of the body.</summary>
    /// <exception cref="IOException">The body ended early.</exception>
    /// <exception cref="TimeoutException">Nothing came for too long.</exception>
    public ValueTask<int> ReadAsync(Stream body, Memory<byte> buffer) => _stall!.ReadAsync(body, buffer, Url);

    public void Dispose()
    {
        Response?.Dispose();
        _stall?.Dispose();
    }
}
