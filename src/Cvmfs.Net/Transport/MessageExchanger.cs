using System.Net;
using Cvmfs.Net.Transport.Wire;

namespace Cvmfs.Net.Transport;

/// <summary>Sends through the framework's client: HTTPS, proxies that our own connections do not speak to, and handlers that were handed in.</summary>
internal sealed class MessageExchanger : HttpExchanger
{
    // The path was escaped to the letter of the protocol already; a second opinion would change it.
    private static readonly UriCreationOptions s_asWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly HttpRepositorySourceOptions _options;
    private readonly HttpMessageInvoker _invoker;

    // Waiting for one of these happens before the stall watch starts: a queue of our own making is not the server's silence.
    private readonly SemaphoreSlim _slots;

    public MessageExchanger(HttpRepositorySourceOptions options)
    {
        _options = options;
        _slots = new SemaphoreSlim(options.MaxConnections);
        _invoker = new HttpMessageInvoker(options.Handler ?? CreateHandler(options), disposeHandler: options.Handler is null);
    }

    public override async ValueTask<HttpAnswer> SendAsync(HttpAsk ask, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        StallWatch? watch = new(_options.StallTimeout, _options.TimeProvider);
        HttpResponseMessage? response = null;
        try
        {
            response = await SendAsync(ask, watch, cancellationToken).ConfigureAwait(false);
            var head = HeadOf(response);
            var content = await response.Content.ReadAsStreamAsync(watch.Token).ConfigureAwait(false);
            long? length = ask.IsHead ? null : head.ContentLength;
            var body = new HttpBodyStream(content, response, watch, length, ask.Url, _options.MinBytesPerSecond, _slots);
            (response, watch) = (null, null); // the body owns them now, and the slot
            return new MessageAnswer(head, body);
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

    // The slots are not disposed: bodies that are still open give theirs back later.
    public override ValueTask DisposeAsync()
    {
        _invoker.Dispose();
        return ValueTask.CompletedTask;
    }

    private static SocketsHttpHandler CreateHandler(HttpRepositorySourceOptions options) => new()
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None, // hashes are over the bytes as they are
        ConnectTimeout = options.ConnectTimeout,
        EnableMultipleHttp2Connections = true,
        Proxy = options.Proxy,
        UseProxy = options.Proxy is not null,
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(10), // a server that moved is followed to its new address
    };

    private static ResponseHead HeadOf(HttpResponseMessage response)
    {
        var content = response.Content.Headers;
        var head = new ResponseHead
        {
            Status = (int)response.StatusCode,
            ContentLength = content.ContentLength,
            ContentRange = content.NonValidated.TryGetValues("Content-Range", out var range) ? range.ToString() : null,
            Location = response.Headers.NonValidated.TryGetValues("Location", out var location) ? location.ToString() : null,
            RetryAfter = response.Headers.NonValidated.TryGetValues("Retry-After", out var retry) ? retry.ToString() : null,
            IsProxyComplaint = response.Headers.NonValidated.Contains("X-Squid-Error")
                || (response.Headers.NonValidated.TryGetValues("Proxy-Status", out var status) && status.ToString().Contains("error=", StringComparison.OrdinalIgnoreCase)),
        };
        if (content.NonValidated.TryGetValues("Content-Encoding", out var coding) && coding.ToString() is not ("identity" or "")) head.ContentEncoding = coding.ToString();
        if (content.NonValidated.TryGetValues("Content-Length", out var announced) && (head.ContentLength is null || announced.Count != 1)) head.BadLength = announced.ToString();
        return head;
    }

    private async ValueTask<HttpResponseMessage> SendAsync(HttpAsk ask, StallWatch watch, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(ask.IsHead ? HttpMethod.Head : HttpMethod.Get, new Uri(ask.Url, s_asWritten));
        if (request.RequestUri!.Scheme == "https") request.Version = HttpVersion.Version20; // or lower: where the server offers it
        request.Headers.TryAddWithoutValidation("User-Agent", _options.UserAgent);
        if (ask.Mode == FetchMode.BypassCaches)
        {
            request.Headers.TryAddWithoutValidation("Pragma", "no-cache");
            request.Headers.TryAddWithoutValidation("Cache-Control", "no-cache");
        }

        if (ask.RangeValue is { } range) request.Headers.TryAddWithoutValidation("Range", range);

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
                ? HttpFaults.Stalled(ask.Url, watch.Timeout)
                : new CvmfsTransportException(ask.Url, "no connection in time.", isTransient: true, innerException: fault) { Fault = TransferFault.Connection };
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            throw HttpFaults.FromException(ask.Url, fault);
        }
    }

    private sealed class MessageAnswer(ResponseHead head, HttpBodyStream body) : HttpAnswer(head)
    {
        public override Stream Body => body;

        public override void Drop() => body.Dispose();
    }
}
