using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cvmfs.Net.Proxy.Configuration;

/// <summary>Sizes as people write them: <c>"50GB"</c> (powers of 1000), <c>"64MiB"</c> (powers of 1024), or bytes as a number.</summary>
internal sealed class SizeConverter : JsonConverter<long>
{
    public override long Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long bytes)) return bytes;
        if (reader.TokenType == JsonTokenType.String && ByteSize.TryParse(reader.GetString()!, out bytes)) return bytes;
        throw new JsonException("a size such as \"50GB\", \"512MiB\" or a number of bytes is expected");
    }

    public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}
