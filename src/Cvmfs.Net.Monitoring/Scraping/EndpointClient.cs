using System.Net.Sockets;
using System.Security.Authentication;

namespace Cvmfs.Net.Monitoring.Scraping;

/// <summary>Asks one server for documents and objects, within limits of number, time and size, and writes down how each request went.</summary>
/// <remarks>Never throws but for the caller's own cancellation: a failure is a result. Safe for concurrent use.</remarks>
internal sealed class EndpointClient(HttpMessageInvoker invoker, Dialer dialer, ScraperOptions options, CancellationToken server, CancellationToken caller) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(options.MaxRequestsPerServer);
    private readonly List<EndpointReport> _reports = [];
    private readonly Lock _gate = new();

    /// <summary>What may still be fetched of objects.</summary>
    public ObjectBudget Objects { get; init; } = new(null);

    /// <summary>How the requests went so far, by URL.</summary>
    public IReadOnlyList<EndpointReport> Reports
    {
        get
        {
            lock (_gate) return [.. _reports.OrderBy(report => report.Url.AbsoluteUri, StringComparer.Ordinal)];
        }
    }

    /// <summary>Fetches one document.</summary>
    /// <param name="asked">Which.</param>
    /// <param name="maxBytes">Longest that it may be.</param>
    public async Task<Fetched> GetAsync(Asked asked, int maxBytes)
    {
        byte[]? body = null;
        var report = await AskAsync(asked, HttpMethod.Get, async (response, exchange, cancellationToken) =>
        {
            body = null;
            body = await ReadAsync(response, exchange, asked.Url, maxBytes, cancellationToken).ConfigureAwait(false);
        }).ConfigureAwait(false);
        return new Fetched(report.Error == ErrorClass.None ? body : null, report.Error, report.Detail, report);
    }

    /// <summary>Asks for something and lets the answer with status 200 be read by <paramref name="read"/>.</summary>
    public async Task<EndpointReport> AskAsync(Asked asked, HttpMethod method, Func<HttpResponseMessage, Exchange, CancellationToken, Task> read)
    {
        EndpointReport report;
        int attempts = 0;
        do
        {
            if (attempts > 0 && options.RetryDelay > TimeSpan.Zero && !await WaitAsync().ConfigureAwait(false)) attempts = options.Retries;
            report = await TryAsync(asked, method, read).ConfigureAwait(false) with { Attempts = ++attempts };
        }
        while (attempts <= options.Retries && IsWorthAnother(report.Error) && !server.IsCancellationRequested);

        lock (_gate) _reports.Add(report);
        return report;
    }

    /// <summary>Writes down that something came and was not what it should be.</summary>
    public void Reject(EndpointReport report, ErrorClass error, string detail)
    {
        lock (_gate)
        {
            int index = _reports.IndexOf(report);
            if (index >= 0) _reports[index] = report with { Error = error, Detail = detail };
        }
    }

    public void Dispose() => _slots.Dispose();

    /// <summary>Reads a body up to a length; without one, the exchange says why.</summary>
    public static async Task<byte[]?> ReadAsync(HttpResponseMessage response, Exchange exchange, Uri url, int maxBytes, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentLength > maxBytes)
        {
            exchange.Fail(ErrorClass.TooLarge, $"{url} has {response.Content.Headers.ContentLength} bytes, expected at most {maxBytes}");
            return null;
        }

        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using var owned = stream.ConfigureAwait(false);
        byte[] buffer = new byte[2048];
        int length = 0;
        for (int read; (read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false)) > 0;)
        {
            length += read;
            exchange.Bytes = length;
            if (length > maxBytes)
            {
                exchange.Fail(ErrorClass.TooLarge, $"{url} is longer than {maxBytes} bytes");
                return null;
            }

            if (length == buffer.Length) Array.Resize(ref buffer, 2 * length);
        }

        if (length == 0) exchange.Fail(ErrorClass.EmptyBody, $"{url} is empty");
        return buffer[..length];
    }

    /// <summary>Failures of the network. Not timeouts, for then the time is gone; not answers, for they would be the same.</summary>
    private static bool IsWorthAnother(ErrorClass error) => error is ErrorClass.Dns or ErrorClass.ConnectRefused or ErrorClass.Reset;

    private async Task<bool> WaitAsync()
    {
        try
        {
            await Task.Delay(options.RetryDelay * (0.5 + Random.Shared.NextDouble()), options.TimeProvider, server).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            caller.ThrowIfCancellationRequested();
            return false;
        }
    }

    private async Task<EndpointReport> TryAsync(Asked asked, HttpMethod method, Func<HttpResponseMessage, Exchange, CancellationToken, Task> read)
    {
        var clock = options.TimeProvider;
        long start = clock.GetTimestamp();
        var exchange = new Exchange();
        bool isSent = false;
        try
        {
            await _slots.WaitAsync(server).ConfigureAwait(false);
            try
            {
                server.ThrowIfCancellationRequested(); // the end of the server's time may be what freed the slot
                isSent = true;
                start = clock.GetTimestamp(); // waiting for a slot is ours, not the server's
                using var limit = new CancellationTokenSource(options.RequestTimeout, clock);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, server);
                await ExchangeAsync(asked.Url, method, read, exchange, start, either.Token).ConfigureAwait(false);
            }
            finally
            {
                _slots.Release();
            }
        }
        catch (OperationCanceledException)
        {
            caller.ThrowIfCancellationRequested();
            if (!isSent) exchange.Fail(ErrorClass.Cancelled, $"{asked.Url} was not asked for: the server's time was used up");
            else exchange.Fail(ErrorClass.Timeout, exchange.Status == 0 ? $"no answer from {asked.Url} in time" : $"{asked.Url} did not send its body in time");
        }
        catch (HttpRequestException failed)
        {
            exchange.Fail(Classify(failed, exchange.FinalUrl ?? asked.Url), Explain(failed));
        }
        catch (IOException failed)
        {
            exchange.Fail(ErrorClass.Reset, failed.Message);
        }
        catch (InvalidDataException failed)
        {
            exchange.Fail(ErrorClass.Reset, failed.Message); // a content encoding that is none
        }

        return new EndpointReport
        {
            Endpoint = asked.Endpoint,
            Url = asked.Url,
            Repository = asked.Repository,
            Family = dialer.FamilyOf((exchange.FinalUrl ?? asked.Url).IdnHost),
            Status = exchange.Status,
            Error = exchange.Error,
            Detail = exchange.Detail,
            Duration = isSent ? clock.GetElapsedTime(start) : TimeSpan.Zero,
            Bytes = exchange.Bytes,
            Redirects = exchange.Redirects,
            FinalUrl = exchange.FinalUrl,
            Age = exchange.Age,
            CacheStatus = exchange.CacheStatus,
            ClockSkew = Skew(exchange, clock.GetUtcNow() - clock.GetElapsedTime(start)),
        };
    }

    private async Task ExchangeAsync(Uri url, HttpMethod method, Func<HttpResponseMessage, Exchange, CancellationToken, Task> read, Exchange exchange, long start, CancellationToken cancellationToken)
    {
        var at = url;
        while (true)
        {
            using var request = new HttpRequestMessage(method, at);
            request.Headers.TryAddWithoutValidation("User-Agent", options.UserAgent);
            request.Headers.TryAddWithoutValidation("Cache-Control", "max-age=30"); // a cache on the way may answer, if it has looked lately
            using var response = await invoker.SendAsync(request, cancellationToken).ConfigureAwait(false);
            exchange.Take(response);
            exchange.HeadersAfter = options.TimeProvider.GetElapsedTime(start);
            if (exchange.Status == 200)
            {
                await read(response, exchange, cancellationToken).ConfigureAwait(false);
                return;
            }

            if (exchange.Status is not (301 or 302 or 303 or 307 or 308))
            {
                exchange.Fail(ClassOf(exchange.Status), $"{at} answered {exchange.Status}");
                return;
            }

            if (response.Headers.Location is not { } location)
            {
                exchange.Fail(ErrorClass.Redirect, $"{at} redirects nowhere");
                return;
            }

            if (exchange.Redirects == options.MaxRedirects)
            {
                exchange.Fail(ErrorClass.Redirect, $"{url} redirects more than {options.MaxRedirects} times");
                return;
            }

            var next = location.IsAbsoluteUri ? location : new Uri(at, location);
            if (next.Scheme is not ("http" or "https") || (at.Scheme == "https" && next.Scheme == "http"))
            {
                exchange.Fail(ErrorClass.Redirect, $"{at} redirects to {next}");
                return;
            }

            exchange.Redirects++;
            exchange.FinalUrl = at = next;
        }
    }

    private static ErrorClass ClassOf(int status) => status switch
    {
        404 or 410 => ErrorClass.Http404,
        403 => ErrorClass.Http403,
        >= 500 => ErrorClass.Http5xx,
        _ => ErrorClass.Http4xx,
    };

    /// <summary>A cached answer has the date of another time.</summary>
    private static TimeSpan? Skew(Exchange exchange, DateTimeOffset sentAt)
        => exchange is { ServerDate: { } date, Age: null or { Ticks: 0 } } ? date - (sentAt + (exchange.HeadersAfter / 2)) : null;

    private ErrorClass Classify(HttpRequestException failed, Uri url)
    {
        for (Exception? inner = failed; inner is not null; inner = inner.InnerException)
        {
            if (inner is DialException dialled) return dialled.Error;
            if (inner is AuthenticationException) return dialer.DistrustOf(url.IdnHost) is null ? ErrorClass.TlsHandshake : ErrorClass.TlsCertificate;
        }

        return failed.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => ErrorClass.Dns,
            HttpRequestError.SecureConnectionError => ErrorClass.TlsHandshake,
            HttpRequestError.ConnectionError when failed.InnerException is SocketException { SocketErrorCode: SocketError.TimedOut } => ErrorClass.ConnectTimeout,
            HttpRequestError.ConnectionError => ErrorClass.ConnectRefused,
            _ => ErrorClass.Reset,
        };
    }

    private static string Explain(Exception failed)
    {
        for (Exception? inner = failed; inner is not null; inner = inner.InnerException)
        {
            if (inner is DialException) return inner.Message;
        }

        return failed.Message;
    }
}
