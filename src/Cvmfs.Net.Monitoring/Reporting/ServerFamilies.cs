using Cvmfs.Net.Diagnostics;
using Cvmfs.Net.Monitoring.Tracking;

namespace Cvmfs.Net.Monitoring.Reporting;

/// <summary>Metrics of servers.</summary>
internal static class ServerFamilies
{
    public static void Write(PrometheusText text, FleetView view, MetricsOptions options)
    {
        Add("cvmfs_probe_up", "Whether at least one expected manifest was fetched and parsed.", static server => IsUp(server) ? 1 : 0);
        Add("cvmfs_probe_partial", "Whether some expected document or object did not come.", static server => server.Outcome == ServerOutcome.Partial ? 1 : 0);
        Add("cvmfs_probe_last_run_timestamp_seconds", "End of the last probe.", static server => server.ScrapedAt.ToUnixTimeSeconds());
        Add("cvmfs_probe_duration_seconds", "Duration of the last full probe.", static server => Math.Round(server.Duration.TotalSeconds, 3));
        Add("cvmfs_probe_clock_skew_seconds", "The server's clock less the prober's.", static server => server.ClockSkew is { } skew ? Math.Round(skew.TotalSeconds, 3) : null);

        text.Family("cvmfs_probe_server_info", PrometheusText.Gauge, "What the server says of itself.");
        foreach (var server in view.Servers)
        {
            string labels = PrometheusText.Labels(
                options.LabelsOf(server),
                ("cvmfs_version", server.Listing?.CvmfsVersion ?? ""),
                ("os_id", server.Listing?.OsId ?? ""),
                ("os_version", server.Listing?.OsVersionId ?? ""),
                ("backend", server.Backend.ToString().ToLowerInvariant()),
                ("role", server.Role.Name()));
            text.Sample("cvmfs_probe_server_info", labels, 1);
        }

        text.Family("cvmfs_probe_repositories", PrometheusText.Gauge, "Number of repositories by state.");
        foreach (var server in view.Servers)
        {
            State(server, "listed", server.Repositories.Count(repository => repository.IsListed));
            State(server, "expected", server.Repositories.Count(repository => repository.IsExpected));
            State(server, "ok", server.Repositories.Count(repository => repository.IsUp));
            State(server, "failed", server.Repositories.Count(repository => !repository.IsUp));
            State(server, "unexpected", server.Repositories.Count(repository => !repository.IsExpected));
        }

        WriteEndpoints(text, view, options);

        void Add(string name, string help, Func<ServerReport, double?> value)
        {
            text.Family(name, PrometheusText.Gauge, help);
            foreach (var server in view.Servers)
            {
                if (value(server) is { } number) text.Sample(name, options.LabelsOf(server), number);
            }
        }

        void State(ServerReport server, string state, int count) => text.Sample("cvmfs_probe_repositories", PrometheusText.Labels(options.LabelsOf(server), ("state", state)), count);
    }

    /// <summary>By endpoint, over all repositories of a server: which repository fails, its own metrics tell.</summary>
    private static void WriteEndpoints(PrometheusText text, FleetView view, MetricsOptions options)
    {
        var byServer = view.Servers.Select(server => (Server: server, Endpoints: server.Endpoints.GroupBy(one => EndpointNames.Normalize(one.Endpoint)).OrderBy(group => group.Key, StringComparer.Ordinal).ToList())).ToList();
        text.Family("cvmfs_probe_endpoint_up", PrometheusText.Gauge, "Whether all of the last requests to this kind of document succeeded.");
        foreach (var (server, endpoints) in byServer)
        {
            foreach (var group in endpoints) text.Sample("cvmfs_probe_endpoint_up", Labels(server, group.Key), group.All(one => one.Error == ErrorClass.None) ? 1 : 0);
        }

        text.Family("cvmfs_probe_endpoint_status_code", PrometheusText.Gauge, "HTTP status of the worst of those requests; 0 without a reply.");
        foreach (var (server, endpoints) in byServer)
        {
            foreach (var group in endpoints) text.Sample("cvmfs_probe_endpoint_status_code", Labels(server, group.Key), group.Any(one => one.Status == 0) ? 0 : group.Max(one => one.Status));
        }

        string Labels(ServerReport server, string endpoint) => PrometheusText.Labels(options.LabelsOf(server), ("endpoint", endpoint));
    }

    private static bool IsUp(ServerReport server) => server.Repositories.Any(static repository => repository.Manifest is not null);
}
