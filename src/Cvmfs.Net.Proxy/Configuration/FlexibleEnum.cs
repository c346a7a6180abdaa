using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cvmfs.Net.Proxy.Configuration;

/// <summary>Words of an enumeration, in any case; an unknown one is answered with those that there are.</summary>
internal sealed class FlexibleEnum<T> : JsonConverter<T>
    where T : struct, Enum
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String && reader.GetString() is { } text && text.All(char.IsAsciiLetter) && Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value)) return value;
        throw new JsonException($"one of {string.Join(", ", Enum.GetNames<T>().Select(name => $"\"{JsonNamingPolicy.CamelCase.ConvertName(name)}\""))} is expected");
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(JsonNamingPolicy.CamelCase.ConvertName(value.ToString()));
}
