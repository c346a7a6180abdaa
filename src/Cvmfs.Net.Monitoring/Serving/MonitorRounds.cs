using Cvmfs.Net.Monitoring.Checks;
using Cvmfs.Net.Monitoring.Diagnostics;
using Cvmfs.Net.Monitoring.Incidents;
using Cvmfs.Net.Monitoring.StatusPage;
using Cvmfs.Net.Monitoring.StatusPage.Rendering;
using Cvmfs.Net.Monitoring.Tracking;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Monitoring.Serving;

/// <summary>Judges what was seen: pages, incidents, and what is kept of both. One round at a time.</summary>
internal sealed class MonitorRounds
{
    private const string PublicKey = "page";
    private const string AllKey = "page-all";
    private const string TrackingKey = "tracking";
    private const int MaxFindings = 5;
    private const int LooksInSparkline = 60;
    private const int RevisionsInSparkline = 40;

    private readonly MonitorDatabase _database;
    private readonly MonitorOptions _options;
    private readonly Silences _silences;
    private readonly ILogger _logger;
    private readonly IncidentTracker _incidents;
    private PreviousStatus _previous;
    private PreviousStatus _previousOfAll;
    private StatusHistory _history;
    private readonly Dictionary<string, IReadOnlyList<double?>> _lags = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<double?>> _lagsOfAll = new(StringComparer.Ordinal);
    private MonitoredFleet? _lagsOf;
    private DateTimeOffset _forgotAt;

    public MonitorRounds(MonitorDatabase database, MonitorOptions options, Silences silences, ILogger logger)
    {
        (_database, _options, _silences, _logger) = (database, options, silences, logger);
        _previous = Restore(PublicKey, PreviousStatus.None, bytes => PreviousStatus.Parse(bytes));
        _previousOfAll = Restore(AllKey, PreviousStatus.None, bytes => PreviousStatus.Parse(bytes));
        Tracking = Restore(TrackingKey, new FleetHistory(), bytes => FleetHistory.Load(bytes));
        _history = database.ReadHistory();
        _incidents = new IncidentTracker(database.ReadIncidents(onlyOpen: true), database.LastIncident);
    }

    /// <summary>What lags are told from; whoever looks at servers feeds it, under a lock of its own.</summary>
    public FleetHistory Tracking { get; }

    /// <summary>Makes a round of what was seen last.</summary>
    /// <param name="fleet">What is monitored.</param>
    /// <param name="view">The last look at each server, without those that were never looked at.</param>
    /// <param name="tracking">State of <see cref="Tracking"/> behind the view.</param>
    /// <param name="now">When.</param>
    /// <param name="isBlind">Whether this place sees nothing at all: then the round is for show, and nothing learns or keeps anything of it.</param>
    public (MonitorSnapshot Snapshot, IReadOnlyList<IncidentEvent> Events) Make(MonitoredFleet fleet, FleetView view, byte[] tracking, DateTimeOffset now, bool isBlind = false)
    {
        var reports = view.Servers.ToDictionary(report => report.Target.Name, StringComparer.Ordinal);
        List<MonitoredServer> seen = [.. fleet.Servers.Where(server => reports.ContainsKey(server.Target.Name))];
        var configuration = fleet.Configuration with { Maintenance = [.. fleet.Configuration.Maintenance, .. _silences.Current().Select(fleet.Translate)] };

        var page = Judge([.. seen.Where(server => server.IsPublic)], _previous, _history, configuration.HistoryDays);
        var all = fleet.HasPrivateServers ? Judge(seen, _previousOfAll, StatusHistory.Empty, 0) with { History = page.History } : page;
        if (isBlind) return (new MonitorSnapshot(page, all, [.. _incidents.Open]), []);
        byte[] json = StatusPageJson.Write(page);
        byte[] jsonOfAll = fleet.HasPrivateServers ? StatusPageJson.Write(all) : json;
        (_previous, _previousOfAll, _history) = (PreviousStatus.Parse(json), PreviousStatus.Parse(jsonOfAll), page.History);
        var durations = DurationsOf(seen);
        RenewLags(fleet, all);
        (page, all) = (page with { Durations = durations, Lags = new Dictionary<string, IReadOnlyList<double?>>(_lags) }, all with { Durations = durations, Lags = new Dictionary<string, IReadOnlyList<double?>>(_lagsOfAll) });
        foreach (string warning in page.Warnings) LogMessages.Odd(_logger, warning);

        var events = _incidents.Observe(LinesOf(fleet, seen, page, all, StandardChecks.Judge(view)), now, out var ended, isWhole: seen.Count == fleet.Servers.Count);
        foreach (var what in events) LogMessages.Incident(_logger, AlertDocument.TextOf(what));
        var open = _incidents.Open.ToList();
        Keep(page, [.. open, .. ended], AlertSender.ReceiversOf(fleet.Routes, events), (PublicKey, json), (AllKey, jsonOfAll), (TrackingKey, tracking));
        return (new MonitorSnapshot(page, all, open), events);

        StatusPageReport Judge(List<MonitoredServer> servers, PreviousStatus previous, StatusHistory history, int historyDays) => StatusJudge.Judge(
            configuration with { Servers = [.. servers.Select(server => server.Page)], HistoryDays = historyDays },
            [.. servers.Select(server => reports[server.Target.Name] with { Target = server.Target with { Name = server.Page.HostName } })],
            now, previous, history);
    }

