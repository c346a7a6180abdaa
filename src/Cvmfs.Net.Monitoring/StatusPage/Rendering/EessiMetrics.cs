using System.Globalization;
using System.Text;

namespace Cvmfs.Net.Monitoring.StatusPage.Rendering;

/// <summary>Writes the metrics of the EESSI status page: the same names, labels, order and values, in Prometheus' text format.</summary>
/// <remarks>The names have no prefix and a failed server has no samples; dashboards that exist want them so. For anything new there is
/// <see cref="Reporting.MetricsReport"/>.</remarks>
public static class EessiMetrics
{
    /// <summary>The file.</summary>
    /// <param name="report">The page.</param>
    /// <param name="timestamps">Whether samples carry the time of the run. Default false: collectors of text files refuse them.</param>
    /// <param name="strict">Whether <c>repositories_status</c> is always 0, as it is there. Default false: the worst of the repositories.</param>
    public static string Write(StatusPageReport report, bool timestamps = false, bool strict = false)
    {
        ArgumentNullException.ThrowIfNull(report);
        var text = new StringBuilder();
        string suffix = timestamps ? " " + report.UpdatedAt.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture) : "";
        var repositories = strict ? ServiceStatus.Ok : report.RepositoriesStatus;

        Family("eessi_status", "Overall status.");
        Sample("eessi_status", "", (int)report.Overall);
        Repositories("repo_catalogue_size", "Size of the root catalogue in bytes.", cell => cell.RootCatalogBytes);
        Repositories("repo_revision", "Revision.", cell => cell.Revision);
        Repositories("repo_timestamp", "Time of publication, Unix seconds.", cell => (ulong?)cell.PublishedAt?.ToUnixTimeSeconds());
        Repositories("repo_ttl", "Time to live of the root catalogue in seconds.", cell => (ulong?)cell.Ttl?.TotalSeconds);
        Family("repositories_status", "Status of the repositories.");
        Sample("repositories_status", "", (int)repositories);
        Family("status_overview", "Status by category.");
        Sample("status_overview", "{category=\"overall\"}", (int)report.Overall);
        Sample("status_overview", "{category=\"stratum0\"}", (int)report.Stratum0);
        Sample("status_overview", "{category=\"stratum1\"}", (int)report.Stratum1);
        Sample("status_overview", "{category=\"syncservers\"}", (int)report.SyncServers);
        Sample("status_overview", "{category=\"repositories\"}", (int)repositories);
        Family("stratum0_status", "Status of the Stratum 0 servers.");
        Sample("stratum0_status", "", (int)report.Stratum0);
        Family("stratum1_status", "Status of the Stratum 1 servers.");
        Sample("stratum1_status", "", (int)report.Stratum1);
        Family("syncservers_status", "Status of the sync servers.");
        Sample("syncservers_status", "", (int)report.SyncServers);
        return text.ToString();

        void Repositories(string name, string help, Func<StatusPageCell, ulong?> value)
        {
            Family(name, help);
            foreach (var server in report.Servers.Where(server => server.IsReachable))
            {
                foreach (var cell in server.Repositories.Where(cell => cell.SeenAt is null))
                {
                    if (value(cell) is { } number) Sample(name, $"{{type=\"{server.Settings.Role.Name()}\",server=\"{Escape(server.Name)}\",repository=\"{cell.Repository}\"}}", number);
                }
            }
        }

        void Family(string name, string help) => text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} gauge\n");

        void Sample<T>(string name, string labels, T value) where T : struct => text.Append(CultureInfo.InvariantCulture, $"{name}{labels} {value}{suffix}\n");
    }

    private static string Escape(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
