// A monitor that runs: looks at servers, judges every interval, remembers, tells.
//
//   MonitoredFleet ─► ProbeLoops ─ each server at its own pace ─► StratumScraper ─► ServerReport ─┬─► metrics, at once
//                                                                                                  └─► MonitorDatabase
//   every interval ─► MonitorRounds ─► StatusJudge ─► MonitorSnapshot (pages) ─► Incidents/ ─► AlertSender ─► receivers
//
// Must stay true
//   - One server that hangs, one receiver that is away, a disk that is full: none of them delays or hides anything else.
//   - The first round is made when every server was looked at once: what was not looked at is not accused.
//   - A monitor that sees nothing at all judges nobody.
using Cvmfs.Net.Monitoring.Checks;
using Cvmfs.Net.Monitoring.Diagnostics;
using Cvmfs.Net.Monitoring.Incidents;
using Cvmfs.Net.Monitoring.Reporting;
using Cvmfs.Net.Monitoring.StatusPage;
using Cvmfs.Net.Monitoring.Tracking;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cvmfs.Net.Monitoring.Serving;

/// <summary>Monitors a fleet until told to end. Everything but <see cref="RunAsync"/> is safe for concurrent use; that runs once at a time.</summary>
public sealed class FleetMonitor : IDisposable
{
    private readonly MonitorOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;
    private readonly MonitorDatabase _database;
    private readonly Silences _silences;
    private readonly MonitorRounds _rounds;
    private readonly DriftWatch _drift;
    private readonly HttpMessageInvoker _invoker;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ServerReport> _reports = new(StringComparer.Ordinal);
    private readonly ObjectAllowances _allowances;
    private readonly ProbeCounters _counters = new();
    private StratumScraper _scraper;
    private MonitoredFleet _fleet;
    private MonitoredFleet? _next;
    private readonly TaskCompletionSource _allSeen = NewSignal();
    private readonly TaskCompletionSource _firstRound = NewSignal();
    private TaskCompletionSource _reload = NewSignal();
    private TimeSpan _lag;
    private bool _isOnline = true;
    private long _alertsSent;
    private long _alertsDropped;
    private volatile MonitorSnapshot? _snapshot;

