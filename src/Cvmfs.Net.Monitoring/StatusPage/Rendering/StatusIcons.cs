namespace Cvmfs.Net.Monitoring.StatusPage.Rendering;

/// <summary>The shapes of statuses, told apart without colour. Drawn here; nothing is loaded from anywhere.</summary>
internal static class StatusIcons
{
    public static readonly (ServiceStatus Status, string Path)[] Paths =
    [
        (ServiceStatus.Ok, "M12 1a11 11 0 1 0 0 22 11 11 0 0 0 0-22zm-1.6 16.2-5-5 2-2 3 3 6.200-6.200 2 2z"),
        (ServiceStatus.Degraded, "M4 2h16a2 2 0 0 1 2 2v16a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2zm2 8.500v3h12v-3z"),
        (ServiceStatus.Warning, "M12 1.500 23.500 22H.5zM10.600 9v6.500h2.800V9zm0 8v2.600h2.800V17z"),
        (ServiceStatus.Failed, "M7.500 1h9L23 7.500v9L16.500 23h-9L1 16.500v-9zm.3 4.900-1.900 1.900L10.100 12l-4.200 4.200 1.900 1.900 4.200-4.200 4.200 4.200 1.900-1.900-4.200-4.200 4.200-4.200-1.900-1.900-4.200 4.200z"),
        (ServiceStatus.Maintenance, "M21.800 6.100 18 9.900l-3.100-.8L14.100 6l3.800-3.800a6.500 6.500 0 0 0-8.300 8.300L2 18.100 5.900 22l7.600-7.600a6.500 6.500 0 0 0 8.300-8.300z"),
        (ServiceStatus.Unknown, "M12 1a11 11 0 1 0 0 22 11 11 0 0 0 0-22zm-1.400 15.600h2.700v2.700h-2.700zM12 4.800c-2.700 0-4.500 1.700-4.600 4.100h2.700c.1-1 .8-1.700 1.900-1.700 1 0 1.800.6 1.800 1.500 0 .8-.4 1.200-1.500 1.900-1.200.8-1.800 1.700-1.700 3.200v.8h2.600v-.6c0-.9.3-1.300 1.500-2 1.300-.8 1.900-1.900 1.900-3.300 0-2.300-1.900-3.900-4.600-3.900z"),
    ];

    public static string Symbols()
    {
        var html = new HtmlText();
        html.Open("svg", ("class", "icons"), ("aria-hidden", "true"), ("xmlns", "http://www.w3.org/2000/svg"));
        foreach (var (status, path) in Paths)
        {
            html.Open("symbol", ("id", "icon-" + status.Name().ToLowerInvariant()), ("viewBox", "0 0 24 24")).Empty("path", ("fill-rule", "evenodd"), ("d", path)).Close();
        }

        return html.Close().ToString();
    }
}
