using System.Globalization;
using System.Text.Json;

namespace Cvmfs.Net.Monitoring.Fleet.Rendering;

/// <summary>Targets in the form of Prometheus' file and HTTP discovery: what to scrape, and what a prober should probe.</summary>
internal static class PrometheusTargetsOutput
{
    public static IEnumerable<RenderedFile> Render(FleetDescription fleet)
    {
        foreach (var file in RenderedFile.OfJson(fleet, "prometheus/targets.json", json => WriteTargets(json, fleet))) yield return file;
        foreach (var file in RenderedFile.OfJson(fleet, "prometheus/probes.json", json => WriteProbes(json, fleet))) yield return file;
        yield return RenderedFile.OfText("prometheus/probe-relabel.yml", RenderedFile.Header(fleet) + """
            # Belongs below relabel_configs of the job that reads probes.json; put the prober's own address in the last line.
            - source_labels: [__address__]
              target_label: __param_target
            - source_labels: [__param_target]
              target_label: instance
            - target_label: __address__
              replacement: prober.example.org:9600

            """.ReplaceLineEndings("\n"));
    }

    private static void WriteTargets(Utf8JsonWriter json, FleetDescription fleet)
    {
        json.WriteStartArray();
        foreach (var server in fleet.ActiveServers)
        {
            foreach (var (kind, port, path) in server.Metrics)
            {
                json.WriteStartObject();
                json.WriteTexts("targets", [string.Create(CultureInfo.InvariantCulture, $"{server.Host}:{port}")]);
                json.WriteStartObject("labels");
                if (path != "/metrics") json.WriteString("__metrics_path__", path);
                json.WriteString("job", kind is "node" ? "node" : "cvmfs-" + kind);
                WriteLabels(json, server.Id, server.Environment, server.Tier, server.Role, server.Owner);
                json.WriteEndObject();
                json.WriteEndObject();
            }
        }

        foreach (var proxy in fleet.Proxies.Values)
        {
            if (proxy.Metrics is not { } metrics) continue; // where clients go, there are none
            json.WriteStartObject();
            json.WriteTexts("targets", [string.Create(CultureInfo.InvariantCulture, $"{metrics.Host}:{metrics.Port}")]);
            json.WriteStartObject("labels");
            if (metrics.Path != "/metrics") json.WriteString("__metrics_path__", metrics.Path);
            json.WriteString("job", "cvmfs-proxy");
            WriteLabels(json, proxy.Id, proxy.Environment, proxy.Tier, "proxy", proxy.Owner);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteProbes(Utf8JsonWriter json, FleetDescription fleet)
    {
        json.WriteStartArray();
        foreach (var server in FleetTargets.ServersOf(fleet))
        {
            json.WriteStartObject();
            json.WriteTexts("targets", [server.Id]);
            json.WriteStartObject("labels");
            WriteLabels(json, server.Id, server.Environment, server.Tier, server.Role, server.Owner);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        foreach (var proxy in fleet.Proxies.Values)
        {
            json.WriteStartObject();
            json.WriteTexts("targets", [proxy.Id]);
            json.WriteStartObject("labels");
            json.WriteString("__param_module", "proxy");
            WriteLabels(json, proxy.Id, proxy.Environment, proxy.Tier, "proxy", proxy.Owner);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteLabels(Utf8JsonWriter json, string id, string environment, string tier, string role, string owner)
    {
        json.WriteString("server", id);
        json.WriteString("environment", environment);
        json.WriteString("tier", tier);
        json.WriteString("role", role);
        json.WriteString("owner", owner);
    }
}
