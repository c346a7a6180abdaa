using System.Globalization;
using System.Text.RegularExpressions;

namespace Cvmfs.Net.Monitoring.StatusPage.Rendering;

/// <summary>Writes the page. It needs no script, loads nothing from other hosts, and shows whatever servers say as text.</summary>
public static partial class StatusPageHtml
{
    /// <summary>The page.</summary>
    /// <param name="report">Its content.</param>
    /// <param name="template">HTML with names in double braces, such as <c>{{matrix}}</c>; null for the one that comes along.</param>
    /// <param name="jsonFile">Name of the JSON file beside it.</param>
    /// <param name="showPrivate">Whether errors and administrators are shown. Default false: visitors need neither.</param>
    /// <exception cref="CvmfsFormatException">The template names something that there is not.</exception>
    public static string Write(StatusPageReport report, string? template = null, string jsonFile = "status.json", bool showPrivate = false)
    {
        ArgumentNullException.ThrowIfNull(report);
        template ??= StatusPageResources.Read(StatusPageResources.Template);
        return Placeholder().Replace(template, match => match.Groups[1].Value switch
        {
            "title" => Text(report.Configuration.Title),
            "overall" => Text(report.Overall.Text()),
            "json_file" => Text(jsonFile),
            "refresh" => Refresh(report),
            "icons" => StatusIcons.Symbols(),
            "banner" => Banner(report),
            "maintenance" => Maintenance(report),
            "tiles" => Tiles(report),
            "matrix" => ServerMatrixHtml.Write(report),
            "repositories" => Repositories(report),
            "details" => ServerDetailsHtml.Write(report, showPrivate),
            "changes" => Changes(report),
            "legend" => Legend(report),
            "footer" => Footer(report, jsonFile),
            var odd => throw new CvmfsFormatException(
                StatusPageResources.Template,
                $"{{{{{odd}}}}} is no part of a page: expected title, overall, json_file, refresh, icons, banner, maintenance, tiles, matrix, repositories, details, changes, legend or footer.",
                match.Index),
        });
    }

    private static string Text(string text) => new HtmlText().Text(text).ToString();

    /// <summary>Where scripts run, the page's own renews it, and knows a file from a server.</summary>
    private static string Refresh(StatusPageReport report)
        => string.Create(CultureInfo.InvariantCulture, $"<noscript><meta http-equiv=\"refresh\" content=\"{Math.Max(30, (long)report.Configuration.Interval.TotalSeconds)}\"/></noscript>");

    private static string Banner(StatusPageReport report)
    {
        var html = new HtmlText();
        html.Open(
            "section",
            ("id", "overall"),
            ("class", "banner status-" + report.Overall.Name().ToLowerInvariant()),
            ("aria-label", "Overall status"),
            ("data-updated", StatusPageJson.Rfc3339(report.UpdatedAt)),
            ("data-interval", ((long)report.Configuration.Interval.TotalSeconds).ToString(CultureInfo.InvariantCulture)));
        html.Icon(report.Overall).Open("div");
        html.Element("h2", report.Overall.Text(), ("id", "overall-text"));
        html.Element("p", report.Configuration.DescriptionOf(report.Overall), ("id", "overall-description"));
        html.Open("p", ("class", "small")).Text("Last updated ").Element("time", StatusPageJson.Rfc3339(report.UpdatedAt), ("datetime", StatusPageJson.Rfc3339(report.UpdatedAt))).Element("span", "", ("id", "age")).Close();
        return html.Close().Close().ToString();
    }

    private static string Maintenance(StatusPageReport report)
    {
        var html = new HtmlText();
        foreach (var window in report.Maintenance)
        {
            html.Open("p", ("class", "notice")).Icon(ServiceStatus.Maintenance).Text(" ").Element("strong", window.IsActiveAt(report.UpdatedAt) ? "Maintenance" : "Planned maintenance").Text(" ")
                .Time(window.From).Text(" to ").Time(window.To);
            if (!window.CoversAll) html.Text(": ").Text(string.Join(", ", window.Servers.Concat(window.Repositories)));
            if (window.Text.Length > 0) html.Text(". ").Text(window.Text);
            html.CloseLine();
        }

        return html.ToString();
    }

    private static string Tiles(StatusPageReport report)
    {
        var html = new HtmlText();
        html.Open("ul", ("class", "tiles"));
        Tile("stratum0", "Stratum 0", report.Stratum0, Count(ServerRole.Stratum0));
        Tile("stratum1", "Stratum 1", report.Stratum1, Count(ServerRole.Stratum1));
        Tile("syncservers", "Sync servers", report.SyncServers, Count(ServerRole.SyncServer));
        Tile("repositories", "Repositories", report.RepositoriesStatus, (report.Repositories.Count(repository => repository.Status == ServiceStatus.Ok), report.Repositories.Count));
        return html.CloseLine().ToString();

        (int Well, int All) Count(ServerRole role)
            => (report.Servers.Count(server => server.Settings.Role == role && server.Status == ServiceStatus.Ok), report.Servers.Count(server => server.Settings.Role == role));

        void Tile(string target, string label, ServiceStatus status, (int Well, int All) count)
        {
            html.Open("li").Open("a", ("href", count.All > 0 ? "#" + target : "#servers-title")).Element("span", label, ("class", "label"));
            html.Open("span", ("class", "value")).Icon(status).Element("span", status.Text()).Close();
            html.Element("span", count.All == 0 ? "none" : $"{count.Well} of {count.All} OK", ("class", "small soft")).Close().CloseLine();
        }
    }

