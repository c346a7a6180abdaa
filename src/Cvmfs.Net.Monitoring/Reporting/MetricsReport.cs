using Cvmfs.Net.Diagnostics;
using Cvmfs.Net.Monitoring.Checks;
using Cvmfs.Net.Monitoring.Serving;
using Cvmfs.Net.Monitoring.Tracking;

namespace Cvmfs.Net.Monitoring.Reporting;

/// <summary>Writes reports as metrics in Prometheus' text format: for a scrape, or for the text file collector.</summary>
public static class MetricsReport
{
    /// <summary>Content type of the text.</summary>
    public const string ContentType = PrometheusExposition.ContentType;

    /// <summary>The metrics of one run, and whether this prober sees anything at all. A failed server is there with <c>cvmfs_probe_up</c> 0; what nobody measured is left out.</summary>
    public static string Write(FleetView view, MetricsOptions? options = null)
    {
        var text = Compose(view, options);
        FleetFamilies.WriteVantage(text, options?.Vantage, VantageCheck.SeesAnything(view.Servers));
        return text.ToString();
    }

    internal static PrometheusText Compose(FleetView view, MetricsOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(view);
        options ??= new MetricsOptions();
        var text = new PrometheusText();
        ServerFamilies.Write(text, view, options);
        RepositoryFamilies.Write(text, view, options);
        NetworkFamilies.Write(text, view, options);
        options.Counters?.WriteTo(text, options);
        if (options.Checks is { } checks) WriteStatus(text, view, checks, options);
        return text;
    }

    private static void WriteStatus(PrometheusText text, FleetView view, IReadOnlyList<CheckResult> checks, MetricsOptions options)
    {
        text.Family("cvmfs_probe_status", PrometheusText.Gauge, "Worst result of all checks: 0 ok, 1 degraded, 2 warning, 3 failed, 8 unknown, 9 maintenance.");
        string vantage = PrometheusText.Labels("", ("vantage", options.Vantage));
        Sample("overall", "", checks);
        var roles = view.Servers.GroupBy(server => server.Role).OrderBy(group => group.Key);
        foreach (var role in roles)
        {
            var names = role.Select(server => server.Target.Name).ToHashSet(StringComparer.Ordinal);
            Sample("role", role.Key.Name(), checks.Where(check => names.Contains(check.Server)));
        }

        var byServer = checks.ToLookup(check => check.Server, StringComparer.Ordinal);
        foreach (var server in view.Servers.DistinctBy(server => server.Target.Name)) Sample("server", server.Target.Name, byServer[server.Target.Name]);
        foreach (var repository in checks.Where(check => check.Repository is not null).GroupBy(check => check.Repository!.Value).OrderBy(group => group.Key.ToString(), StringComparer.Ordinal))
        {
            Sample("repository", repository.Key.ToString(), repository);
        }

        void Sample(string scope, string name, IEnumerable<CheckResult> results)
            => text.Sample("cvmfs_probe_status", PrometheusText.Labels(vantage, ("scope", scope), ("name", name)), (int)StandardChecks.Worst(results));
    }
}
