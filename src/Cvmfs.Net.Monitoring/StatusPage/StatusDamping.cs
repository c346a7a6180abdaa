namespace Cvmfs.Net.Monitoring.StatusPage;

/// <summary>Keeps what goes to and fro from being told: a change is published when two results one after the other say the same.</summary>
/// <remarks>Planned work begins and ends at once, and so does not knowing. What was judged twice by the same measurement counts once.</remarks>
internal static class StatusDamping
{
    public static StatusPageReport Apply(StatusPageReport report, PreviousStatus previous)
    {
        var pending = new List<PendingStatus>();
        return report with
        {
            Overall = Publish(StatusHistory.OverallLine, report.Overall, report.UpdatedAt),
            Stratum0 = Publish(StatusHistory.PanelLine(ServerRole.Stratum0), report.Stratum0, report.UpdatedAt),
            Stratum1 = Publish(StatusHistory.PanelLine(ServerRole.Stratum1), report.Stratum1, report.UpdatedAt),
            SyncServers = Publish(StatusHistory.PanelLine(ServerRole.SyncServer), report.SyncServers, report.UpdatedAt),
            Servers = [.. report.Servers.Select(server => server with { Status = Publish(StatusHistory.ServerLine(server.Name), server.Status, server.Report.ScrapedAt) })],
            Repositories = [.. report.Repositories.Select(repository => repository with { Status = Publish(StatusHistory.RepositoryLine(repository.Name.ToString()), repository.Status, report.UpdatedAt) })],
            Pending = pending,
        };

        ServiceStatus Publish(string line, ServiceStatus now, DateTimeOffset at)
        {
            if (!previous.Statuses.TryGetValue(line, out var published) || now == published || IsAtOnce(now) || IsAtOnce(published)) return now;
            var seen = previous.Pending.FirstOrDefault(one => one.Line == line && one.Status == now);
            if (seen is not null && at > seen.Since) return now;
            pending.Add(seen ?? new PendingStatus(line, now, at));
            return published;
        }
    }

    private static bool IsAtOnce(ServiceStatus status) => status is ServiceStatus.Maintenance or ServiceStatus.Unknown;
}
