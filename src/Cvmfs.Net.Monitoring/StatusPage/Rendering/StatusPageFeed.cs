using System.Text;

namespace Cvmfs.Net.Monitoring.StatusPage.Rendering;

/// <summary>Writes <c>feed.atom</c>: what became better or worse, newest first.</summary>
public static class StatusPageFeed
{
    /// <summary>The feed, as XML.</summary>
    public static string Write(StatusPageReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var html = new HtmlText();
        html.Open("feed", ("xmlns", "http://www.w3.org/2005/Atom")).Element("title", report.Configuration.Title).Element("id", "urn:cvmfs-net:status-page")
            .Element("updated", StatusPageJson.Rfc3339(report.History.Changes.Count > 0 ? report.History.Changes[0].At : report.UpdatedAt))
            .Open("author").Element("name", report.Configuration.Title).CloseLine();
        foreach (var change in report.History.Changes)
        {
            string at = StatusPageJson.Rfc3339(change.At);
            html.Open("entry").Element("id", $"urn:cvmfs-net:status:{at}:{Uri.EscapeDataString(change.Line)}").Element("title", $"{Describe(change.Line)}: {change.To.Text()}").Element("updated", at)
                .Element("content", $"{Describe(change.Line)} went from {change.From.Text().ToLowerInvariant()} to {change.To.Text().ToLowerInvariant()}.", ("type", "text")).CloseLine();
        }

        return new StringBuilder("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n").Append(html.CloseLine()).ToString();
    }

    /// <summary>A line of the history in words.</summary>
    internal static string Describe(string line)
    {
        int slash = line.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? "Overall status" : line[(slash + 1)..];
    }
}
