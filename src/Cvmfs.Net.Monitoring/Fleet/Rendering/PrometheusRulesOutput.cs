using System.Globalization;
using System.Text;
using Cvmfs.Net.Diagnostics;
using Cvmfs.Net.Monitoring.Fleet.Alerting;
using Cvmfs.Net.Monitoring.Reporting;

namespace Cvmfs.Net.Monitoring.Fleet.Rendering;

/// <summary>Rules that record and alert, the windows of maintenance as rules, and a guide to the alerts for people.</summary>
internal static class PrometheusRulesOutput
{
    public static IEnumerable<RenderedFile> Render(FleetDescription fleet)
    {
        yield return RenderedFile.OfText("prometheus/fleet.prom", RenderedFile.Header(fleet) + Facts(fleet));
        yield return RenderedFile.OfText("prometheus/rules.yml", RenderedFile.Header(fleet) + Rules(fleet));
        yield return RenderedFile.OfText("prometheus/maintenance.yml", RenderedFile.Header(fleet) + Maintenance(fleet));
        yield return RenderedFile.OfText("docs/alerts.md", AlertsDocument.Write(fleet));
    }

    private static string Facts(FleetDescription fleet)
    {
        var text = new PrometheusText();
        FleetFamilies.WriteFacts(text, fleet);
        return text.ToString();
    }

    private static string Rules(FleetDescription fleet)
    {
        var text = new StringBuilder("groups:\n  - name: cvmfs-recording\n    rules:\n");
        foreach (var (record, expression, _) in RecordingRules.All) text.Append(CultureInfo.InvariantCulture, $"      - record: {record}\n        expr: {PrometheusFormat.Quote(expression)}\n");
        foreach (var group in AlertGroup.All)
        {
            text.Append(CultureInfo.InvariantCulture, $"  - name: {group.Name}\n    rules:\n");
            foreach (var alert in group.Rules)
            {
                foreach (var level in alert.Levels) Alert(text, fleet, alert, level);
            }
        }

        return text.ToString();
    }

    private static void Alert(StringBuilder text, FleetDescription fleet, AlertRule alert, AlertLevel level)
    {
        text.Append(CultureInfo.InvariantCulture, $"      - alert: {alert.Name}\n        expr: {PrometheusFormat.Quote(alert.Complete(level, fleet.PagingTiers))}\n");
        if (alert.For.Length > 0) text.Append(CultureInfo.InvariantCulture, $"        for: {alert.For}\n");
        text.Append(CultureInfo.InvariantCulture, $"        labels:\n          severity: {level.Severity}\n");
        // What has no owner in the file concerns those who run the infrastructure as a whole.
        if (alert.Subject is AlertSubject.Environment or AlertSubject.Observer) text.Append(CultureInfo.InvariantCulture, $"          tier: {(alert.Subject == AlertSubject.Environment ? "critical" : "standard")}\n          owner: {PrometheusFormat.Quote(fleet.FirstContact)}\n");
        if (alert.Subject == AlertSubject.Observer) text.Append(CultureInfo.InvariantCulture, $"          environment: {PrometheusFormat.Quote(fleet.MainEnvironment)}\n");
        text.Append(CultureInfo.InvariantCulture, $"        annotations:\n          summary: {PrometheusFormat.Quote(alert.Summary)}\n          description: {PrometheusFormat.Quote($"{alert.Summary}. {alert.Why}")}\n");
        text.Append(CultureInfo.InvariantCulture, $"          runbook: {PrometheusFormat.Quote(alert.Runbook)}\n");
        if (fleet.Links.TryGetValue("runbooks", out string? runbooks)) text.Append(CultureInfo.InvariantCulture, $"          runbook_url: {PrometheusFormat.Quote($"{runbooks}#{alert.Name.ToLowerInvariant()}")}\n");
        if (fleet.Links.TryGetValue("grafana", out string? grafana)) text.Append(CultureInfo.InvariantCulture, $"          dashboard_url: {PrometheusFormat.Quote(Dashboard(grafana.TrimEnd('/'), alert))}\n");
    }

    private static string Dashboard(string grafana, AlertRule alert) => alert.Subject switch
    {
        AlertSubject.Server => $"{grafana}/d/cvmfs-server?var-server={{{{ $labels.server }}}}",
        AlertSubject.Repository => $"{grafana}/d/cvmfs-repository?var-repository={{{{ $labels.repository }}}}",
        _ => $"{grafana}/d/cvmfs-overview",
    };

    /// <summary>Windows are known beforehand: the rules themselves know the time, and no program has to run for the silence.</summary>
    private static string Maintenance(FleetDescription fleet)
    {
        var windows = FleetMaintenance.Of(fleet).ToList();
        if (windows.Count == 0) return "groups: []\n";
        var text = new StringBuilder("groups:\n  - name: cvmfs-maintenance\n    rules:\n");
        foreach (var window in windows)
        {
            string expression = string.Create(CultureInfo.InvariantCulture, $"vector(1) and on() (vector(time()) >= {window.From.ToUnixTimeSeconds()} < {window.To.ToUnixTimeSeconds()})");
            foreach (string server in window.Servers) Fact(window.Id, expression, "server", server);
            foreach (string repository in window.Repositories) Fact(window.Id, expression, "repository", repository);
        }

        return text.ToString();

        void Fact(string id, string expression, string label, string value)
            => text.Append(CultureInfo.InvariantCulture, $"      - record: cvmfs_fleet_maintenance\n        expr: {PrometheusFormat.Quote(expression)}\n        labels:\n          {label}: {PrometheusFormat.Quote(value)}\n          window: {PrometheusFormat.Quote(id)}\n");
    }
}
