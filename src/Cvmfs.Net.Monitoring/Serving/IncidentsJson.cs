using System.Buffers;
using System.Text;
using System.Text.Json;
using Cvmfs.Net.Monitoring.Incidents;
using Cvmfs.Net.Monitoring.StatusPage;

namespace Cvmfs.Net.Monitoring.Serving;

/// <summary>What the monitor remembers, as JSON.</summary>
internal static class IncidentsJson
{
    /// <summary>Whether visitors may know: an incident of a server that they do not see is not theirs.</summary>
    public static bool IsPublic(Incident incident, MonitoredFleet fleet)
        => !fleet.Servers.Any(server => !server.IsPublic && StatusHistory.ServerLine(server.Target.Name) == incident.Line);

    /// <summary>What goes on; what was found goes only to those who see private details.</summary>
    public static string Write(IEnumerable<Incident> incidents, bool showsPrivate) => Write(json =>
    {
        foreach (var incident in incidents)
        {
            json.WriteStartObject();
            json.WriteNumber("id", incident.Id);
            json.WriteString("line", incident.Line);
            json.WriteString("status", incident.Status.Name());
            json.WriteString("severity", incident.Severity.ToString().ToLowerInvariant());
            json.WriteString("environment", incident.Environment);
            json.WriteString("began_at", incident.BeganAt.UtcDateTime);
            if (showsPrivate) json.WriteString("message", incident.Message);
            json.WriteEndObject();
        }
    });

    /// <summary>Looks at a server, newest first.</summary>
    public static string WriteScrapes(IReadOnlyList<(DateTimeOffset At, string Outcome, TimeSpan Duration)> scrapes) => Write(json =>
    {
        foreach (var (at, outcome, duration) in scrapes)
        {
            json.WriteStartObject();
            json.WriteString("at", at.UtcDateTime);
            json.WriteString("outcome", outcome);
            json.WriteNumber("duration_seconds", Math.Round(duration.TotalSeconds, 3));
            json.WriteEndObject();
        }
    });

    private static string Write(Action<Utf8JsonWriter> items)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            items(json);
            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }
}
