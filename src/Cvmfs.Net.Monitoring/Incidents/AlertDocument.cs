using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cvmfs.Net.Monitoring.StatusPage;
using Cvmfs.Net.Monitoring.StatusPage.Rendering;

namespace Cvmfs.Net.Monitoring.Incidents;

/// <summary>What receivers get.</summary>
internal static class AlertDocument
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The whole of it.</summary>
    public static byte[] Write(IncidentEvent what, string? vantage) => Write(json => WriteAll(json, what, vantage));

    /// <summary>A line of text for a chat.</summary>
    public static byte[] WriteChat(IncidentEvent what) => Write(json => json.WriteString("text", TextOf(what)));

    /// <summary>One object, with what is written into it.</summary>
    public static byte[] Write(Action<Utf8JsonWriter> properties)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, s_options))
        {
            json.WriteStartObject();
            properties(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>One line.</summary>
    public static string TextOf(IncidentEvent what)
    {
        var incident = what.Incident;
        string prefix = incident.Environment is { } environment ? $"[{environment}] " : "";
        string subject = StatusPageFeed.Describe(incident.Line);
        return what.Kind == IncidentEventKind.Resolved
            ? $"{prefix}{subject}: {EndOf(incident.Status)}, was {what.Previous.Name()} since {StatusPageJson.Rfc3339(incident.BeganAt)}"
            : $"{prefix}{subject}: {incident.Status.Name()}{(what.Kind == IncidentEventKind.Repeated ? " still" : "")}{(incident.Message.Length > 0 ? ": " + incident.Message : "")} (since {StatusPageJson.Rfc3339(incident.BeganAt)})";
    }

    private static string EndOf(ServiceStatus status) => status switch
    {
        ServiceStatus.Ok => "OK again",
        ServiceStatus.Maintenance => "planned work has begun",
        _ => "no longer looked at",
    };

    private static void WriteAll(Utf8JsonWriter json, IncidentEvent what, string? vantage)
    {
        var incident = what.Incident;
        int slash = incident.Line.IndexOf('/', StringComparison.Ordinal);
        json.WriteNumber("version", 1);
        json.WriteString("event", what.Kind.ToString().ToLowerInvariant());
        json.WriteNumber("incident", incident.Id);
        json.WriteString("scope", slash < 0 ? incident.Line : incident.Line[..slash]);
        json.WriteString("name", slash < 0 ? "" : incident.Line[(slash + 1)..]);
        json.WriteString("severity", incident.Severity.ToString().ToLowerInvariant());
        json.WriteString("environment", incident.Environment);
        json.WriteString("status", incident.Status.Name());
        json.WriteString("previous_status", what.Previous.Name());
        json.WriteString("summary", TextOf(what));
        json.WriteString("description", incident.Message);
        json.WriteString("first_seen", StatusPageJson.Rfc3339(incident.BeganAt));
        json.WriteString("at", StatusPageJson.Rfc3339(what.At));
        if (vantage is not null) json.WriteString("vantage", vantage);
    }
}
