using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Cvmfs.Net.Proxy.Upstreams.Http;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>Sends requests to servers with TLS through the framework's client, over connections of the same dialer. Thread-safe.</summary>
internal sealed class MessageClient(Func<ProxyUpstreamOptions> options, Dialer dialer, TimeProvider clock) : IDisposable
{
    // The path was escaped to the letter already; a second opinion would change it.
    private static readonly UriCreationOptions s_asWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly ConcurrentDictionary<(bool IsConfigured, string Via), HttpMessageInvoker> _invokers = new();

    /// <summary>Sends a request and reads the head of the answer.</summary>
    /// <exception cref="UpstreamException">There is no answer.</exception>
    public async Task<MessageAnswer> SendAsync(UpstreamAttempt attempt, bool isHead, string via, string extra, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(isHead ? HttpMethod.Head : HttpMethod.Get, new Uri(attempt.Url, s_asWritten))
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        message.Headers.TryAddWithoutValidation("User-Agent", UpstreamPool.UserAgent);
        message.Headers.TryAddWithoutValidation("Accept", "*/*");
        message.Headers.TryAddWithoutValidation("Via", via);
        foreach (string line in extra.Split("\r\n", StringSplitOptions.RemoveEmptyEntries))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            message.Headers.TryAddWithoutValidation(line[..colon], line[(colon + 2)..]);
        }

        using var limit = new CancellationTokenSource(attempt.Limit, clock);
        using var head = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        bool isAnswered = false;
        attempt.Asked!.BeginExchange();
        try
        {
            var response = await InvokerOf(attempt).SendAsync(message, head.Token).ConfigureAwait(false);
            isAnswered = true; // the answer ends the exchange
            return new MessageAnswer(attempt, response, new StallWatch(options().StallTimeout, clock), cancellationToken);
        }
        catch (HttpRequestException failed)
        {
            throw failed.InnerException as UpstreamException ?? new UpstreamException(Reason(failed), attempt.Url, failed.Message, failed);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw new UpstreamException(UpstreamFailure.Timeout, attempt.Url, "no answer in time.", late);
        }
        finally
        {
            if (!isAnswered) attempt.Asked.EndExchange();
        }
    }

    public void Dispose()
    {
        foreach (var invoker in _invokers.Values) invoker.Dispose();
    }

    private static UpstreamFailure Reason(HttpRequestException failed) => failed.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => UpstreamFailure.Unresolvable,
        HttpRequestError.ResponseEnded => UpstreamFailure.Incomplete,
        HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded => UpstreamFailure.Protocol,
        _ => UpstreamFailure.Unreachable,
    };

    private HttpMessageInvoker InvokerOf(UpstreamAttempt attempt)
        => _invokers.GetOrAdd((attempt.IsConfigured, attempt.Via?.GetLeftPart(UriPartial.Authority) ?? ""), key => new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            UseProxy = key.Via.Length > 0,
            Proxy = key.Via.Length > 0 ? new WebProxy(key.Via) : null,
            ActivityHeadersPropagator = null, // no tracing header that would differ between clients
            MaxConnectionsPerServer = options().MaxConnectionsPerServer,
            MaxResponseHeadersLength = AnswerHead.MaxBytes / 1024,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5), // follows a name that moves
            ConnectCallback = async (context, token) =>
            {
                var end = context.DnsEndPoint;
                var socket = await dialer.ConnectAsync(end.Host, end.Port, key.IsConfigured || key.Via.Length > 0, options().ConnectTimeout, string.Create(CultureInfo.InvariantCulture, $"{end.Host}:{end.Port}"), token).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            },
        }));
}
