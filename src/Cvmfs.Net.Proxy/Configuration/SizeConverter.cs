using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cvmfs.Net.Proxy.Configuration;

/// <summary>Sizes as people write them: <c>"50GB"</c> (powers of 1000), <c>"64MiB"</c> (powers of 1024), or bytes as a number.</summary>
internal sealed class SizeConverter : JsonConverter<long>
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");
    private const string Letters = "kmgtp";

    public override long Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long bytes)) return bytes;
        if (reader.TokenType == JsonTokenType.String && TryParse(reader.GetString()!, out bytes)) return bytes;
        throw new JsonException("a size such as \"50GB\", \"512MiB\" or a number of bytes is expected");
    }

    public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options) => writer.WriteNumberValue(value);

    /// <summary>Reads a size: a number and a unit.</summary>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        string trimmed = text.Trim();
        int digits = trimmed.AsSpan().IndexOfAnyExcept(Digits);
        if (digits < 0) digits = trimmed.Length;
        if (!double.TryParse(trimmed.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)) return false;
        string unit = trimmed[digits..].Trim().ToLowerInvariant();
        double factor = 1;
        if (unit is not ("" or "b"))
        {
            int power = Letters.IndexOf(unit[0], StringComparison.Ordinal) + 1;
            if (power == 0 || unit[1..] is not ("" or "b" or "ib")) return false;
            factor = Math.Pow(unit.EndsWith("ib", StringComparison.Ordinal) ? 1024 : 1000, power);
        }

        if (number * factor > long.MaxValue / 2) return false;
        bytes = (long)(number * factor);
        return true;
    }
}
