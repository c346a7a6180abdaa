using System.Globalization;
using System.Text;

namespace Cvmfs.Net.Monitoring.Fleet.Rendering;

/// <summary>Rules that record and alert, and the facts of the fleet that they join with, as a file for the text file collector.</summary>
internal static class PrometheusRulesOutput
{
    private const string Vantages = "on(vantage) cvmfs_probe_vantage_online == 1";

    private static readonly (string Record, string Expression)[] s_records =
    [
        ("cvmfs:fleet_server_info", Fact("cvmfs_fleet_server_info")),
        ("cvmfs:fleet_repository_info", Fact("cvmfs_fleet_repository_info")),
        ("cvmfs:repository_max_lag_seconds", Fact("cvmfs_fleet_repository_max_lag_seconds")),
        ("cvmfs:repository_max_snapshot_age_seconds", Fact("cvmfs_fleet_repository_max_snapshot_age_seconds")),
        ("cvmfs:repository_max_gc_age_seconds", Fact("cvmfs_fleet_repository_max_gc_age_seconds")),
        ("cvmfs:server_up:agreed", $"(count by (server, environment) (cvmfs_probe_up == 1 and {Vantages})) or (0 * count by (server, environment) (cvmfs_probe_up and {Vantages}))"),
        ("cvmfs:public_s1_up", "count by (environment) (cvmfs:server_up:agreed > 0 and on(server) cvmfs:fleet_server_info{role=\"stratum1\",public=\"true\"})"),
        ("cvmfs:repository_lag_seconds", "min by (server, repository, environment) (cvmfs_probe_repository_lag_seconds)"),
        ("cvmfs:snapshot_age_seconds", "time() - max by (server, repository, environment) (cvmfs_probe_repository_last_snapshot_timestamp_seconds)"),
        ("cvmfs:whitelist_left_ratio", "(cvmfs_probe_whitelist_expiry_timestamp_seconds - time()) / (cvmfs_probe_whitelist_expiry_timestamp_seconds - cvmfs_probe_whitelist_issued_timestamp_seconds)"),
    ];

    public static IEnumerable<RenderedFile> Render(FleetDescription fleet)
    {
        yield return RenderedFile.OfText("prometheus/fleet.prom", Facts(fleet));
        yield return RenderedFile.OfText("prometheus/rules.yml", Rules(fleet));
    }

    private static string Rules(FleetDescription fleet)
    {
        var text = new StringBuilder(RenderedFile.Header(fleet)).Append("groups:\n  - name: cvmfs-recording\n    rules:\n");
        foreach (var (record, expression) in s_records) text.Append(CultureInfo.InvariantCulture, $"      - record: {record}\n        expr: {Quote(expression)}\n");
        text.Append("  - name: cvmfs-alerts\n    rules:\n");
        foreach (var alert in PrometheusAlert.All)
        {
            if (!alert.PagesIfCritical)
            {
                Alert(text, alert, alert.Severity, Complete(alert, ""));
                continue;
            }

            const string critical = "on(server) cvmfs:fleet_server_info{tier=\"critical\"}";
            Alert(text, alert, "page", Complete(alert, " and " + critical));
            Alert(text, alert, alert.Severity, Complete(alert, " unless " + critical));
        }

        return text.ToString();
    }

    /// <summary>No alert during maintenance; labels that routes need come from the fleet's facts, which have the value 1.</summary>
    private static string Complete(PrometheusAlert alert, string tier) => alert.By switch
    {
        "server" => $"((({alert.Expression}){tier}) unless on(server) (max by (server) (cvmfs_fleet_maintenance) == 1)) * on(server) group_left(tier, owner, role) cvmfs:fleet_server_info",
        "repository" => $"(({alert.Expression}) unless on(repository) (max by (repository) (cvmfs_fleet_maintenance) == 1)) * on(repository) group_left(tier, owner) cvmfs:fleet_repository_info",
        _ => alert.Expression,
    };

    private static void Alert(StringBuilder text, PrometheusAlert alert, string severity, string expression)
    {
        text.Append(CultureInfo.InvariantCulture, $"      - alert: {alert.Name}\n        expr: {Quote(expression)}\n");
        if (alert.For.Length > 0) text.Append(CultureInfo.InvariantCulture, $"        for: {alert.For}\n");
        text.Append(CultureInfo.InvariantCulture, $"        labels:\n          severity: {severity}\n        annotations:\n          summary: {Quote(alert.Summary)}\n          runbook: {Quote(alert.Runbook)}\n");
    }

    private static string Facts(FleetDescription fleet)
    {
        var text = new StringBuilder(RenderedFile.Header(fleet));
        Family("cvmfs_fleet_server_info", "A server of the fleet file.");
        foreach (var server in fleet.ActiveServers)
        {
            Sample("cvmfs_fleet_server_info", 1, ("server", server.Id), ("environment", server.Environment), ("role", server.Role), ("tier", server.Tier), ("owner", server.Owner), ("provider", server.Provider),
                ("region", server.Region), ("host", server.Host), ("scheme", server.Scheme), ("public", server.IsPublic ? "true" : "false"));
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
            for (int i = 0; i < labels.Length; i++) text.Append(CultureInfo.InvariantCulture, $"{(i > 0 ? "," : "")}{labels[i].Name}={Quote(labels[i].Value)}");
            text.Append(CultureInfo.InvariantCulture, $"}} {value}\n");
        }
    }

    /// <summary>Several probers may bring the same fact; a join needs it once.</summary>
    private static string Fact(string metric) => $"max without (instance, job, vantage) ({metric})";

    /// <summary>Double quotes: YAML and the text format escape the same three.</summary>
    private static string Quote(string text) => "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal) + "\"";
}
