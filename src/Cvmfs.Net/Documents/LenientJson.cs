using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Cvmfs.Net.Documents;

/// <summary>Reads hand-written and half-right JSON: the syntax must hold, but a value of the wrong kind is an absent one, not an error.</summary>
/// <remarks>Works on the document model rather than on a serializer: one odd value must not cost the others, and no reflection is involved.</remarks>
internal static class LenientJson
{
    /// <summary>Bytes of the longest document that is read: 1 MiB, the reference's limit for downloads to memory.</summary>
    public const int MaxBytes = 1 << 20;

    private static readonly JsonDocumentOptions ReadOptions
        = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = 64 };

    private static readonly JsonWriterOptions WriteOptions = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Parses a document whose root is an object. The caller disposes it.</summary>
    /// <exception cref="CvmfsFormatException">No JSON, no object, or longer than <see cref="MaxBytes"/>.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> bytes, string name)
    {
        if (bytes.Length > MaxBytes) throw new CvmfsFormatException(name, $"{bytes.Length} bytes are too long, at most {MaxBytes} are read.");
        if (bytes.Span.StartsWith(ByteOrderMark)) bytes = bytes[ByteOrderMark.Length..];
        if (!Utf8.IsValid(bytes.Span)) throw new CvmfsFormatException(name, "the bytes are not UTF-8.");
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(bytes, ReadOptions);
            RequireText(bytes.Span);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            throw new CvmfsFormatException(name, $"no JSON: {broken.Message}", innerException: broken);
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
        string kind = document.RootElement.ValueKind.ToString();
        document.Dispose();
        throw new CvmfsFormatException(name, $"the JSON is of kind {kind}, expected an object.");
    }

    /// <summary>Half of a surrogate pair, escaped, is legal JSON but no text, and the document model fails on it only when it is looked at.</summary>
    private static void RequireText(ReadOnlySpan<byte> json)
    {
        if (json.IndexOf("\\u"u8) < 0) return;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
        while (reader.Read())
        {
            if (reader.ValueIsEscaped) reader.GetString();
        }
    }

    /// <summary>The last property of a name; null where there is none.</summary>
    public static JsonElement? Find(this JsonElement element, string property)
        => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(property, out var value) ? value : null;

    /// <summary>Text of a string; null for everything else.</summary>
    public static string? Text(this JsonElement? element) => element is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>Text of a string property; null where it is absent or no string.</summary>
    public static string? Text(this JsonElement element, string property) => element.Find(property).Text();

    /// <summary>A whole number; null where it is absent or none.</summary>
    public static long? Number(this JsonElement element, string property)
        => element.Find(property) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out long value) ? value : null;

    /// <summary>Whether a property is true.</summary>
    public static bool IsTrue(this JsonElement element, string property) => element.Find(property) is { ValueKind: JsonValueKind.True };

    /// <summary>A date, from a string or from Unix seconds; null where it is absent or of another kind.</summary>
    public static CvmfsDate? Date(this JsonElement element, string property) => element.Find(property) switch
    {
        { ValueKind: JsonValueKind.Number } number => CvmfsDate.Read(number.GetRawText()),
        var other => other.Text() is { } text ? CvmfsDate.Read(text) : null,
    };

    /// <summary>The items of an array; none where it is absent or no array.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element, string property)
        => element.Find(property) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : Enumerable.Empty<JsonElement>();

    /// <summary>Writes one object, indented, with a line feed behind it.</summary>
    public static byte[] Write(Action<Utf8JsonWriter> properties)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, WriteOptions))
        {
            json.WriteStartObject();
            properties(json);
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    /// <summary>Writes a string property unless it is null.</summary>
    public static void WriteText(this Utf8JsonWriter json, string property, string? value)
    {
        if (value is not null) json.WriteString(property, value);
    }

    /// <summary>Writes any value unless it is null.</summary>
    public static void WriteElement(this Utf8JsonWriter json, string property, JsonElement? value)
    {
        if (value is not { } element) return;
        json.WritePropertyName(property);
        element.WriteTo(json);
    }
}