    private Dictionary<string, IReadOnlyList<double?>> DurationsOf(List<MonitoredServer> servers)
    {
        var durations = new Dictionary<string, IReadOnlyList<double?>>(StringComparer.Ordinal);
        try
        {
            foreach (var server in servers)
            {
                durations[server.Page.HostName] = [.. _database.ReadScrapes(server.Target.Name, LooksInSparkline).Reverse().Select(look => look.Outcome == "unreachable" ? (double?)null : look.Duration.TotalMilliseconds)];
            }
        }
        catch (Exception failed) when (failed is IOException or CvmfsFormatException)
        {
            LogMessages.HistoryFailed(_logger, failed.Message);
        }

        return durations;
    }

    /// <summary>Only repositories that have something new are read: with hundreds of servers that is little of it.</summary>
    private void RenewLags(MonitoredFleet fleet, StatusPageReport all)
    {
        try
        {
            var changed = _database.TakeChangedRepositories();
            if (!ReferenceEquals(_lagsOf, fleet))
            {
                _lags.Clear();
                _lagsOfAll.Clear();
                _lagsOf = fleet;
            }

            var isPublic = fleet.Servers.ToLookup(server => server.Target.Name, server => server.IsPublic, StringComparer.Ordinal);
            foreach (string name in all.Repositories.Select(repository => repository.Name.ToString()).Where(name => changed.Contains(name) || !_lagsOfAll.ContainsKey(name)))
            {
                var records = _database.ReadRevisions(name, RevisionsInSparkline);
                _lags[name] = LagsOf(RevisionRecord.Of(records, server => isPublic[server].Contains(true)));
                _lagsOfAll[name] = LagsOf(RevisionRecord.Of(records, isPublic.Contains));
            }
        }
        catch (Exception failed) when (failed is IOException or CvmfsFormatException)
        {
            LogMessages.HistoryFailed(_logger, failed.Message);
        }

        static IReadOnlyList<double?> LagsOf(IReadOnlyList<RevisionRecord> records) => [.. records.Reverse().Select(record => record.LongestLag?.TotalSeconds)];
    }

    /// <summary>A disk that is full or gone must not keep the monitor from telling so.</summary>
    private void Keep(StatusPageReport page, List<Incident> incidents, IEnumerable<(string, IncidentEvent)> alerts, params ReadOnlySpan<(string, byte[])> state)
    {
        try
        {
            _database.AddRound(page, incidents, alerts, state);
            if (page.UpdatedAt - _forgotAt < TimeSpan.FromHours(1)) return;
            _database.Forget(page.UpdatedAt, _options.KeepScrapes, _options.KeepHours, Math.Max(1, page.Configuration.HistoryDays));
            _forgotAt = page.UpdatedAt;
        }
        catch (Exception failed) when (failed is IOException or CvmfsFormatException)
        {
            LogMessages.HistoryFailed(_logger, failed.Message);
        }
    }

    private static IEnumerable<IncidentLine> LinesOf(MonitoredFleet fleet, List<MonitoredServer> seen, StatusPageReport page, StatusPageReport all, IReadOnlyList<CheckResult> checks)
    {
        string? environment = seen.Find(server => server.IsPublic)?.Target.Environment;
        if (page.Servers.Count > 0)
        {
            yield return new IncidentLine(
                StatusHistory.OverallLine, page.Overall, IsCritical: true, environment, $"{page.Servers.Count(server => server.Status == ServiceStatus.Ok)} of {page.Servers.Count} servers are well");
        }

        for (int i = 0; i < seen.Count; i++)
        {
            var (server, found) = (seen[i], all.Servers[i]);
            string[] findings = [.. checks.Where(check => check.Server == server.Target.Name && check.Status is CheckStatus.Failed or CheckStatus.Warning)
                .OrderByDescending(check => check.Status).Select(check => check.Repository is { } name ? $"{name}: {check.Message}" : check.Message).Distinct()];
            string message = found.Report.Outcome == ServerOutcome.Unreachable ? found.Report.Detail ?? found.Report.Error.Name() : string.Join("; ", findings.Take(MaxFindings));
            if (findings.Length > MaxFindings) message += $"; and {findings.Length - MaxFindings} more";
            yield return new IncidentLine(StatusHistory.ServerLine(server.Target.Name), found.Status, server.Tier == "critical", server.Target.Environment, message);
        }

        foreach (var repository in page.Repositories)
        {
            string name = repository.Name.ToString();
            Fleet.FleetRepository? described = null;
            fleet.Fleet?.Repositories.TryGetValue(name, out described);
            yield return new IncidentLine(
                StatusHistory.RepositoryLine(name), repository.Status, described?.Tier == "critical", described?.Environment ?? environment,
                $"{repository.ServersInStep} of {repository.Servers} servers are in step with revision {repository.Revision}");
        }
    }

    /// <summary>What an earlier process left helps; what of it cannot be read is begun anew.</summary>
    private T Restore<T>(string key, T otherwise, Func<byte[], T> read)
    {
        if (_database.Find(key) is not { } bytes) return otherwise;
        try
        {
            return read(bytes);
        }
        catch (CvmfsFormatException odd)
        {
            LogMessages.Odd(_logger, $"{odd.Message} It is begun anew.");
            return otherwise;
        }
    }
}
