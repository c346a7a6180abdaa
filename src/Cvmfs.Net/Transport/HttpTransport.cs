using System.Net;

namespace Cvmfs.Net.Transport;

/// <summary>GET and HEAD with everything that CernVM-FS asks of them. Shared by the sources of objects and of external data. Thread-safe.</summary>
internal sealed class HttpTransport : IDisposable
{
    private const int MaxRedirects = 4;

    // The path was escaped to the letter of the protocol already; a second opinion would change it.
    private static readonly UriCreationOptions s_asWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly HttpRepositorySourceOptions _options;
    private readonly HttpMessageInvoker _invoker;
    private readonly TimeProvider _clock;

    // Waiting for one of these happens before the stall watch starts: a queue of our own making is not the server's silence.
    private readonly SemaphoreSlim _slots;

    public HttpTransport(HttpRepositorySourceOptions? options)
    {
        _options = options ?? new HttpRepositorySourceOptions();
        _clock = _options.TimeProvider;
        _slots = new SemaphoreSlim(_options.MaxConnections);
        _invoker = new HttpMessageInvoker(_options.Handler ?? CreateHandler(_options), disposeHandler: _options.Handler is null);
    }

    /// <summary>Opens a body. Null when the server says that there is none.</summary>
    public async ValueTask<SourceBody?> GetAsync(string url, FetchMode mode, ByteRange? range, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        HttpResponseMessage? response = null;
        StallWatch? watch = new(_options.StallTimeout, _clock);
        try
        {
            response = await SendAsync(HttpMethod.Get, url, mode, range, watch, cancellationToken).ConfigureAwait(false);
            if (IsAbsent(response.StatusCode)) return null;
            long? length = RequireBody(url, response, range);
            var content = await response.Content.ReadAsStreamAsync(watch.Token).ConfigureAwait(false);
            var body = new HttpBodyStream(content, response, watch, length, url, _options.MinBytesPerSecond, _slots);
            (response, watch) = (null, null); // the body owns them now, and the slot
            return new SourceBody(body, length, url);
        }
        finally
        {
            response?.Dispose();
            if (watch is not null)
            {
                watch.Dispose();
                _slots.Release();
            }
        }
    }

    /// <summary>Asks with HEAD whether there is something.</summary>
    public async ValueTask<bool> ExistsAsync(string url, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var watch = new StallWatch(_options.StallTimeout, _clock);
            using var response = await SendAsync(HttpMethod.Head, url, FetchMode.Normal, null, watch, cancellationToken).ConfigureAwait(false);
            if (IsAbsent(response.StatusCode)) return false;
            return response.IsSuccessStatusCode ? true : throw HttpFaults.FromStatus(url, response, _clock.GetUtcNow());
        }
        finally
        {
            _slots.Release();
        }
    }

    // The slots are not disposed: bodies that are still open give theirs back later.
    public void Dispose() => _invoker.Dispose();

    private static SocketsHttpHandler CreateHandler(HttpRepositorySourceOptions options) => new()
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None, // hashes are over the bytes as they are
        ConnectTimeout = options.ConnectTimeout,
        Proxy = options.Proxy,
        UseProxy = options.Proxy is not null,
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(10), // a server that moved is followed to its new address
    };

    private static bool IsAbsent(HttpStatusCode status) => status is HttpStatusCode.NotFound or HttpStatusCode.Gone;

    private static Uri? RedirectTarget(HttpResponseMessage response)
        => response.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect
            ? response.Headers.Location
            : null;

    /// <summary>Sends, following redirects where that is allowed, until the headers of the answer are there.</summary>
    private async ValueTask<HttpResponseMessage> SendAsync(
        HttpMethod method, string url, FetchMode mode, ByteRange? range, StallWatch watch, CancellationToken cancellationToken)
    {
        var target = new Uri(url, s_asWritten);
        for (int hops = 0; ; hops++)
        {
            var response = await SendOnceAsync(method, target, url, mode, range, watch, cancellationToken).ConfigureAwait(false);
            if (HttpFaults.IsProxyComplaint(response))
            {
                using (response)
                {
                    throw new CvmfsTransportException(url, $"a proxy answered {(int)response.StatusCode} for itself.", isTransient: true, response.StatusCode);
                }
            }

            if (!_options.FollowRedirects || RedirectTarget(response) is not { } location) return response;
            using (response)
            {
                var next = new Uri(target, location);
                if (hops == MaxRedirects || next.Scheme is not ("http" or "https") || (target.Scheme == "https" && next.Scheme == "http"))
                {
                    throw new CvmfsTransportException(url, $"redirected {hops + 1} times, at last to {next}, which is not followed.", isTransient: false, response.StatusCode);
                }

                target = next;
            }
        }
    }

    private async ValueTask<HttpResponseMessage> SendOnceAsync(
        HttpMethod method, Uri target, string url, FetchMode mode, ByteRange? range, StallWatch watch, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, target);
        request.Headers.TryAddWithoutValidation("User-Agent", _options.UserAgent);
        if (mode == FetchMode.BypassCaches)
        {
            request.Headers.TryAddWithoutValidation("Pragma", "no-cache");
            request.Headers.TryAddWithoutValidation("Cache-Control", "no-cache");
        }

        if (range is { } part) request.Headers.TryAddWithoutValidation("Range", $"bytes={part.Offset}-{part.Last}");

        try
        {
            watch.Arm();
            using var link = watch.Link(cancellationToken);
            var response = await _invoker.SendAsync(request, watch.Token).ConfigureAwait(false);
            watch.Disarm();
            return response;
        }
        catch (OperationCanceledException fault)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw watch.HasFired
                ? HttpFaults.Stalled(url, watch.Timeout)
                : new CvmfsTransportException(url, "no connection in time.", isTransient: true, innerException: fault) { Fault = TransferFault.Connection };
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            throw HttpFaults.FromException(url, fault);
        }
    }

    /// <summary>Refuses every answer that does not carry the asked bytes as they are. Returns the announced length.</summary>
    private long? RequireBody(string url, HttpResponseMessage response, ByteRange? range)
    {
        var expected = range is null ? HttpStatusCode.OK : HttpStatusCode.PartialContent;
        var status = response.StatusCode;
        if (status != expected)
        {
            throw response.IsSuccessStatusCode
                ? new CvmfsTransportException(url, $"the server answered {(int)status}, expected {(int)expected}.", isTransient: false, status)
                : HttpFaults.FromStatus(url, response, _clock.GetUtcNow());
        }

        var headers = response.Content.Headers;
        if (headers.NonValidated.TryGetValues("Content-Encoding", out var coding) && coding.ToString() is not ("identity" or ""))
        {
            throw new CvmfsTransportException(url, $"the answer is encoded as \"{coding}\", which changes bytes.", isTransient: false, status);
        }

        long? length = headers.ContentLength;
        if (headers.NonValidated.TryGetValues("Content-Length", out var announcement) && (length is null || announcement.Count != 1))
        {
            throw new CvmfsTransportException(url, $"the server announced a length of \"{announcement}\".", isTransient: false, status);
        }

        if (range is { } part)
        {
            if (headers.ContentRange is not { From: { } from, To: { } to } || from != part.Offset || to != part.Last)
            {
                throw new CvmfsTransportException(
                    url, $"the server sent \"{headers.ContentRange}\", expected bytes {part.Offset}-{part.Last}.", isTransient: false, status);
            }

            if (length is { } announced && announced != part.Length)
            {
                throw new CvmfsTransportException(url, $"the server announced {announced} bytes of a range of {part.Length}.", isTransient: false, status);
            }
        }

        return length;
    }
}
