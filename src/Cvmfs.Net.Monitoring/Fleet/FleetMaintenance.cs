using Cvmfs.Net.Monitoring.StatusPage;

namespace Cvmfs.Net.Monitoring.Fleet;

/// <summary>A window of maintenance.</summary>
/// <param name="Id">Its id.</param>
/// <param name="From">Begin.</param>
/// <param name="To">End, exclusive.</param>
/// <param name="Servers">Ids of servers and proxies in use that it is about.</param>
/// <param name="Repositories">Names of repositories that it is about.</param>
/// <param name="Text">What is done; empty where it is not said.</param>
/// <param name="CoversAll">Whether it is about everything; then everything is named, too.</param>
internal sealed record FleetMaintenance(string Id, DateTimeOffset From, DateTimeOffset To, IReadOnlyList<string> Servers, IReadOnlyList<string> Repositories, string Text, bool CoversAll)
{
    /// <summary>The windows of a fleet, in the order of the file.</summary>
    public static IEnumerable<FleetMaintenance> Of(FleetDescription fleet)
    {
        string[] used = [.. fleet.ActiveServers.Select(server => server.Id), .. fleet.Proxies.Keys];
        foreach (var window in fleet.Maintenance?.Items ?? [])
        {
            bool isAll = window.Flag("all") == true;
            yield return new FleetMaintenance(
                window.Text("id")!,
                window.Time("from")!.Value,
                window.Time("to")!.Value,
                isAll ? used : [.. window.Texts("servers").Where(used.Contains).Distinct()],
                isAll ? [.. fleet.Repositories.Keys] : [.. window.Texts("repositories").Distinct()],
                window.Text("text") ?? "",
                isAll);
        }
    }

    /// <summary>Whether it is going on.</summary>
    public bool IsActiveAt(DateTimeOffset now) => From <= now && now < To;

    /// <summary>The window as a page with these servers and repositories has it; null where it is about none of them.</summary>
    public MaintenanceWindow? OnPage(IEnumerable<FleetServer> servers, IEnumerable<string> repositories)
    {
        var window = new MaintenanceWindow
        {
            From = From,
            To = To,
            Servers = CoversAll ? [] : [.. servers.Where(server => Servers.Contains(server.Id)).Select(FleetTargets.PageNameOf)],
            Repositories = CoversAll ? [] : [.. repositories.Where(Repositories.Contains)],
            Text = Text,
        };
        return CoversAll || !window.CoversAll ? window : null;
    }
}
