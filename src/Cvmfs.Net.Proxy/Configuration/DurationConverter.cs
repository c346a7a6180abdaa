using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cvmfs.Net.Proxy.Configuration;

/// <summary>Durations as people write them: <c>"500ms"</c>, <c>"2s"</c>, <c>"10min"</c>, <c>"1h"</c>, <c>"7d"</c>, or seconds as a number.</summary>
internal sealed class DurationConverter : JsonConverter<TimeSpan>
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");
    private static readonly (string Unit, double Seconds)[] Units = [("ms", 0.001), ("s", 1), ("min", 60), ("m", 60), ("h", 3600), ("d", 86400)];

    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out double seconds) && Math.Abs(seconds) < 1e9) return TimeSpan.FromSeconds(seconds);
        if (reader.TokenType == JsonTokenType.String && TryParse(reader.GetString()!, out var duration)) return duration;
        throw new JsonException("a duration such as \"500ms\", \"2s\", \"10min\" or \"1h\" is expected");
    }

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteStringValue(Format(value));

    /// <summary>The shortest way to write a duration.</summary>
    public static string Format(TimeSpan value)
    {
        foreach (var (unit, seconds) in ((string, double)[])[("d", 86400), ("h", 3600), ("min", 60), ("s", 1)])
        {
            if (value != TimeSpan.Zero && value.TotalSeconds % seconds == 0) return string.Create(CultureInfo.InvariantCulture, $"{value.TotalSeconds / seconds}{unit}");
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value.TotalMilliseconds}ms");
    }

    private static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        string trimmed = text.Trim();
        int digits = trimmed.AsSpan().IndexOfAnyExcept(Digits);
        if (digits <= 0 || !double.TryParse(trimmed.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)) return false;
        string unit = trimmed[digits..].TrimStart();
        foreach (var (name, seconds) in Units)
        {
            if (name != unit || number * seconds > 1e9) continue;
            duration = TimeSpan.FromSeconds(number * seconds);
            return true;
        }

        return false;
    }
}
