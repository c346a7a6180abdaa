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
    private readonly IAlertOutbox? _outbox;
    private readonly Dictionary<AlertReceiver, Channel<IncidentEvent>> _queues;
    private long _sent;
    private long _dropped;

    public AlertSender(IReadOnlyList<AlertRoute> routes, HttpMessageInvoker invoker, TimeProvider clock, ILogger logger, string? vantage, Func<double> random, IAlertOutbox? outbox = null)
    {
        (_routes, _invoker, _clock, _logger, _vantage, _random, _outbox) = (routes, invoker, clock, logger, vantage, random, outbox);
        _queues = routes.Select(route => route.Receiver).Distinct().ToDictionary(receiver => receiver, receiver => Channel.CreateBounded<IncidentEvent>(
            new BoundedChannelOptions(MaxQueued) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            lost => Drop(receiver, lost, "its queue is full")));
        foreach (var (receiver, queue) in _queues)
        {
            foreach (var left in ReadAlerts(receiver.Id)) queue.Writer.TryWrite(left);
        }
    }

    /// <summary>Alerts that receivers have taken since the last call.</summary>
    public long TakeSent() => Interlocked.Exchange(ref _sent, 0);

    /// <summary>Alerts that were given up since the last call.</summary>
    public long TakeDropped() => Interlocked.Exchange(ref _dropped, 0);

    /// <summary>Puts an alert into the queue of everybody whom it concerns. Never waits.</summary>
    public void Send(IncidentEvent what)
    {
        foreach (var receiver in ReceiversOf(_routes, what)) _queues[receiver].Writer.TryWrite(what);
    }

    /// <summary>By id, who has to be told of what.</summary>
    public static IEnumerable<(string Receiver, IncidentEvent What)> ReceiversOf(IReadOnlyList<AlertRoute> routes, IEnumerable<IncidentEvent> events)
        => events.SelectMany(what => ReceiversOf(routes, what).Select(receiver => (receiver.Id, what)));

    /// <summary>No more alerts: <see cref="RunAsync"/> ends when what is queued has gone.</summary>
    public void Complete()
    {
        foreach (var queue in _queues.Values) queue.Writer.TryComplete();
    }

    /// <summary>Sends until complete, or until cancelled: what is left then is for the next one that has this outbox, and given up without one.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(_queues.Select(queue => WorkAsync(queue.Key, queue.Value.Reader, cancellationToken)));

    private async Task WorkAsync(AlertReceiver receiver, ChannelReader<IncidentEvent> queue, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var what in queue.ReadAllAsync(cancellationToken).ConfigureAwait(false)) await DeliverAsync(receiver, what, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            while (_outbox is null && queue.TryRead(out var left)) Drop(receiver, left, "the monitor ends");
        }
    }

    private async Task DeliverAsync(AlertReceiver receiver, IncidentEvent what, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            var (isTaken, isWorthAnother, reason) = await TryAsync(receiver, what, cancellationToken).ConfigureAwait(false);
            if (isTaken)
            {
                Interlocked.Increment(ref _sent);
                Settle(receiver, what);
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

    private async Task<(bool IsTaken, bool IsWorthAnother, string Reason)> TryAsync(AlertReceiver receiver, IncidentEvent what, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(s_patience, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            if (receiver.Form == AlertForm.Mail) return await AlertMail.TryAsync(receiver, what, either.Token).ConfigureAwait(false);
            using var request = AlertRequest.Create(receiver, what, _vantage);
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
        Settle(receiver, what);
    }

    /// <summary>A disk that fails, or a row that somebody spoilt, must not keep the monitor from what is to be told now.</summary>
    private IReadOnlyList<IncidentEvent> ReadAlerts(string receiver)
    {
        try
        {
            return _outbox?.ReadAlerts(receiver, odd => LogMessages.Odd(_logger, odd)) ?? [];
        }
        catch (Exception failed) when (failed is IOException or CvmfsFormatException)
        {
            LogMessages.Odd(_logger, $"Alerts that receiver {receiver} has yet to take cannot be read: {failed.Message}");
            return [];
        }
    }

    /// <summary>What stays in the outbox by a fault of the disk is sent once more after a restart: receivers know it by its key.</summary>
    private void Settle(AlertReceiver receiver, IncidentEvent what)
    {
        try
        {
            _outbox?.RemoveAlert(receiver.Id, what.Key);
        }
        catch (Exception failed) when (failed is IOException or CvmfsFormatException)
        {
            LogMessages.HistoryFailed(_logger, failed.Message);
        }
    }

    private static IEnumerable<AlertReceiver> ReceiversOf(IReadOnlyList<AlertRoute> routes, IncidentEvent what)
        => routes.Where(route => route.Takes(what.Incident)).Select(route => route.Receiver).Distinct();
}
