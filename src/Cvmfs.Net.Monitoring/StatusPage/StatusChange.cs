using System.Text.Json;

namespace Cvmfs.Net.Monitoring.StatusPage;

/// <summary>Something became better or worse.</summary>
/// <param name="At">When it was seen.</param>
/// <param name="Line">What: a line of <see cref="StatusHistory"/>.</param>
/// <param name="From">The status before.</param>
/// <param name="To">The status since.</param>
public sealed record StatusChange(DateTimeOffset At, string Line, ServiceStatus From, ServiceStatus To)
{
    internal static StatusChange Read(JsonElement change) => new(
        change.GetProperty("at").GetDateTimeOffset(),
        change.GetProperty("line").GetString() ?? "",
        ReadStatus(change.GetProperty("from")),
        ReadStatus(change.GetProperty("to")));

    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("at", At.UtcDateTime);
        json.WriteString("line", Line);
        json.WriteString("from", From.Name());
        json.WriteString("to", To.Name());
        json.WriteEndObject();
    }

    private static ServiceStatus ReadStatus(JsonElement status) => ServiceStatusNames.TryParse(status.GetString(), out var read) ? read : ServiceStatus.Unknown;
}