    private static string Repositories(StatusPageReport report)
    {
        var html = new HtmlText();
        html.Open("section", ("aria-labelledby", "repositories-title"), ("id", "repositories")).Element("h2", "Repositories", ("id", "repositories-title")).Text("\n");
        html.Open("div", ("class", "scroll"), ("role", "region"), ("aria-labelledby", "repositories-title"), ("tabindex", "0")).Open("table").Open("thead").Open("tr");
        foreach (string heading in (string[])["Repository", "Last 30 days", "Version", "Published", "In step", "Oldest snapshot", "Whitelist expires"]) html.Element("th", heading, ("scope", "col"));
        html.Close().CloseLine().Open("tbody");
        foreach (var repository in report.Repositories)
        {
            html.Open("tr").Open("th", ("scope", "row")).Open("span", ("class", "host")).Icon(repository.Status).Open("span").Breakable(repository.Name.ToString()).Close().Close().Close();
            html.Open("td", ("data-label", "Last 30 days")).Bars(report, StatusHistory.RepositoryLine(repository.Name.ToString())).Close();
            html.Open("td", ("data-label", "Version")).Open("span", ("class", "cell")).Icon(repository.RevisionStatus);
            string version = repository.Revision?.ToString(CultureInfo.InvariantCulture) ?? "–";
            var lags = report.Lags.GetValueOrDefault(repository.Name.ToString());
            if (lags is null) html.Element("span", version, ("class", "number"));
            else html.Element("a", version, ("class", "number"), ("href", RevisionsHtml.UrlOf(repository.Name.ToString())), ("aria-label", $"Revisions of {repository.Name}, now {version}"));
            html.Close().Close();
            html.Open("td", ("data-label", "Published"));
            if (repository.PublishedAt is { } published) html.Time(published, AgeText.Of(report.UpdatedAt - published) + " ago");
            else html.Text("–");
            html.Close();
            html.Open("td", ("data-label", "In step")).Text($"{repository.ServersInStep} of {repository.Servers} servers").LagLine(lags ?? []).Close();
            html.Open("td", ("data-label", "Oldest snapshot")).Open("span", ("class", "cell")).Icon(repository.SnapshotStatus);
            if (repository.OldestSnapshot is { } snapshot) html.Time(snapshot, AgeText.Of(report.UpdatedAt - snapshot) + " ago");
            else html.Text("–");
            html.Close().Close();
            html.Open("td", ("data-label", "Whitelist expires")).Open("span", ("class", "cell")).Icon(repository.WhitelistStatus);
            if (repository.WhitelistExpires is { } expiry) html.Time(expiry, expiry > report.UpdatedAt ? "in " + AgeText.Of(expiry - report.UpdatedAt) : "expired");
            else html.Text("–");
            html.Close().Close().CloseLine();
        }

        return html.Close().Close().Close().Close().ToString();
    }

    private static string Changes(StatusPageReport report)
    {
        if (report.History.Changes.Count == 0) return "";
        var html = new HtmlText();
        html.Element("h2", "Recent changes").Open("ul", ("class", "changes"));
        foreach (var change in report.History.Changes.Take(12))
        {
            html.Open("li").Icon(change.To).Text(" ").Time(change.At).Text(" ").Element("strong", StatusPageFeed.Describe(change.Line)).Text($": {change.From.Text().ToLowerInvariant()} → {change.To.Text().ToLowerInvariant()}").CloseLine();
        }

        return html.CloseLine().ToString();
    }

    private static string Legend(StatusPageReport report)
    {
        var html = new HtmlText();
        html.Element("h2", "What the signs mean").Open("ul", ("class", "legend"));
        foreach (var status in ServiceStatusNames.Legend.Append(ServiceStatus.Unknown))
        {
            html.Open("li").Icon(status).Text(" ").Element("strong", status.Text()).Text(" – ").Element("span", report.Configuration.DescriptionOf(status), ("class", "soft")).CloseLine();
        }

        return html.CloseLine().ToString();
    }

    private static string Footer(StatusPageReport report, string jsonFile)
    {
        var html = new HtmlText();
        html.Open("footer").Text("All times are UTC. ").Element("a", "JSON", ("href", jsonFile)).Text(" · ").Element("a", "Changes (Atom)", ("href", "feed.atom"));
        var configuration = report.Configuration;
        if (configuration.ContactEmail.Length > 0) html.Text(" · Contact: ").Element("a", configuration.ContactEmail, ("href", "mailto:" + configuration.ContactEmail));
        bool isLink = Uri.TryCreate(configuration.RepositoryUrl, UriKind.Absolute, out var url) && url.Scheme is "http" or "https";
        if (isLink) html.Text(" · ").Element("a", configuration.RepositoryUrlText.Length > 0 ? configuration.RepositoryUrlText : configuration.RepositoryUrl, ("href", url!.AbsoluteUri));
        return html.Close().ToString();
    }

    [GeneratedRegex(@"\{\{\s*(\w+)\s*\}\}", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();
}
