using System.Net;
using System.Threading.Channels;
using Cvmfs.Net.Monitoring.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Monitoring.Incidents;

/// <summary>Tells receivers, each at its own pace: a queue of bounded length for each, and patience with one that is away for a while.</summary>
/// <remarks>When a queue is full, the oldest goes: what is news matters more. An alert carries a key by which a receiver knows a repetition.</remarks>
internal sealed class AlertSender
{
    public const int MaxQueued = 100;
    private const int MaxAttempts = 8;
    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly IReadOnlyList<AlertRoute> _routes;
    private readonly HttpMessageInvoker _invoker;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly string? _vantage;
    private readonly Func<double> _random;
    private readonly Dictionary<AlertReceiver, Channel<IncidentEvent>> _queues;
    private long _sent;
    private long _dropped;

    public AlertSender(IReadOnlyList<AlertRoute> routes, HttpMessageInvoker invoker, TimeProvider clock, ILogger logger, string? vantage, Func<double> random)
    {
        (_routes, _invoker, _clock, _logger, _vantage, _random) = (routes, invoker, clock, logger, vantage, random);
        _queues = routes.Select(route => route.Receiver).Distinct().ToDictionary(receiver => receiver, receiver => Channel.CreateBounded<IncidentEvent>(
            new BoundedChannelOptions(MaxQueued) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            lost => Drop(receiver, lost, "its queue is full")));
    }

    /// <summary>Alerts that receivers have taken since the last call.</summary>
    public long TakeSent() => Interlocked.Exchange(ref _sent, 0);

    /// <summary>Alerts that were given up since the last call.</summary>
    public long TakeDropped() => Interlocked.Exchange(ref _dropped, 0);

    /// <summary>Puts an alert into the queue of everybody whom it concerns. Never waits.</summary>
    public void Send(IncidentEvent what)
    {
        foreach (var receiver in _routes.Where(route => route.Takes(what.Incident)).Select(route => route.Receiver).Distinct()) _queues[receiver].Writer.TryWrite(what);
    }

    /// <summary>No more alerts: <see cref="RunAsync"/> ends when what is queued has gone.</summary>
    public void Complete()
    {
        foreach (var queue in _queues.Values) queue.Writer.TryComplete();
    }

    /// <summary>Sends until complete, or until cancelled: then what is left is given up.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(_queues.Select(queue => WorkAsync(queue.Key, queue.Value.Reader, cancellationToken)));

    private async Task WorkAsync(AlertReceiver receiver, ChannelReader<IncidentEvent> queue, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var what in queue.ReadAllAsync(cancellationToken).ConfigureAwait(false)) await DeliverAsync(receiver, what, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            while (queue.TryRead(out var left)) Drop(receiver, left, "the monitor ends");
        }
    }

    private async Task DeliverAsync(AlertReceiver receiver, IncidentEvent what, CancellationToken cancellationToken)
    {
        byte[] body = AlertDocument.Write(what, receiver.IsChat, _vantage);
        for (int attempt = 1; ; attempt++)
        {
            var (isTaken, isWorthAnother, reason) = await TryAsync(receiver, what, body, cancellationToken).ConfigureAwait(false);
            if (isTaken)
            {
                Interlocked.Increment(ref _sent);
                return;
            }

            if (!isWorthAnother || attempt == MaxAttempts)
            {
                Drop(receiver, what, reason);
                return;
            }

            var pause = s_first * Math.Pow(2, attempt - 1);
            LogMessages.AlertFailed(_logger, receiver.Id, attempt, reason);
            await Task.Delay((pause < s_longest ? pause : s_longest) * (0.5 + _random()), _clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<(bool IsTaken, bool IsWorthAnother, string Reason)> TryAsync(AlertReceiver receiver, IncidentEvent what, byte[] body, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(s_patience, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, receiver.Url) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new("application/json");
            request.Headers.TryAddWithoutValidation("User-Agent", "Cvmfs.Net.Monitoring");
            request.Headers.TryAddWithoutValidation("Idempotency-Key", $"{what.Incident.Id}-{what.Kind.ToString().ToLowerInvariant()}-{what.At.ToUnixTimeMilliseconds()}");
            using var response = await _invoker.SendAsync(request, either.Token).ConfigureAwait(false);
            int status = (int)response.StatusCode;
            bool isBusy = status >= 500 || response.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests;
            return (status is >= 200 and < 300, isBusy, $"it answered {status}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (false, true, "no answer in time");
        }
        catch (HttpRequestException failed)
        {
            return (false, true, failed.HttpRequestError.ToString()); // the message may have the URL, which is a secret
        }
    }

    private void Drop(AlertReceiver receiver, IncidentEvent what, string reason)
    {
        Interlocked.Increment(ref _dropped);
        LogMessages.AlertLost(_logger, receiver.Id, AlertDocument.TextOf(what), reason);
    }
}
