namespace Cvmfs.Net.Monitoring.StatusPage.Rendering;

/// <summary>What else is known of each server, folded away.</summary>
internal static class ServerDetailsHtml
{
    public static string Write(StatusPageReport report, bool showPrivate)
    {
        var html = new HtmlText();
        html.Element("h2", "Details").Text("\n");
        foreach (var server in report.Servers)
        {
            html.Open("details").Open("summary").Icon(server.Status).Text(" ").Breakable(server.Name).CloseLine().Open("dl");
            Fact(html, "Status", server.Status.Text());
            Fact(html, "Role", server.Settings.Role switch { ServerRole.Stratum0 => "Stratum 0", ServerRole.Stratum1 => "Stratum 1", _ => "Sync server" });
            if (server.LastSeen is { } seen) html.Element("dt", "Last answer").Open("dd").Time(seen).CloseLine();
            Fact(html, "Organisation", server.Report.Meta?.Organisation);
            Fact(html, "Software", server.Report.Listing?.CvmfsVersion);
            Fact(html, "System", server.Report.Listing?.OsPrettyName);
            Fact(html, "Geo API", server.GeoStatus == ServiceStatus.Unknown ? "not measured" : server.GeoStatus.Text());
            if (server.Report.Listing?.LastGeoDbUpdate is { } geo) Fact(html, "Geo database", geo.Time is { } time ? AgeText.Time(time) : geo.Text);
            if (server.IsReachable) Fact(html, "Measured in", $"{server.Report.Duration.TotalMilliseconds:0} ms");
            if (showPrivate)
            {
                Fact(html, "Administrator", server.Report.Meta?.Administrator);
                Fact(html, "Address", server.Report.Meta?.Email);
                if (server.Report.Error != ErrorClass.None) Fact(html, "Error", $"{server.Report.Error.Name()}: {server.Report.Detail}");
                foreach (var cell in server.Repositories.Where(cell => cell.Detail is not null && cell.SeenAt is null)) Fact(html, cell.Repository.ToString(), cell.Detail);
            }

            html.Close().CloseLine();
        }

        return html.ToString();
    }

    private static void Fact(HtmlText html, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value)) html.Element("dt", name).Open("dd").Text(value).CloseLine();
    }
}
