using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Cvmfs.Net.Monitoring.StatusPage.Import;

/// <summary>A configuration in the making. Not thread-safe.</summary>
internal sealed class PageDraft
{
    public Dictionary<string, string> Meta { get; } = new(StringComparer.Ordinal) { ["title"] = "CernVM-FS" };

    public List<(string Host, string Role, string Backend)> Servers { get; } = [];

    public List<string> Repositories { get; } = [];

    public List<string> Ignored { get; } = [];

    /// <summary>Age of a snapshot from which it is a warning; null for the usual one.</summary>
    public TimeSpan? MaxSnapshotAge { get; set; }

    public SortedDictionary<string, TimeSpan> MaxSnapshotAgeOf { get; } = new(StringComparer.Ordinal);

    /// <summary>Replicas below which it is a warning; null for the rules that every page has.</summary>
    public int? MinReplicas { get; set; }

    /// <summary>The configuration as JSON, indented for people.</summary>
    public string Write()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartObject("meta");
            foreach (var (key, value) in Meta) json.WriteString(key, value);
            json.WriteEndObject();
            json.WriteStartArray("servers");
            foreach (var (host, role, backend) in Servers)
            {
                json.WriteStartObject();
                json.WriteString("hostname", host);
                json.WriteString("server_type", role);
                json.WriteString("backend_type", backend);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            WriteNames("repositories", Repositories);
            WriteNames("ignored_repositories", Ignored);
            if (MaxSnapshotAge is { } age) json.WriteString("max_snapshot_age", DurationOf(age));
            if (MaxSnapshotAgeOf.Count > 0) WriteLimits();
            if (MinReplicas is { } wanted) WriteRules(wanted);
            json.WriteEndObject();

            void WriteNames(string key, List<string> names)
            {
                json.WriteStartArray(key);
                foreach (string name in names) json.WriteStringValue(name);
                json.WriteEndArray();
            }

            void WriteLimits()
            {
                json.WriteStartObject("repository_limits");
                foreach (var (name, own) in MaxSnapshotAgeOf)
                {
                    json.WriteStartObject(name);
                    json.WriteString("max_snapshot_age", DurationOf(own));
                    json.WriteEndObject();
                }

                json.WriteEndObject();
            }

            void WriteRules(int wanted)
            {
                json.WriteStartArray("rules");
                foreach (var rule in StatusRuleSet.Defaults)
                {
                    json.WriteStartObject();
                    json.WriteString("id", rule.Id);
                    json.WriteString("description", rule.Description);
                    json.WriteStartArray("conditions");
                    foreach (var condition in rule.Id == StatusRuleSet.Stratum1Servers ? ReplicaConditions(wanted) : rule.Conditions)
                    {
                        json.WriteStartObject();
                        json.WriteString("status", condition.Status.Name());
                        json.WriteString("when", condition.When);
                        json.WriteEndObject();
                    }

                    json.WriteEndArray();
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    /// <summary>As the older page judged: none in order has failed, fewer than are wanted warn, any missing degrades.</summary>
    private static StatusCondition[] ReplicaConditions(int wanted) =>
    [
        new(ServiceStatus.Failed, "stratum1_servers < 1"),
        new(ServiceStatus.Warning, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"stratum1_servers < {wanted}")),
        new(ServiceStatus.Degraded, "stratum1_servers < stratum1_servers_total"),
        new(ServiceStatus.Ok, "true"),
    ];

    private static string DurationOf(TimeSpan time) => time.Ticks % TimeSpan.TicksPerHour == 0
        ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{time.TotalHours:0}h")
        : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Math.Max(1, Math.Round(time.TotalMinutes)):0}m");
}
