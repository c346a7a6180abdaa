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

    private readonly ProxyUpstreamOptions _options;
    private readonly TimeProvider _clock;
    private readonly UpstreamHealth _health;
    private readonly HttpMessageInvoker _named;
    private readonly HttpMessageInvoker _configured;

    public UpstreamPool(ProxyOptions options, TimeProvider clock)
    {
        _options = options.Upstream;
        _clock = clock;
        _health = new UpstreamHealth(clock);
        _named = new HttpMessageInvoker(CreateHandler(options.Upstream.AllowPrivateDestinations));
        _configured = new HttpMessageInvoker(CreateHandler(allowPrivate: true)); // the operator wrote them down
    }

    /// <summary>Whether there is a server for requests that name none.</summary>
    public bool HasConfigured => _options.Servers.Count > 0;

    /// <summary>Whom to ask, best first. Nothing is sent yet.</summary>
    public UpstreamPlan Candidates(ProxyRequest request)
    {
        if (request.IsForward) return new UpstreamPlan([(new Uri($"http://{request.Authority}/"), request.Path, false)]);
        return new UpstreamPlan([.. _health.Order(_options.Servers).Select(upstream => (upstream, upstream.AbsolutePath.TrimEnd('/') + request.Path, true))]);
    }

    /// <summary>Sends a request and reads the head of the answer. The caller disposes the answer, and reports how its body ended with
    /// <see cref="Succeeded"/> or <see cref="Failed"/>; where there is no answer, or one with a status of 500 and above, that is done already.</summary>
    /// <param name="attempt">From a plan.</param>
    /// <param name="method">GET or HEAD.</param>
    /// <param name="bypassCaches">Whether caches on the way must ask the server again; also where the attempt says so.</param>
    /// <param name="client">Address to tell the server, where it matters (geo requests to an own server).</param>
    /// <param name="cancellationToken">Cancels the whole exchange, body included.</param>
    public async Task<UpstreamAnswer> SendAsync(
        UpstreamAttempt attempt, HttpMethod method, bool bypassCaches, IPAddress? client, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(method, attempt.Url) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
        message.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        message.Headers.TryAddWithoutValidation("Accept", "*/*");
        message.Headers.TryAddWithoutValidation("Via", Serving.ErrorAnswer.Via);
        if (client is not null) message.Headers.TryAddWithoutValidation("X-Forwarded-For", AddressScope.Plain(client).ToString());
        if (attempt.Range is { } range) message.Headers.TryAddWithoutValidation("Range", range);
        if (bypassCaches || attempt.BypassCaches)
        {
            message.Headers.TryAddWithoutValidation("Cache-Control", "no-cache");
            message.Headers.TryAddWithoutValidation("Pragma", "no-cache");
        }

        using var limit = new CancellationTokenSource(_options.ConnectTimeout + _options.FirstByteTimeout, _clock);
        using var head = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var invoker = attempt.IsConfigured ? _configured : _named;
            var response = await invoker.SendAsync(message, head.Token).ConfigureAwait(false);
            int status = (int)response.StatusCode;
            if (status >= 500) Note(attempt, UpstreamFailure.Status, status);
            else if (status is < 200 or >= 300) attempt.Plan.Ended(UpstreamFailure.Status, status);
            return new MessageAnswer(attempt, response, new StallWatch(_options.StallTimeout, _clock, cancellationToken));
        }
        catch (HttpRequestException refused)
        {
            return NoAnswer(attempt, Reason(refused));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return NoAnswer(attempt, UpstreamFailure.Timeout);
        }
    }

    /// <summary>Reports that an answer came whole, and right as far as that can be told.</summary>
    public void Succeeded(UpstreamAttempt attempt) => _health.Answered(attempt.Server);

    /// <summary>Reports content that was wrong, cut off or silent.</summary>
    public void Failed(UpstreamAttempt attempt, UpstreamFailure failure) => Note(attempt, failure, 0);

    public void Dispose()
    {
        _named.Dispose();
        _configured.Dispose();
    }

    private void Note(UpstreamAttempt attempt, UpstreamFailure failure, int status)
    {
        _health.Failed(attempt.Server);
        attempt.Plan.Ended(failure, status);
    }

    private UpstreamAnswer NoAnswer(UpstreamAttempt attempt, UpstreamFailure failure)
    {
        Note(attempt, failure, 0);
        return UpstreamAnswer.None(attempt, failure);
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
