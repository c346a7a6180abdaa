using System.Globalization;
using System.Text;

namespace Cvmfs.Net.Monitoring.Fleet.Rendering;

/// <summary>Facts of the fleet that rules join with, for the text file collector: owners, tiers, limits.</summary>
internal static class FleetFactsOutput
{
    public static string Render(FleetDescription fleet)
    {
        var text = new StringBuilder(RenderedFile.Header(fleet));
        Family("cvmfs_fleet_server_info", "A server or proxy of the fleet file.");
        foreach (var server in fleet.ActiveServers)
        {
            Sample("cvmfs_fleet_server_info", 1, ("server", server.Id), ("environment", server.Environment), ("role", server.Role), ("tier", server.Tier), ("owner", server.Owner), ("provider", server.Provider),
                ("region", server.Region), ("host", server.Host), ("scheme", server.Scheme), ("public", server.IsPublic ? "true" : "false"));
        }

        foreach (var proxy in fleet.Proxies.Values)
        {
            Sample("cvmfs_fleet_server_info", 1, ("server", proxy.Id), ("environment", proxy.Environment), ("role", "proxy"), ("tier", proxy.Tier), ("owner", proxy.Owner), ("provider", ""),
                ("region", ""), ("host", proxy.Host), ("scheme", "http"), ("public", "false"));
        }

        Family("cvmfs_fleet_repository_info", "A repository of the fleet file.");
        foreach (var repository in fleet.Repositories.Values) Sample("cvmfs_fleet_repository_info", 1, ("repository", repository.Name), ("environment", repository.Environment), ("tier", repository.Tier), ("owner", repository.Owner));
        Family("cvmfs_fleet_repository_max_lag_seconds", "How long a replica may be behind.");
        foreach (var repository in fleet.Repositories.Values) Sample("cvmfs_fleet_repository_max_lag_seconds", repository.MaxLag.TotalSeconds, ("repository", repository.Name));
        Family("cvmfs_fleet_repository_max_snapshot_age_seconds", "How old a replica's last snapshot may be.");
        foreach (var repository in fleet.Repositories.Values) Sample("cvmfs_fleet_repository_max_snapshot_age_seconds", repository.MaxSnapshotAge.TotalSeconds, ("repository", repository.Name));
        Family("cvmfs_fleet_repository_max_gc_age_seconds", "How old the last garbage collection may be.");
        foreach (var repository in fleet.Repositories.Values) if (repository.MaxCollectionAge is { } age) Sample("cvmfs_fleet_repository_max_gc_age_seconds", age.TotalSeconds, ("repository", repository.Name));
        Family("cvmfs_fleet_file_info", "The fleet file that all of this was made from.");
        Sample("cvmfs_fleet_file_info", 1, ("digest", fleet.Digest), ("version", "1"));
        return text.ToString();

        void Family(string name, string help) => text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} gauge\n");

        void Sample(string name, double value, params ReadOnlySpan<(string Name, string Value)> labels)
        {
            text.Append(name).Append('{');
            for (int i = 0; i < labels.Length; i++) text.Append(CultureInfo.InvariantCulture, $"{(i > 0 ? "," : "")}{labels[i].Name}={PrometheusFormat.Quote(labels[i].Value)}");
            text.Append(CultureInfo.InvariantCulture, $"}} {value}\n");
        }
    }
}
