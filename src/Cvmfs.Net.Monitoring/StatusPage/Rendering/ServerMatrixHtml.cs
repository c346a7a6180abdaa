using System.Globalization;

namespace Cvmfs.Net.Monitoring.StatusPage.Rendering;

/// <summary>Servers by repositories: revision, lag and age of the last snapshot where they meet.</summary>
internal static class ServerMatrixHtml
{
    private static readonly (ServerRole Role, string Title, string Id)[] Groups =
        [(ServerRole.Stratum0, "Stratum 0: where repositories are published", "stratum0"), (ServerRole.SyncServer, "Sync servers: private replicas", "syncservers"), (ServerRole.Stratum1, "Stratum 1: public replicas", "stratum1")];

    public static string Write(StatusPageReport report)
    {
        var html = new HtmlText();
        html.Open("section", ("aria-labelledby", "servers-title")).Element("h2", "Servers", ("id", "servers-title")).Text("\n");
        html.Open("div", ("class", "scroll"), ("role", "region"), ("aria-labelledby", "servers-title"), ("tabindex", "0")).Open("table");
        html.Open("thead").Open("tr").Element("th", "Server", ("scope", "col")).Element("th", "Last 30 days", ("scope", "col"));
        foreach (var repository in report.Repositories) html.Open("th", ("scope", "col")).Breakable(repository.Name.ToString()).Close();
        html.Close().CloseLine();
        foreach (var (role, title, id) in Groups)
        {
            StatusPageServer[] servers = [.. report.Servers.Where(server => server.Settings.Role == role)];
            if (servers.Length == 0) continue;
            html.Open("tbody", ("id", id)).Open("tr", ("class", "group"))
                .Element("th", title, ("scope", "rowgroup"), ("colspan", (report.Repositories.Count + 2).ToString(CultureInfo.InvariantCulture))).CloseLine();
            foreach (var server in servers) Row(html, report, server);
            html.CloseLine();
        }

        html.Close().Close().Close();
        return html.ToString();
    }

    private static void Row(HtmlText html, StatusPageReport report, StatusPageServer server)
    {
        html.Open("tr").Open("th", ("scope", "row")).Open("span", ("class", "host")).Icon(server.Status).Open("span").Breakable(server.Name);
        if (!server.IsReachable) html.Element("span", server.LastSeen is { } seen ? $"no answer; last seen {AgeText.Of(report.UpdatedAt - seen)} ago" : "no answer", ("class", "small soft"));
        html.Close().Close().Close();
        html.Open("td", ("data-label", "Last 30 days")).Bars(report, StatusHistory.ServerLine(server.Name)).Sparkline(report.Durations.GetValueOrDefault(server.Name) ?? []).Close();
        foreach (var repository in report.Repositories)
        {
            html.Open("td", ("data-label", repository.Name.ToString()));
            if (server.Find(repository.Name) is { } cell) Cell(html, report, server, cell);
            else html.Element("span", "–", ("class", "soft"), ("title", "not on this server"));
            html.Close();
        }

        html.CloseLine();
    }

    private static void Cell(HtmlText html, StatusPageReport report, StatusPageServer server, StatusPageCell cell)
    {
        html.Open("span", ("class", cell.SeenAt is null ? "cell" : "cell old")).Icon(cell.Status).Open("span");
        html.Element("span", cell.Revision is { } revision ? revision.ToString(CultureInfo.InvariantCulture) : "no manifest", ("class", "number"));
        if (cell.SeenAt is { } seen) html.Element("span", $"as of {AgeText.Of(report.UpdatedAt - seen)} ago", ("class", "small"));
        else if (Lag(cell) is { } lag) html.Element("span", lag, ("class", "small"));
        if (cell.SeenAt is null && server.Settings.Role != ServerRole.Stratum0 && cell.LastSnapshot is { } snapshot)
        {
            html.Open("span", ("class", "small")).Text("snapshot ").Time(snapshot, AgeText.Of(report.UpdatedAt - snapshot) + " ago").Close();
        }

        if (cell.Outcome == RepositoryOutcome.Invalid) html.Element("span", "signature not valid", ("class", "small status-failed"));
        html.Close().Close();
    }

    private static string? Lag(StatusPageCell cell) => cell switch
    {
        { Lag: { } lag, Distance: { } distance } when lag > TimeSpan.Zero || cell.BehindSince is not null => $"{distance} behind for {AgeText.Of(lag)}",
        { Distance: 0 } => "in step",
        { Distance: { } ahead } => $"{ahead} ahead of the reference",
        _ => null,
    };
}
