using System.Buffers;
using System.Text;
using System.Text.Json;
using Cvmfs.Net.Diagnostics;
using Cvmfs.Net.Monitoring.Reporting;

namespace Cvmfs.Net.Monitoring.Fleet.Drift;

/// <summary>How the world differs from a fleet file.</summary>
public sealed record FleetDriftReport
{
    /// <summary>Name of the fleet.</summary>
    public required string Fleet { get; init; }

    /// <summary>Digest of its file.</summary>
    public required string Digest { get; init; }

    /// <summary>When it was compared.</summary>
    public required DateTimeOffset ComparedAt { get; init; }

    /// <summary>Differences, by kind and subject.</summary>
    public required IReadOnlyList<DriftItem> Items { get; init; }

    /// <summary>What could not be compared, and why.</summary>
    public required IReadOnlyList<DriftItem> Unseen { get; init; }

    /// <summary>Kinds that were compared.</summary>
    public required IReadOnlyList<DriftKind> Compared { get; init; }

    /// <summary>By id, whether a server's name leads where the file says; without servers that were not looked up or are named by an address.</summary>
    public IReadOnlyDictionary<string, bool> NamesThatMatch { get; init; } = new SortedDictionary<string, bool>(StringComparer.Ordinal);

    internal IReadOnlyDictionary<string, string> Environments { get; init; } = new Dictionary<string, string>();

    /// <summary>The report as JSON, ending in a line feed.</summary>
    public string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("fleet", Fleet);
            json.WriteString("digest", Digest);
            json.WriteString("compared_at", ComparedAt.UtcDateTime);
            json.WriteStartArray("compared");
            foreach (var kind in Compared) json.WriteStringValue(NameOf(kind));
            json.WriteEndArray();
            Write(json, "items", Items);
            Write(json, "unseen", Unseen);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    /// <summary>Numbers of differences as metrics in Prometheus' text format, for the text file collector.</summary>
    public string ToMetrics()
    {
        var text = new PrometheusText();
        WriteTo(text, vantage: null);
        return text.ToString();
    }

    internal void WriteTo(PrometheusText text, string? vantage)
    {
        text.Family("cvmfs_fleet_drift_items", PrometheusText.Gauge, "Number of differences from the fleet file.");
        foreach (var kind in Compared) text.Sample("cvmfs_fleet_drift_items", PrometheusText.Labels("", ("kind", NameOf(kind))), Items.Count(item => item.Kind == kind));
        text.Family("cvmfs_probe_dns_matches_fleet", PrometheusText.Gauge, "Whether the name of a server leads where the fleet file says.");
        foreach (var (server, matches) in NamesThatMatch)
        {
            text.Sample("cvmfs_probe_dns_matches_fleet", PrometheusText.Labels("", ("server", server), ("environment", Environments[server]), ("vantage", vantage)), matches ? 1 : 0);
        }
    }

    private static string NameOf(DriftKind kind) => new DriftItem(kind, "", "").KindName;

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<DriftItem> items)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            json.WriteString("kind", item.KindName);
            json.WriteString("subject", item.Subject);
            json.WriteString("message", item.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
