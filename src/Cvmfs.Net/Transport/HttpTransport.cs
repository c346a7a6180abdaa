using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using Cvmfs.Net.Transport.Wire;

namespace Cvmfs.Net.Transport;

/// <summary>GET and HEAD with everything that CernVM-FS asks of them. Shared by the sources of objects and of external data. Thread-safe.</summary>
internal sealed class HttpTransport : IAsyncDisposable
{
    private const int MaxRedirects = 4;

    private readonly HttpRepositorySourceOptions _options;
    private readonly WireExchanger? _wire;
    private readonly Lazy<MessageExchanger> _messages;

    public HttpTransport(HttpRepositorySourceOptions? options)
    {
        _options = options ?? new HttpRepositorySourceOptions();
        _messages = new Lazy<MessageExchanger>(() => new MessageExchanger(_options));
        if (_options.Handler is null) _wire = new WireExchanger(_options.Connections ?? _options.CreateConnections(), _options.Connections is null, _options);
    }

    /// <summary>Opens a body. Null when the server says that there is none.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))] // one for each of millions of objects
    public async ValueTask<SourceBody?> GetAsync(string url, FetchMode mode, ByteRange? range, CancellationToken cancellationToken)
    {
        foreach (var limit in _options.RateLimits) await limit.WaitAsync(cancellationToken).ConfigureAwait(false);
        var answer = await SendAsync(new HttpAsk(url, IsHead: false, mode, range), cancellationToken).ConfigureAwait(false);
        HttpAnswer? dropped = answer;
        try
        {
            RefuseComplaint(url, answer.Head);
            if (IsAbsent(answer.Head)) return null;
            long? length = RequireBody(url, answer.Head, range);
            dropped = null;
            if (_options.RateLimits.Count == 0) return new SourceBody(answer, length, url);
            if (answer.Whole is { Length: var bytes })
            {
                foreach (var limit in _options.RateLimits) limit.Charge(bytes);
                return new SourceBody(answer, length, url);
            }

            return new SourceBody(new MeteredStream(answer, _options.RateLimits), length, url);
        }
        finally
        {
            if (dropped is not null) await dropped.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Asks with HEAD whether there is something.</summary>
    public async ValueTask<bool> ExistsAsync(string url, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(new HttpAsk(url, IsHead: true, FetchMode.Normal, null), cancellationToken).ConfigureAwait(false);
        await using var _ = answer.ConfigureAwait(false);
        RefuseComplaint(url, answer.Head);
        if (IsAbsent(answer.Head)) return false;
        return answer.Head.IsSuccess ? true : throw HttpFaults.FromStatus(url, answer.Head, _options.TimeProvider.GetUtcNow());
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_wire is not null) await _wire.DisposeAsync().ConfigureAwait(false);
        if (_messages.IsValueCreated) await _messages.Value.DisposeAsync().ConfigureAwait(false);
    }

    private static bool IsAbsent(ResponseHead head) => head.Status is 404 or 410;

    private static void RefuseComplaint(string url, ResponseHead head)
    {
        if (!head.IsProxyComplaint) return;
        throw new CvmfsTransportException(url, $"a proxy answered {head.Status} for itself.", isTransient: true, (HttpStatusCode)head.Status) { IsProxyComplaint = true };
    }

    private static string? RedirectTarget(ResponseHead head) => head.Status is 301 or 302 or 303 or 307 ? head.Location : null;

    /// <summary>Sends, following redirects where that is allowed, until the head of the answer is there.</summary>
    private ValueTask<HttpAnswer> SendAsync(HttpAsk ask, CancellationToken cancellationToken)
        => _options.FollowRedirects ? FollowAsync(ask, cancellationToken) : SendOnceAsync(ask, cancellationToken);

    private async ValueTask<HttpAnswer> FollowAsync(HttpAsk ask, CancellationToken cancellationToken)
    {
        string url = ask.Url;
        for (int hops = 0; ; hops++)
        {
            var answer = await SendOnceAsync(ask, cancellationToken).ConfigureAwait(false);
            if (answer.Head.IsProxyComplaint || RedirectTarget(answer.Head) is not { } location) return answer;
            await answer.DisposeAsync().ConfigureAwait(false);
            var from = new Uri(ask.Url);
            bool isUrl = Uri.TryCreate(from, location, out var next);
            if (!isUrl || hops == MaxRedirects || next!.Scheme is not ("http" or "https") || (from.Scheme == "https" && next.Scheme == "http"))
            {
                throw new CvmfsTransportException(
                    url, $"redirected {hops + 1} times, at last to {location}, which is not followed.", isTransient: false, (HttpStatusCode)answer.Head.Status);
            }

            ask = ask with { Url = next.AbsoluteUri };
        }
    }

    private ValueTask<HttpAnswer> SendOnceAsync(HttpAsk ask, CancellationToken cancellationToken)
    {
        if (_wire is not null && ask.Url.StartsWith("http://", StringComparison.OrdinalIgnoreCase) && ask.Url.IndexOf('@') < 0)
        {
            if (_options.Proxy is not { } proxies) return _wire.SendAsync(ask, cancellationToken);
            var target = new Uri(ask.Url);
            if (proxies.IsBypassed(target)) return _wire.SendAsync(ask, cancellationToken);
            if (proxies.GetProxy(target) is { Scheme: "http", UserInfo: "" } proxy && proxies.Credentials is null) return _wire.SendAsync(ask, proxy, cancellationToken);
        }

        return _messages.Value.SendAsync(ask, cancellationToken);
    }

    /// <summary>Refuses every answer that does not carry the asked bytes as they are. Returns the announced length.</summary>
    private long? RequireBody(string url, ResponseHead head, ByteRange? range)
    {
        int expected = range is null ? 200 : 206;
        var status = (HttpStatusCode)head.Status;
        if (head.Status != expected)
        {
            throw head.IsSuccess
                ? new CvmfsTransportException(url, $"the server answered {head.Status}, expected {expected}.", isTransient: false, status)
                : HttpFaults.FromStatus(url, head, _options.TimeProvider.GetUtcNow());
        }

        if (head.ContentEncoding is { } coding)
        {
            throw new CvmfsTransportException(url, $"the answer is encoded as \"{coding}\", which changes bytes.", isTransient: false, status);
        }

        if (head.BadLength is { } announcement)
        {
            throw new CvmfsTransportException(url, $"the server announced a length of \"{announcement}\".", isTransient: false, status);
        }

        if (range is { } part)
        {
            if (!ContentRangeHeaderValue.TryParse(head.ContentRange, out var sent) || sent.From != part.Offset || sent.To != part.Last)
            {
                throw new CvmfsTransportException(
                    url, $"the server sent \"{head.ContentRange}\", expected bytes {part.Offset}-{part.Last}.", isTransient: false, status);
            }

            if (head.ContentLength is { } announced && announced != part.Length)
            {
                throw new CvmfsTransportException(url, $"the server announced {announced} bytes of a range of {part.Length}.", isTransient: false, status);
            }
        }

        return head.ContentLength;
    }
}
