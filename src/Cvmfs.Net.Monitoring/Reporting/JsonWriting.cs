using System.Text.Json;

namespace Cvmfs.Net.Monitoring.Reporting;

/// <summary>Properties that are left out where there is nothing to say.</summary>
internal static class JsonWriting
{
    public static void WriteText(this Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null) json.WriteString(name, value);
    }

    public static void WriteTime(this Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } known) json.WriteString(name, known.UtcDateTime);
    }

    public static void WriteSeconds(this Utf8JsonWriter json, string name, TimeSpan? time)
    {
        if (time is { } known) json.WriteNumber(name, Math.Round(known.TotalSeconds, 3));
    }

    public static void WriteBool(this Utf8JsonWriter json, string name, bool? value)
    {
        if (value is { } known) json.WriteBoolean(name, known);
    }

    public static void WriteError(this Utf8JsonWriter json, ErrorClass error, string? detail)
    {
        if (error == ErrorClass.None) return;
        json.WriteString("error_class", error.Name());
        json.WriteText("error", detail);
    }

    public static void WriteWarnings(this Utf8JsonWriter json, IReadOnlyList<ReportWarning> warnings)
    {
        if (warnings.Count == 0) return;
        json.WriteStartArray("warnings");
        foreach (var warning in warnings)
        {
            json.WriteStartObject();
            if (warning.Error != ErrorClass.None) json.WriteString("error_class", warning.Error.Name());
            json.WriteString("text", warning.Detail);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
