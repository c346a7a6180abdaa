using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cvmfs.Net.Proxy.Configuration;

/// <summary>Sizes and counts below two thousand million, written as <see cref="SizeConverter"/> reads them.</summary>
internal sealed class SmallSizeConverter : JsonConverter<int>
{
    private static readonly SizeConverter Sizes = new();

    public override int Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => Sizes.Read(ref reader, typeof(long), options) is >= int.MinValue and <= int.MaxValue and var value ? (int)value : throw new JsonException("a smaller number is expected");

    public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}
