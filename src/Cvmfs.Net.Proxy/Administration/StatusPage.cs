using System.Globalization;
using System.Net;
using System.Text;
using Cvmfs.Net.Proxy.Diagnostics;

namespace Cvmfs.Net.Proxy.Administration;

/// <summary>The status as a page for people: no script, nothing from elsewhere.</summary>
internal static class StatusPage
{
    private const string Style = "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}"
        + "table{border-collapse:collapse;margin:.5rem 0 1.5rem}td,th{padding:.2rem .9rem .2rem 0;text-align:left}td.n,th.n{text-align:right}"
        + "th{font-weight:600;border-bottom:1px solid #bbb}.bad{color:#a40000;font-weight:600}h1{font-size:1.4rem}h2{font-size:1.1rem}"
        + "@media(prefers-color-scheme:dark){body{color:#ddd;background:#1b1b1b}.bad{color:#ff8080}}";

    /// <summary>The page.</summary>
    public static byte[] Of(ProxyStatus status)
    {
        var page = new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"30\"><title>CernVM-FS proxy</title><style>").Append(Style).Append("</style></head><body>\n");
        page.Append(Invariant($"<h1>CernVM-FS proxy on {Text(Environment.MachineName)}</h1>\n<p>Version {Text(status.Version)}, running for {Duration(status.Now - status.Started)}. "))
            .Append(Invariant($"<b>{status.HitRatio:P1}</b> of the requests needed no server. {status.Clients} clients in five minutes; {status.Running} requests and {status.Transfers} fetches in progress.</p>\n"));
        if (status.SettingsProblem is { } problem) page.Append("<p class=\"bad\">Newer settings are not in use: ").Append(Text(problem)).Append("</p>\n");
        if (status.AwaitingRestart.Count > 0) page.Append("<p class=\"bad\">From the next start on: ").Append(Text(string.Join(", ", status.AwaitingRestart))).Append("</p>\n");
        if (status.LostLines > 0) page.Append(Invariant($"<p class=\"bad\">The access log lost {status.LostLines} lines.</p>\n"));
        if (status.Tiers.Sum(static tier => tier.Figures.Suspended) is > 0 and var suspended) page.Append(Invariant($"<p class=\"bad\">{suspended} folders of the cache are not written to: the disk fails or has no room. The log says why.</p>\n"));
        Table(page, "Requests", ["Answered", "Requests", "Bytes"], status.Requests.Select((count, i) => new[] { RequestResults.Text((RequestResult)i), Number(count), Size(status.Sent[i]) }));
        Table(page, "Cache", ["Tier", "Objects", "Used", "Limit"], status.Tiers.Select(tier => new[] { tier.Tier, Number(tier.Figures.Objects), Size(tier.Figures.UsedBytes), Size(tier.Figures.LimitBytes) }));
        Table(page, "Servers", ["Server", "State", "Latency", "Requests", "Failures"], status.Servers.Select(server => new[]
        {
            server.Name, server.State, server.Latency is { } latency ? Invariant($"{latency.TotalMilliseconds:0.0} ms") : "–", Number(server.Requests), Number(server.Failures),
        }));
        Table(page, "Repositories", ["Repository", "Requests", "Bytes", "On disk"], status.Repositories.Select(repository => new[] { repository.Name, Number(repository.Requests()), Size(repository.Bytes()), Size(status.StoredBytes.GetValueOrDefault(repository.Name)) }));
        page.Append("<p><a href=\"metrics\">Metrics</a> · <a href=\"status\">Status as JSON</a> · <a href=\"healthz\">Health</a></p>\n</body></html>\n");
        return Encoding.UTF8.GetBytes(page.ToString());
    }

    private static void Table(StringBuilder page, string title, string[] heads, IEnumerable<string[]> rows)
    {
        page.Append("<h2>").Append(title).Append("</h2>\n<table><tr>");
        for (int i = 0; i < heads.Length; i++) page.Append(i == 0 ? "<th>" : "<th class=\"n\">").Append(heads[i]).Append("</th>");
        page.Append("</tr>\n");
        foreach (string[] row in rows)
        {
            page.Append("<tr>");
            for (int i = 0; i < row.Length; i++) page.Append(i == 0 ? "<td>" : row[i] == "down" ? "<td class=\"n bad\">" : "<td class=\"n\">").Append(Text(row[i])).Append("</td>");
            page.Append("</tr>\n");
        }

        page.Append("</table>\n");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Duration(TimeSpan time) => time.TotalDays >= 1 ? Invariant($"{(int)time.TotalDays} d {time.Hours} h") : time.TotalHours >= 1 ? Invariant($"{(int)time.TotalHours} h {time.Minutes} min") : Invariant($"{(int)time.TotalMinutes} min");

    private static string Size(long bytes)
    {
        double value = bytes;
        int unit = 0;
        for (; value >= 1000 && unit < 5; unit++) value /= 1000;
        return Invariant($"{value:0.##} {new[] { "B", "kB", "MB", "GB", "TB", "PB" }[unit]}");
    }
}
