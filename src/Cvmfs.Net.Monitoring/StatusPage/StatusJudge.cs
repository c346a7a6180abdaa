// A status page is made in three steps, each a pure function of what it is given:
//
//   config.json ─► StatusPageConfiguration ─► targets ─► StratumScraper ─► ServerReports
//   status.json of the run before ─► PreviousStatus ─┐          │
//                                                    ▼          ▼
//                                          StatusJudge (SyncJudge, Rules/) ─► StatusPageReport
//                                                                                  ▼
//                              Rendering/: index.html, status.json, metrics, badge, feed, history ─► StatusPageFolder
// Must stay true
//   - A server that failed stays on the page, with what was known last and since when.
//   - What nobody measured is unknown: it is never shown as a number or as well.
//   - Only servers that are OK count for the rules; a rule that cannot be judged is false, and somebody is told.
using Cvmfs.Net.Monitoring.StatusPage.Rules;

namespace Cvmfs.Net.Monitoring.StatusPage;

/// <summary>Makes a page's content out of what was scraped.</summary>
public static class StatusJudge
{
    /// <summary>Judges one run.</summary>
    /// <param name="configuration">What to show and how to judge.</param>
    /// <param name="servers">One report for each server of the configuration, in that order.</param>
    /// <param name="now">The instant that ages are measured at.</param>
    /// <param name="previous">The run before; null where there was none.</param>
    /// <param name="history">What went before; null for none. The report has it with this run counted.</param>
    /// <exception cref="ArgumentException">There are more or fewer reports than servers.</exception>
    public static StatusPageReport Judge(
        StatusPageConfiguration configuration, IReadOnlyList<ServerReport> servers, DateTimeOffset now, PreviousStatus? previous = null, StatusHistory? history = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(servers);
        if (servers.Count != configuration.Servers.Count) throw new ArgumentException($"{servers.Count} reports, expected one for each of {configuration.Servers.Count} servers.", nameof(servers));

        previous ??= PreviousStatus.None;
        var sync = new SyncJudge(configuration, servers, previous, now);
        MaintenanceWindow[] current = [.. configuration.Maintenance.Where(window => window.IsActiveAt(now))];
        List<StatusPageServer> judged = [.. servers.Select((server, i) => JudgeServer(configuration.Servers[i], server, i, sync, previous, current))];
        List<StatusPageRepository> repositories = [.. RepositoriesOf(judged, sync, current)];

        var warnings = new List<string>();
        var counts = new StatusVariables(configuration, judged, repositories, current.Length > 0, now);
        var panels = ((string Rule, ServerRole Role)[])
            [(StatusRuleSet.Stratum0Servers, ServerRole.Stratum0), (StatusRuleSet.Stratum1Servers, ServerRole.Stratum1), (StatusRuleSet.SyncServers, ServerRole.SyncServer)];
        var statuses = panels.Select(panel => Planned(
            configuration.Rule(panel.Rule).Judge(counts.Of(panel.Role), warnings), judged.Where(server => server.Settings.Role == panel.Role).ToList(), current)).ToArray();
        var overall = Planned(configuration.Rule(StatusRuleSet.Overall).Judge(counts.OfAll(), warnings), judged, current);

        var report = new StatusPageReport
        {
            Configuration = configuration,
            UpdatedAt = now,
            Overall = overall,
            Stratum0 = statuses[0],
            Stratum1 = statuses[1],
            SyncServers = statuses[2],
            Servers = judged,
            Repositories = repositories,
            Maintenance = [.. configuration.Maintenance.Where(window => window.To > now).OrderBy(window => window.From)],
            Warnings = warnings,
        };
        if (configuration.DampsFlaps && configuration.SyncPolicy != SyncPolicy.EessiDistance) report = StatusDamping.Apply(report, previous);
        return configuration.HistoryDays == 0 ? report : report with { History = (history ?? StatusHistory.Empty).With(report, previous.Statuses) };
    }

    private static StatusPageServer JudgeServer(
        StatusPageServerSettings settings, ServerReport report, int index, SyncJudge sync, PreviousStatus previous, MaintenanceWindow[] current)
    {
        var page = new StatusPageServer
        {
            Settings = settings,
            Status = ServiceStatus.Failed,
            UpdateStatus = ServiceStatus.Failed,
            GeoStatus = GeoStatusOf(report),
            Report = report,
            Repositories = [],
            LastSeen = report.Outcome == ServerOutcome.Unreachable ? previous.LastSeen(settings.HostName) : report.ScrapedAt,
        };
        if (report.Outcome == ServerOutcome.Unreachable)
        {
            page = page with { Repositories = [.. previous.CellsOf(settings.HostName).Select(cell => cell with { SeenAt = cell.SeenAt ?? page.LastSeen, Detail = report.Detail })] };
        }
        else
        {
            List<StatusPageCell> cells = [.. report.Repositories.Select(repository => WithLastKnown(sync.Judge(index, repository), previous.Find(settings.HostName, repository.Name)))];
            cells = [.. cells.Select(cell => IsPlanned(cell, current) ? cell with { Status = ServiceStatus.Maintenance } : cell)];
            var status = cells.Select(cell => cell.Status).Worst();
            page = page with
            {
                Repositories = cells,
                UpdateStatus = cells.Select(cell => cell.UpdateStatus).Worst(),
                // Nothing that could be compared is no failure of the server.
                Status = status == ServiceStatus.Unknown ? ServiceStatus.Ok : status,
            };
        }

        bool isPlanned = Array.Exists(current, window => window.CoversAll || window.Servers.Contains(settings.HostName));
        return isPlanned ? page with { Status = ServiceStatus.Maintenance } : page;
    }

