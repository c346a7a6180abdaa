using System.Text.Json;
using Cvmfs.Net.Monitoring.Fleet.Rendering;
using Cvmfs.Net.Monitoring.StatusPage;

namespace Cvmfs.Net.Monitoring.Fleet.Drift;

/// <summary>Whether files that other programs read name the targets and servers that the file says.</summary>
internal static class OutputDrift
{
    /// <summary>A file of targets, as Prometheus discovers them.</summary>
    public static void CompareTargets(FleetDescription fleet, string file, byte[] content, DriftFindings findings)
    {
        findings.Compared.Add(DriftKind.Prometheus);
        HashSet<string> found;
        try
        {
            found = Targets(content);
        }
        catch (Exception odd) when (odd is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            findings.CannotSee(DriftKind.Prometheus, file, $"is no list of targets: {odd.Message.TrimEnd('.')}");
            return;
        }

        var rendered = PrometheusTargetsOutput.Render(fleet).Where(made => made.Path.EndsWith(".json", StringComparison.Ordinal)).ToDictionary(made => made.Path, made => Targets(made.Content));
        // Both files have the same form; which of them this is, its content tells.
        var wanted = rendered["prometheus/probes.json"] is { } probes && found.Intersect(probes).Count() > found.Intersect(rendered["prometheus/targets.json"]).Count() ? probes : rendered["prometheus/targets.json"];
        foreach (string target in found.Except(wanted)) findings.Differs(DriftKind.Prometheus, file, $"has the target {target}, which does not follow from the file");
        foreach (string target in wanted.Except(found)) findings.Differs(DriftKind.Prometheus, file, $"lacks the target {target}");
    }

    /// <summary>The configuration of a status page, whatever environment it is for.</summary>
    /// <exception cref="CvmfsFormatException">It is none.</exception>
    public static void ComparePage(FleetDescription fleet, string file, byte[] content, DriftFindings findings)
    {
        findings.Compared.Add(DriftKind.StatusPage);
        var found = Hosts(content);
        var (environment, wanted) = fleet.Environments.Keys
            .Select(environment => (environment, Wanted: Hosts(StatusPageOutput.Render(fleet).First(made => made.Path == $"status-page/{environment}.json").Content)))
            .OrderBy(page => page.Wanted.Except(found).Count() + found.Except(page.Wanted).Count()).First();
        foreach (string host in found.Except(wanted)) findings.Differs(DriftKind.StatusPage, file, $"shows {host}, which is no server of {environment}");
        foreach (string host in wanted.Except(found)) findings.Differs(DriftKind.StatusPage, file, $"does not show {host}, a server of {environment}");
    }

    private static HashSet<string> Targets(ReadOnlyMemory<byte> content)
    {
        using var json = JsonDocument.Parse(content);
        return [.. json.RootElement.EnumerateArray().SelectMany(group => group.GetProperty("targets").EnumerateArray()).Select(target => target.GetString() ?? "")];
    }

    private static HashSet<string> Hosts(ReadOnlyMemory<byte> content) => [.. StatusPageConfiguration.Parse(content).Servers.Select(server => server.HostName)];
}
