using Cvmfs.Net.Monitoring.StatusPage.Rules;

namespace Cvmfs.Net.Monitoring.StatusPage;

/// <summary>What the names in rules stand for. A quantity that nobody measured has no entry: a rule about it has no value.</summary>
internal sealed class StatusVariables
{
    private static readonly (ServerRole Role, string Name)[] Roles =
        [(ServerRole.Stratum0, "stratum0_servers"), (ServerRole.Stratum1, "stratum1_servers"), (ServerRole.SyncServer, "sync_servers")];

    private readonly Dictionary<string, RuleValue> _extended = new(StringComparer.Ordinal);
    private readonly Dictionary<ServerRole, long> _well = [];
    private readonly long _outOfSync;

    public StatusVariables(
        StatusPageConfiguration configuration, IReadOnlyList<StatusPageServer> servers, IReadOnlyList<StatusPageRepository> repositories, bool isMaintenance, DateTimeOffset now)
    {
        foreach (var (role, name) in Roles)
        {
            List<StatusPageServer> ofRole = [.. servers.Where(server => server.Settings.Role == role)];
            _well[role] = ofRole.Count(server => server.Status == ServiceStatus.Ok);
            Set(name + "_total", ofRole.Count);
            Set(name + "_reachable", ofRole.Count(server => server.IsReachable));
        }

        List<StatusPageCell> cells = [.. servers.Where(server => server.IsReachable).SelectMany(server => server.Repositories)];
        bool byDistance = configuration.SyncPolicy == SyncPolicy.EessiDistance;
        // By distance a server with one broken repository has failed as a whole, and what it has does not count.
        var counted = byDistance ? servers.Where(server => server.IsReachable && server.Repositories.All(cell => cell.SeenAt is null && cell.Revision is not null)).SelectMany(server => server.Repositories) : cells;
        _outOfSync = counted.Where(cell => (byDistance ? cell.UpdateStatus : cell.Status) is not (ServiceStatus.Ok or ServiceStatus.Unknown)).Select(cell => cell.Repository).Distinct().Count();
        Set("repos_total", repositories.Count);
        Set("repos_failed", repositories.Count(repository => repository.Status == ServiceStatus.Failed));
        Set("max_lag_seconds", (long?)cells.Max(cell => cell.Lag)?.TotalSeconds);
        Set("max_snapshot_age_seconds", (long?)cells.Where(cell => cell.SnapshotStatus != ServiceStatus.Unknown).Max(cell => now - cell.LastSnapshot)?.TotalSeconds);
        Set("whitelist_min_hours", (long?)cells.Min(cell => cell.WhitelistExpires - now)?.TotalHours);
        if (servers.Any(server => server.GeoStatus != ServiceStatus.Unknown)) Set("geo_failures", servers.Count(server => server.GeoStatus is not (ServiceStatus.Ok or ServiceStatus.Unknown)));
        Set("signature_failures", cells.Count(cell => cell.Outcome == RepositoryOutcome.Invalid));
        List<ObjectReport> objects = [.. servers.Where(server => server.IsReachable).SelectMany(server => server.Report.Repositories).SelectMany(repository => repository.Objects)];
        if (objects.Count > 0) Set("objects_missing", objects.Count(one => one.Outcome == ObjectOutcome.Missing));
        _extended["maintenance"] = RuleValue.Of(isMaintenance);
        Set("vantages_agreeing", 1); // one prober agrees with itself
    }

    /// <summary>What the rule set of a kind of servers may speak of.</summary>
    public IReadOnlyDictionary<string, RuleValue> Of(ServerRole role)
        => new Dictionary<string, RuleValue>(_extended, StringComparer.Ordinal) { [Roles.First(one => one.Role == role).Name] = RuleValue.Of(_well[role]) };

    /// <summary>What the rule set of the overall status may speak of.</summary>
    public IReadOnlyDictionary<string, RuleValue> OfAll()
    {
        var all = new Dictionary<string, RuleValue>(_extended, StringComparer.Ordinal) { ["repos_out_of_sync"] = RuleValue.Of(_outOfSync) };
        foreach (var (role, name) in Roles) all[name] = RuleValue.Of(_well[role]);
        return all;
    }

    private void Set(string name, long? value)
    {
        if (value is { } number) _extended[name] = RuleValue.Of(number);
    }
}