    /// <summary>A repository whose manifest could not be had keeps on the page what it had last, marked with its age.</summary>
    private static StatusPageCell WithLastKnown(StatusPageCell cell, StatusPageCell? before) => cell.Revision is not null || before?.Revision is null
        ? cell
        : before with { Status = cell.Status, UpdateStatus = cell.UpdateStatus, SnapshotStatus = cell.SnapshotStatus, Outcome = cell.Outcome, Detail = cell.Detail };

    private static IEnumerable<StatusPageRepository> RepositoriesOf(List<StatusPageServer> servers, SyncJudge sync, MaintenanceWindow[] current)
    {
        foreach (var name in servers.SelectMany(server => server.Repositories).Select(cell => cell.Repository).Distinct().OrderBy(name => name.ToString(), StringComparer.Ordinal))
        {
            // Servers that are away say nothing about a repository; their own panel shows it.
            List<StatusPageServer> answering = [.. servers.Where(server => server.IsReachable && server.Status != ServiceStatus.Maintenance)];
            List<StatusPageCell> cells = [.. answering.Select(server => server.Find(name)).OfType<StatusPageCell>()];
            var worst = cells.Select(cell => cell.Status).Worst(ServiceStatus.Unknown);
            // Clients go to another replica: a repository has not failed while one is well.
            bool isServed = answering.Exists(server => server.Settings.Role == ServerRole.Stratum1 && server.Find(name)?.Status == ServiceStatus.Ok);
            bool isPlanned = Array.Exists(current, window => window.CoversAll || window.Repositories.Contains(name.ToString()));
            var reference = sync.ReferenceOf(name);
            yield return new StatusPageRepository
            {
                Name = name,
                Status = isPlanned ? ServiceStatus.Maintenance : worst == ServiceStatus.Failed && isServed ? ServiceStatus.Warning : worst,
                RevisionStatus = cells.Select(cell => cell.UpdateStatus).Worst(ServiceStatus.Unknown),
                SnapshotStatus = cells.Select(cell => cell.SnapshotStatus).Where(status => status != ServiceStatus.Unknown).Worst(ServiceStatus.Unknown),
                Revision = reference?.Manifest.Revision,
                ReferenceServer = reference?.Server,
                PublishedAt = reference?.Manifest.PublishedAtUtc,
                OldestSnapshot = cells.Where(cell => cell.SnapshotStatus != ServiceStatus.Unknown).Min(cell => cell.LastSnapshot),
                WhitelistStatus = cells.Select(cell => cell.WhitelistStatus).Where(status => status != ServiceStatus.Unknown).Worst(ServiceStatus.Unknown),
                WhitelistExpires = cells.Min(cell => cell.WhitelistExpires),
                ServersInStep = cells.Count(cell => cell.Lag == TimeSpan.Zero),
                Servers = servers.Count(server => server.Find(name) is not null),
                MaxLag = cells.Max(cell => cell.Lag),
            };
        }
    }

    /// <summary>What would be a fault is planned work when all that is not well is being worked on.</summary>
    private static ServiceStatus Planned(ServiceStatus status, List<StatusPageServer> servers, MaintenanceWindow[] current)
    {
        if (Array.Exists(current, window => window.CoversAll)) return ServiceStatus.Maintenance;
        List<StatusPageServer> notWell = [.. servers.Where(server => server.Status != ServiceStatus.Ok)];
        return status != ServiceStatus.Ok && notWell.Count > 0 && notWell.TrueForAll(server => server.Status == ServiceStatus.Maintenance) ? ServiceStatus.Maintenance : status;
    }

    private static bool IsPlanned(StatusPageCell cell, MaintenanceWindow[] current)
        => Array.Exists(current, window => window.CoversAll || window.Repositories.Contains(cell.Repository.ToString()));

    /// <summary>An order that is wrong, or no order, is a warning: clients then go far for what is near. Where nobody asked, nobody knows.</summary>
    private static ServiceStatus GeoStatusOf(ServerReport report)
    {
        if (report.Geo.Count == 0) return ServiceStatus.Unknown;
        return report.Geo.Any(answer => answer.Error != ErrorClass.None || answer.IsRight == false) ? ServiceStatus.Warning : ServiceStatus.Ok;
    }
}
