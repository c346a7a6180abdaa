// Upstreams/ asks servers, one request at a time, and says in one word how each ended.
//
//   ProxyRequest ─► UpstreamPool.Candidates ─► SendAsync ─► UpstreamAnswer (head read, body open) | UpstreamFailure
//
// Must stay true
//   - Requests carry only what is written here: nothing of the client's headers goes on, so nobody can poison what many will read.
//   - Bodies arrive as sent: no content coding is asked for, none is undone, redirects are not followed.
//   - Every wait has a limit below the five seconds after which a client gives up on its proxy.
using System.Net;
using System.Net.Sockets;
using Cvmfs.Net.Proxy.Routing;

namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>Connections to the servers that requests name, or to the configured ones. Safe for concurrent use.</summary>
internal sealed class UpstreamPool : IDisposable
{
    /// <summary>Our name on the wire. Servers tell clients of CernVM-FS by the first word.</summary>
    public const string UserAgent = "cvmfs proxy Cvmfs.Net";

    private readonly ProxyOptions _options;
    private readonly TimeProvider _clock;
    private readonly UpstreamHealth _health;
    private readonly HttpMessageInvoker _named;
    private readonly HttpMessageInvoker _configured;

    public UpstreamPool(ProxyOptions options, TimeProvider clock)
    {
        _options = options;
        _clock = clock;
        _health = new UpstreamHealth(clock);
        _named = new HttpMessageInvoker(CreateHandler(options.AllowPrivateDestinations));
        _configured = new HttpMessageInvoker(CreateHandler(allowPrivate: true)); // the operator wrote them down
    }

    /// <summary>Whether there is a server for requests that name none.</summary>
    public bool HasConfigured => _options.Upstreams.Count > 0;

    /// <summary>Where to ask, best first: the named server, or the configured upstreams.</summary>
    public IReadOnlyList<Uri> Candidates(ProxyRequest request)
        => request.IsForward
            ? [new Uri($"http://{request.Authority}{request.Path}")]
            : [.. _health.Order(_options.Upstreams).Select(upstream => new Uri(upstream.AbsoluteUri.TrimEnd('/') + request.Path))];

    /// <summary>Sends a request and reads the head of the answer. The caller disposes the answer.</summary>
    /// <param name="request">What the client asked for; decides which addresses may be reached.</param>
    /// <param name="url">One of the candidates.</param>
    /// <param name="method">GET or HEAD.</param>
    /// <param name="bypassCaches">Whether caches on the way must ask the server again.</param>
    /// <param name="client">Address to tell the server, where it matters (geo requests to an own server).</param>
    /// <param name="cancellationToken">Cancels the whole exchange, body included.</param>
    public async Task<UpstreamAnswer> SendAsync(
        ProxyRequest request, Uri url, HttpMethod method, bool bypassCaches, IPAddress? client, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(method, url) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
        message.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        message.Headers.TryAddWithoutValidation("Accept", "*/*");
        message.Headers.TryAddWithoutValidation("Via", Serving.ErrorAnswer.Via);
        if (client is not null) message.Headers.TryAddWithoutValidation("X-Forwarded-For", AddressScope.Plain(client).ToString());
        if (bypassCaches)
        {
            message.Headers.TryAddWithoutValidation("Cache-Control", "no-cache");
            message.Headers.TryAddWithoutValidation("Pragma", "no-cache");
        }

        using var limit = new CancellationTokenSource(_options.ConnectTimeout + _options.FirstByteTimeout, _clock);
        using var head = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var invoker = request.IsForward ? _named : _configured;
            var response = await invoker.SendAsync(message, head.Token).ConfigureAwait(false);
            if ((int)response.StatusCode >= 500) _health.Failed(url);
            else _health.Answered(url);
            return UpstreamAnswer.Of(url, response, new StallWatch(_options.StallTimeout, _clock, cancellationToken));
        }
        catch (HttpRequestException refused)
        {
            _health.Failed(url);
            return UpstreamAnswer.None(url, Reason(refused));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            _health.Failed(url);
            return UpstreamAnswer.None(url, UpstreamFailure.Timeout);
        }
    }

    /// <summary>Reports content that was wrong or cut off.</summary>
    public void ReportBadContent(Uri url) => _health.Failed(url);

    public void Dispose()
    {
        _named.Dispose();
        _configured.Dispose();
    }

    private static UpstreamFailure Reason(HttpRequestException refused) => refused.HttpRequestError switch
    {
        _ when refused.InnerException is GuardedConnector.NotPublicException => UpstreamFailure.NotPublic,
        HttpRequestError.NameResolutionError => UpstreamFailure.Unresolvable,
        HttpRequestError.ResponseEnded or HttpRequestError.InvalidResponse => UpstreamFailure.Incomplete,
        _ when refused.InnerException is SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain } => UpstreamFailure.Unresolvable,
        _ => UpstreamFailure.Unreachable,
    };

    private SocketsHttpHandler CreateHandler(bool allowPrivate) => new()
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = null, // no tracing header that would differ between clients
        ConnectTimeout = _options.ConnectTimeout,
        MaxConnectionsPerServer = _options.MaxConnectionsPerServer,
        MaxResponseHeadersLength = 64, // KiB
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5), // follows a name that moves
        ConnectCallback = allowPrivate ? null : GuardedConnector.ConnectPublicAsync,
    };
}