    /// <summary>Opens the history; contacts nobody yet.</summary>
    /// <param name="fleet">What to monitor.</param>
    /// <param name="options">Defaults where null.</param>
    /// <param name="logger">Null for none.</param>
    /// <exception cref="CvmfsFormatException">The history file is none, or damaged.</exception>
    /// <exception cref="IOException">It cannot be opened or written.</exception>
    public FleetMonitor(MonitoredFleet fleet, MonitorOptions? options = null, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(fleet);
        _fleet = fleet;
        _options = options ?? new MonitorOptions();
        _logger = logger ?? NullLogger.Instance;
        _clock = _options.Scraping.TimeProvider;
        _database = MonitorDatabase.Open(_options.DatabaseFile);
        _silences = new Silences(_database, _options.SilenceFile, _clock, _logger);
        _rounds = new MonitorRounds(_database, _options, _silences, _logger);
        _drift = new DriftWatch(_options, _logger);
        _allowances = new ObjectAllowances(_options.ObjectBytesPerHour, _options.ObjectInterval, _clock);
        _invoker = new HttpMessageInvoker(_options.AlertHandler ?? new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }, disposeHandler: _options.AlertHandler is null);
        _scraper = CreateScraper(fleet);
    }

    /// <summary>What is monitored.</summary>
    public MonitoredFleet Fleet
    {
        get { lock (_gate) return _fleet; }
    }

    /// <summary>What the last round found; null before the first one.</summary>
    public MonitorSnapshot? Snapshot => _snapshot;

    /// <summary>Whether the last round is not much older than a round should be.</summary>
    public bool IsFresh => _snapshot is { } last && _clock.GetUtcNow() - last.Public.UpdatedAt <= Fleet.Configuration.Interval * 3;

    /// <summary>The last look at every server, beside what was known before; empty before the first ones.</summary>
    public FleetView View
    {
        get { lock (_gate) return ViewOf(_fleet); }
    }

    /// <summary>How it works.</summary>
    internal MonitorOptions Options => _options;

    internal MonitorDatabase Database => _database;

    internal ObjectAllowances Allowances => _allowances;

    internal Silences Silences => _silences;

    internal TimeProvider Clock => _clock;

    /// <summary>Looks at every server once, makes one round and sends what alerts there are.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken = default)
    {
        var fleet = Fleet;
        var sender = CreateSender(fleet);
        using var slots = new SemaphoreSlim(_options.Scraping.MaxServers);
        await Task.WhenAll(fleet.Servers.Select(async server =>
        {
            await slots.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await LookAsync(server, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                slots.Release();
            }
        })).ConfigureAwait(false);
        await RoundAsync(fleet, sender, cancellationToken).ConfigureAwait(false);
        sender.Complete();
        using var limit = new CancellationTokenSource(_options.DrainTime, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        await sender.RunAsync(either.Token).ConfigureAwait(false);
        Count(sender);
    }

    /// <summary>Monitors until cancelled, which is how it ends well: alerts that are queued still get their time.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var fleet = Fleet;
            var sender = CreateSender(fleet);
            using var generation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            using var sending = new CancellationTokenSource();
            var loops = new ProbeLoops(LookAsync, _options.Scraping.MaxServers, _options.Jitter, _clock, _options.NextRandom);
            Task[] all =
            [
                EndWithAsync(loops.RunAsync(fleet.Servers, generation.Token), generation),
                EndWithAsync(RoundsAsync(fleet, sender, generation.Token), generation),
                EndWithAsync(DriftAsync(fleet, generation.Token), generation),
            ];
            var telling = sender.RunAsync(sending.Token);
            await WaitForReloadAsync(generation.Token).ConfigureAwait(false);
            await generation.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(all).ConfigureAwait(false);
            sender.Complete();
            sending.CancelAfter(_options.DrainTime);
            await telling.ConfigureAwait(false);
            Count(sender);
            TakeNext();
        }

        if (_options.DatabaseFile is null && _database.Count("outbox") is > 0 and var lost) LogMessages.AlertsLost(_logger, lost);
    }

    /// <summary>Goes on with another fleet: servers that stay keep what is known of them.</summary>
    public void Reload(MonitoredFleet fleet)
    {
        ArgumentNullException.ThrowIfNull(fleet);
        lock (_gate)
        {
            _next = fleet;
            _reload.TrySetResult();
        }
    }

    /// <summary>Metrics of the last look at every server, in Prometheus' text format.</summary>
    public string WriteMetrics()
    {
        FleetView view;
        (MonitoredFleet Fleet, bool IsOnline, TimeSpan Lag, long Sent, long Dropped) now;
        lock (_gate)
        {
            view = ViewOf(_fleet);
            now = (_fleet, _isOnline, _lag, _alertsSent, _alertsDropped);
        }

        var text = MetricsReport.Compose(view, new MetricsOptions { Vantage = _options.Vantage, Counters = _counters, Checks = StandardChecks.Judge(view) });
        if (now.Fleet.Fleet is { } described) FleetFamilies.WriteFacts(text, described);
        var windows = _snapshot?.All.Maintenance ?? now.Fleet.Configuration.Maintenance;
        FleetFamilies.WriteMaintenance(text, now.Fleet, windows, view.Servers.SelectMany(server => server.Repositories).Select(repository => repository.Name.ToString()), _clock.GetUtcNow());
        FleetFamilies.WriteSelf(text, _options.Vantage, now.IsOnline, now.Lag, now.Sent, now.Dropped);
        _drift.LastOf(now.Fleet.Fleet)?.WriteTo(text, _options.Vantage);
        return text.ToString();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _scraper.Dispose();
        _invoker.Dispose();
        _database.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private StratumScraper CreateScraper(MonitoredFleet fleet) => new(fleet.Trusting(_options.Scraping));

    private AlertSender CreateSender(MonitoredFleet fleet) => new(fleet.Routes, _invoker, _clock, _logger, _options.Vantage, _options.NextRandom, _database);

    /// <summary>A part that fails ends the others: a monitor that only seems to run is worse than one that is started anew.</summary>
    private static async Task EndWithAsync(Task part, CancellationTokenSource generation)
    {
        try
        {
            await part.ConfigureAwait(false);
        }
        catch
        {
            await generation.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task WaitForReloadAsync(CancellationToken cancellationToken)
    {
        Task reload;
        lock (_gate) reload = _reload.Task;
        try
        {
            await reload.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // the end, which the caller sees for itself
        }
    }

    /// <summary>Takes over the fleet that was handed in; nobody looks at servers meanwhile.</summary>
    private void TakeNext()
    {
        lock (_gate)
        {
            _reload = NewSignal();
            if (_next is not { } next) return;
            (_fleet, _next) = (next, null);
            var staying = next.Servers.Select(server => server.Target.Name).ToHashSet(StringComparer.Ordinal);
            foreach (string gone in _reports.Keys.Except(staying).ToList()) _reports.Remove(gone);
            _allowances.Keep(staying);
            _counters.Keep(staying);
            _scraper.Dispose();
            _scraper = CreateScraper(next);
            LogMessages.Reloaded(_logger, next.Servers.Count);
        }
    }

    private async Task LookAsync(MonitoredServer server, TimeSpan lag, CancellationToken cancellationToken)
    {
        var allowance = _allowances.Of(server.Target.Name);
        var target = server.Target with { ObjectBudget = allowance.Begin(HasNewRevision(server)) };
        var report = (await _scraper.ScrapeAsync([target], cancellationToken: cancellationToken).ConfigureAwait(false))[0] with { Target = server.Target };
        allowance.Spend(report.Repositories.Sum(repository => repository.Objects.Sum(one => one.Bytes)));
        lock (_gate)
        {
            _lag = lag;
            _reports[server.Target.Name] = report;
            _counters.Observe(report, _options.Vantage);
            if (_fleet.Servers.All(one => _reports.ContainsKey(one.Target.Name))) _allSeen.TrySetResult();
        }

        try
        {
            _database.AddScrape(report);
        }
        catch (Exception failed) when (failed is IOException or CvmfsFormatException)
        {
            LogMessages.HistoryFailed(_logger, failed.Message);
        }
    }

    /// <summary>Objects are looked at every few minutes, and at once when a revision is new.</summary>
    private bool HasNewRevision(MonitoredServer server)
    {
        lock (_gate)
        {
            return _reports.TryGetValue(server.Target.Name, out var last)
                && last.Repositories.Any(repository => repository.Objects.Any(one => one is { IsRoot: true, IsHashed: false, Kind: ObjectKind.Catalog }) && repository.Manifest?.PublishedAtUtc > _clock.GetUtcNow() - _options.ObjectInterval);
        }
    }

    private async Task RoundsAsync(MonitoredFleet fleet, AlertSender sender, CancellationToken cancellationToken)
    {
        try
        {
            await _allSeen.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            while (true)
            {
                await RoundAsync(fleet, sender, cancellationToken).ConfigureAwait(false);
                await Task.Delay(fleet.Configuration.Interval, _clock, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // the end
        }
    }

    private async Task DriftAsync(MonitoredFleet fleet, CancellationToken cancellationToken)
    {
        if (fleet.Fleet is not { } described) return;
        try
        {
            await _firstRound.Task.WaitAsync(cancellationToken).ConfigureAwait(false); // which knows whether this place sees anything
            await _drift.RunAsync(described, () => { lock (_gate) return _isOnline; }, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // the end
        }
    }

    private async Task RoundAsync(MonitoredFleet fleet, AlertSender sender, CancellationToken cancellationToken)
    {
        FleetView view;
        byte[] tracking;
        lock (_gate)
        {
            view = ViewOf(fleet);
            tracking = _rounds.Tracking.Save();
        }

        bool isOnline = await new VantageCheck(_invoker, _clock).IsOnlineAsync(fleet.ControlTargetsOf(_options.Vantage), view.Servers, cancellationToken).ConfigureAwait(false);
        lock (_gate) _isOnline = isOnline;
        Count(sender);
        if (!isOnline)
        {
            LogMessages.Blind(_logger);
            if (_snapshot is not null) return; // the page grows old, and says so; without one, there is something to look at
        }

        var (snapshot, events) = _rounds.Make(fleet, view, tracking, _clock.GetUtcNow(), isBlind: !isOnline);
        _snapshot = snapshot;
        foreach (var what in events) sender.Send(what);
        _firstRound.TrySetResult();
        _options.RoundMade?.Invoke(snapshot);
    }

    private void Count(AlertSender sender)
    {
        lock (_gate)
        {
            _alertsSent += sender.TakeSent();
            _alertsDropped += sender.TakeDropped();
        }
    }

    /// <summary>How everything stands now; under the lock, for the tracking learns by it.</summary>
    private FleetView ViewOf(MonitoredFleet fleet)
        => _rounds.Tracking.Observe([.. fleet.Servers.Select(server => _reports.GetValueOrDefault(server.Target.Name)).OfType<ServerReport>()], _clock.GetUtcNow());
}
