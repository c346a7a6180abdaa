using System.Globalization;

namespace Cvmfs.Net.Monitoring.StatusPage.Rendering;

/// <summary>The page of a repository's revisions: when each came, how long it was the newest one, and which server had it when. Needs no script.</summary>
internal static class RevisionsHtml
{
    public static string UrlOf(string repository, ulong? before = null, int? limit = null)
        => $"revisions?repository={Uri.EscapeDataString(repository)}"
            + (before is { } number ? string.Create(CultureInfo.InvariantCulture, $"&before={number}") : "")
            + (limit is { } count ? string.Create(CultureInfo.InvariantCulture, $"&limit={count}") : "");

    /// <summary>The page.</summary>
    /// <param name="title">Of the whole site.</param>
    /// <param name="repository">Name of the repository.</param>
    /// <param name="records">Newest first.</param>
    /// <param name="older">Where older ones are; null where there are none.</param>
    /// <param name="now">The instant that ages are measured at.</param>
    public static string Write(string title, string repository, IReadOnlyList<RevisionRecord> records, string? older, DateTimeOffset now)
    {
        var html = new HtmlText();
        html.Open("html", ("lang", "en")).Open("head").Empty("meta", ("charset", "utf-8")).Empty("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1"))
            .Empty("meta", ("name", "color-scheme"), ("content", "light dark")).Empty("meta", ("name", "referrer"), ("content", "no-referrer"))
            .Element("title", $"Revisions of {repository} – {title}").Empty("link", ("rel", "stylesheet"), ("href", "page.css")).Empty("link", ("rel", "icon"), ("href", "data:,")).CloseLine();
        html.Open("body").Open("header", ("class", "top")).Element("h1", title).CloseLine();
        html.Open("main").Open("p").Element("a", "All servers and repositories", ("href", "./")).Close();
        html.Element("h2", $"Revisions of {repository}", ("id", "revisions-title"));
        if (records.Count == 0) html.Element("p", "None was seen yet.");
        else Table(html, records, now);
        if (older is not null) html.Open("p").Element("a", "Older revisions", ("href", older), ("rel", "next")).Close();
        html.CloseLine();
        html.Open("footer").Text("All times are UTC. A server had a revision after the time that is named, at most: it was seen at the next look. ")
            .Element("a", "JSON", ("href", "api/v0/" + UrlOf(repository))).CloseLine();
        return "<!DOCTYPE html>\n" + html.Close().Close() + "\n";
    }

    private static void Table(HtmlText html, IReadOnlyList<RevisionRecord> records, DateTimeOffset now)
    {
        html.Open("p", ("class", "small")).Text("How long the slowest server took:").LagLine([.. records.Reverse().Select(record => record.LongestLag?.TotalSeconds)]).Close();
        html.Open("div", ("class", "scroll"), ("role", "region"), ("aria-labelledby", "revisions-title"), ("tabindex", "0")).Open("table").Open("thead").Open("tr");
        foreach (string heading in (string[])["Revision", "Published", "Newest for", "Slowest server after", "Servers"]) html.Element("th", heading, ("scope", "col"));
        html.Close().CloseLine().Open("tbody");
        foreach (var record in records)
        {
            html.Open("tr").Open("th", ("scope", "row")).Element("span", record.Revision.ToString(CultureInfo.InvariantCulture), ("class", "number"), ("title", "root catalog " + record.Root)).Close();
            html.Open("td", ("data-label", "Published"));
            if (record.PublishedAt is { } published) html.Time(published).Text($", {AgeText.Of(now - published)} ago");
            else html.Text("seen ").Time(record.Arrivals[0].SeenAt);
            html.Close();
            html.Element("td", record.NewestFor is { } newest ? AgeText.Of(newest) : $"{AgeText.Of(now - record.BeganAt)} so far", ("data-label", "Newest for"));
            html.Element("td", record.LongestLag is { } lag ? AgeText.Of(lag) : "–", ("data-label", "Slowest server after"));
            html.Open("td", ("data-label", "Servers")).Open("details").Element("summary", record.Arrivals.Count == 1 ? "one server" : $"{record.Arrivals.Count} servers").Open("dl");
            foreach (var arrival in record.Arrivals)
            {
                html.Open("dt").Breakable(arrival.Server).Close().Open("dd").Time(arrival.SeenAt);
                html.Text(record.LagOf(arrival) is { } own ? $", after {AgeText.Of(own.AtMost)}" : ", was there when first looked at").Close();
            }

            html.Close().Close().Close().CloseLine();
        }

        html.Close().Close().CloseLine();
    }
}
