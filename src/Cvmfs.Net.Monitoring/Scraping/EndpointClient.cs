using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Cvmfs.Net.Monitoring.Scraping;

/// <summary>Asks one server for small documents, within limits of number, time and size, and writes down how each request went.</summary>
/// <remarks>Never throws but for the caller's own cancellation: a failure is a result. Safe for concurrent use.</remarks>
internal sealed class EndpointClient(HttpMessageInvoker invoker, ScraperOptions options, CancellationToken server, CancellationToken caller) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(options.MaxRequestsPerServer);
    private readonly ConcurrentQueue<EndpointReport> _reports = new();

    /// <summary>How the requests went so far.</summary>
    public IReadOnlyList<EndpointReport> Reports => [.. _reports.OrderBy(report => report.Url.AbsoluteUri, StringComparer.Ordinal)];

    /// <summary>Fetches one document.</summary>
    /// <param name="endpoint">Its name in reports.</param>
    /// <param name="url">Where it is.</param>
    /// <param name="maxBytes">Longest that it may be.</param>
    public async Task<Fetched> GetAsync(string endpoint, Uri url, int maxBytes)
    {
        var clock = options.TimeProvider;
        long start = clock.GetTimestamp();
        var exchange = new Exchange();
        var error = ErrorClass.None;
        string? detail = null;
        byte[]? body = null;
        try
        {
            await _slots.WaitAsync(server).ConfigureAwait(false);
            try
            {
                start = clock.GetTimestamp(); // waiting for a slot is ours, not the server's
                using var limit = new CancellationTokenSource(options.RequestTimeout, clock);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, server);
                (body, error, detail) = await ExchangeAsync(url, maxBytes, exchange, either.Token).ConfigureAwait(false);
            }
            finally
            {
                _slots.Release();
            }
        }
        catch (OperationCanceledException)
        {
            caller.ThrowIfCancellationRequested();
            (error, detail) = exchange.Status == 0
                ? (ErrorClass.Timeout, $"no answer from {url} in time")
                : (ErrorClass.Timeout, $"{url} did not send its body in time");
        }
        catch (HttpRequestException failed)
        {
            (error, detail) = (Classify(failed), failed.Message);
        }
        catch (IOException failed)
        {
            (error, detail) = (ErrorClass.Reset, failed.Message);
        }

        _reports.Enqueue(new EndpointReport(endpoint, url, exchange.Status, error, clock.GetElapsedTime(start), body?.Length ?? 0, exchange.FinalUrl, detail));
        return new Fetched(body, error, detail);
    }

    /// <summary>Writes down that a document came and was not what it should be.</summary>
    public void Reject(string endpoint, Uri url, ErrorClass error, string detail)
    {
        // The report of the transfer stays; the judgement is a second line about the same URL.
        var transfer = _reports.LastOrDefault(report => report.Url == url && report.Endpoint == endpoint);
        if (transfer is not null) _reports.Enqueue(transfer with { Error = error, Detail = detail });
    }

    public void Dispose() => _slots.Dispose();

    private async Task<Fetched> ExchangeAsync(Uri url, int maxBytes, Exchange exchange, CancellationToken cancellationToken)
    {
        var at = url;
        for (int redirects = 0; ; redirects++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, at);
            request.Headers.TryAddWithoutValidation("User-Agent", options.UserAgent);
            request.Headers.TryAddWithoutValidation("Cache-Control", "max-age=30"); // a cache on the way may answer, if it has looked lately
            using var response = await invoker.SendAsync(request, cancellationToken).ConfigureAwait(false);
            exchange.Status = (int)response.StatusCode;
            if (exchange.Status is not (301 or 302 or 303 or 307 or 308)) return await ReadAsync(response, at, maxBytes, cancellationToken).ConfigureAwait(false);

            if (redirects == options.MaxRedirects) return Error(ErrorClass.Redirect, $"{url} redirects more than {options.MaxRedirects} times");
            if (response.Headers.Location is not { } location) return Error(ErrorClass.Redirect, $"{at} redirects nowhere");
            at = location.IsAbsoluteUri ? location : new Uri(at, location);
            if (at.Scheme is not ("http" or "https") || (url.Scheme == "https" && at.Scheme == "http"))
            {
                return Error(ErrorClass.Redirect, $"{url} redirects to {at}");
            }

            exchange.FinalUrl = at;
        }
    }

    private static async Task<Fetched> ReadAsync(HttpResponseMessage response, Uri url, int maxBytes, CancellationToken cancellationToken)
    {
        int status = (int)response.StatusCode;
        if (status != 200)
        {
            return Error(
                status switch { 404 or 410 => ErrorClass.Http404, 403 => ErrorClass.Http403, >= 500 => ErrorClass.Http5xx, _ => ErrorClass.Http4xx },
                $"{url} answered {status}");
        }

        if (response.Content.Headers.ContentLength > maxBytes) return TooLarge(url, maxBytes);
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using var owned = stream.ConfigureAwait(false);
        byte[] buffer = new byte[4096];
        int length = 0;
        for (int read; (read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false)) > 0;)
        {
            length += read;
            if (length > maxBytes) return TooLarge(url, maxBytes);
            if (length == buffer.Length) Array.Resize(ref buffer, 2 * length);
        }

        return length == 0 ? Error(ErrorClass.EmptyBody, $"{url} is empty") : new Fetched(buffer[..length], ErrorClass.None, null);
    }

    private static Fetched TooLarge(Uri url, int maxBytes) => Error(ErrorClass.TooLarge, $"{url} is longer than {maxBytes} bytes");

    private static Fetched Error(ErrorClass error, string detail) => new(null, error, detail);

    private static ErrorClass Classify(HttpRequestException failed) => failed.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => ErrorClass.Dns,
        HttpRequestError.SecureConnectionError => ErrorClass.Tls,
        HttpRequestError.ConnectionError when failed.InnerException is OperationCanceledException or SocketException { SocketErrorCode: SocketError.TimedOut } => ErrorClass.ConnectTimeout,
        HttpRequestError.ConnectionError => ErrorClass.ConnectRefused,
        _ when failed.InnerException is AuthenticationException => ErrorClass.Tls,
        _ => ErrorClass.Reset,
    };

    /// <summary>What is known of an exchange even when it fails in the middle.</summary>
    private sealed class Exchange
    {
        public int Status { get; set; }

        public Uri? FinalUrl { get; set; }
    }
}
