using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cvmfs.Net.Monitoring.StatusPage.Rendering;

namespace Cvmfs.Net.Monitoring.Incidents;

/// <summary>The HTTP request that tells a receiver.</summary>
internal static class AlertRequest
{
    private const int MaxOpsgenieMessage = 130;
    private const int MaxOpsgenieDescription = 15_000;
    private const int MaxAlias = 255; // PagerDuty's dedup_key; Opsgenie takes 512

    public static HttpRequestMessage Create(AlertReceiver receiver, IncidentEvent what, string? vantage)
    {
        bool isOver = what.Kind == IncidentEventKind.Resolved;
        string alias = AliasOf(what, vantage);
        var url = receiver.Form == AlertForm.Opsgenie && isOver ? new Uri($"{receiver.Url.AbsoluteUri.TrimEnd('/')}/{Uri.EscapeDataString(alias)}/close?identifierType=alias") : receiver.Url;
        byte[] body = receiver.Form switch
        {
            AlertForm.PagerDuty => AlertDocument.Write(json => WritePagerDuty(json, receiver, what, alias, vantage)),
            AlertForm.Opsgenie => AlertDocument.Write(json => WriteOpsgenie(json, what, alias, vantage)),
            AlertForm.Chat => AlertDocument.WriteChat(what),
            _ => AlertDocument.Write(what, vantage),
        };
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.TryAddWithoutValidation("User-Agent", "Cvmfs.Net.Monitoring");
        request.Headers.TryAddWithoutValidation("Idempotency-Key", what.Key);
        if (receiver.Form == AlertForm.Opsgenie) request.Headers.TryAddWithoutValidation("Authorization", "GenieKey " + receiver.Key);
        return request;
    }

    /// <summary>The same for everything about an incident, so that its end ends what its beginning began.</summary>
    private static string AliasOf(IncidentEvent what, string? vantage)
    {
        string alias = string.Create(CultureInfo.InvariantCulture, $"cvmfs/{vantage ?? "monitor"}/{what.Incident.Line}/{what.Incident.BeganAt.ToUnixTimeSeconds()}");
        // Longer ones are refused for good; what is left out still tells two of them apart.
        return alias.Length <= MaxAlias ? alias : alias[..(MaxAlias - 20)] + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(alias)))[..16];
    }

    private static void WritePagerDuty(Utf8JsonWriter json, AlertReceiver receiver, IncidentEvent what, string alias, string? vantage)
    {
        json.WriteString("routing_key", receiver.Key);
        json.WriteString("event_action", what.Kind == IncidentEventKind.Resolved ? "resolve" : "trigger");
        json.WriteString("dedup_key", alias);
        json.WriteStartObject("payload");
        json.WriteString("summary", Cut(AlertDocument.TextOf(what), 1024));
        json.WriteString("source", vantage ?? "cvmfs-net");
        json.WriteString("severity", what.Incident.Severity switch { AlertSeverity.Page => "critical", AlertSeverity.Ticket => "warning", _ => "info" });
        json.WriteString("timestamp", StatusPageJson.Rfc3339(what.At));
        json.WriteString("component", what.Incident.Line);
        if (what.Incident.Environment is { } environment) json.WriteString("group", environment);
        json.WriteEndObject();
    }

    private static void WriteOpsgenie(Utf8JsonWriter json, IncidentEvent what, string alias, string? vantage)
    {
        json.WriteString("source", vantage ?? "cvmfs-net");
        if (what.Kind == IncidentEventKind.Resolved)
        {
            json.WriteString("note", AlertDocument.TextOf(what));
            return;
        }

        json.WriteString("message", Cut(AlertDocument.TextOf(what), MaxOpsgenieMessage));
        json.WriteString("alias", alias);
        json.WriteString("description", Cut(what.Incident.Message, MaxOpsgenieDescription));
        json.WriteString("entity", what.Incident.Line);
        json.WriteString("priority", what.Incident.Severity switch { AlertSeverity.Page => "P1", AlertSeverity.Ticket => "P3", _ => "P5" });
    }

    private static string Cut(string text, int length)
    {
        if (text.Length <= length) return text;
        int end = length - 1;
        return text[..(char.IsHighSurrogate(text[end - 1]) ? end - 1 : end)] + "…";
    }
}
