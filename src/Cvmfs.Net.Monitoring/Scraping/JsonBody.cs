using System.Text.Json;

namespace Cvmfs.Net.Monitoring.Scraping;

/// <summary>Tells why a body is not the JSON document it should be.</summary>
internal static class JsonBody
{
    private static readonly JsonDocumentOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>The class of a body that a document's parser refused: a page, no JSON, or JSON of another form.</summary>
    public static ErrorClass Classify(byte[] body)
    {
        if (LooksLikePage(body)) return ErrorClass.NotCvmfs;
        try
        {
            using var document = JsonDocument.Parse(body, Lenient);
            return ErrorClass.JsonSchema;
        }
        catch (JsonException)
        {
            return ErrorClass.JsonSyntax;
        }
    }

    /// <summary>Which of some properties is there and no array; null where none is.</summary>
    public static string? FindNonArray(byte[] body, params ReadOnlySpan<string> properties)
    {
        using var document = JsonDocument.Parse(WithoutMark(body), Lenient);
        foreach (string property in properties)
        {
            if (document.RootElement.TryGetProperty(property, out var value) && value.ValueKind is not (JsonValueKind.Array or JsonValueKind.Null)) return property;
        }

        return null;
    }

    /// <summary>Whether bytes begin as HTML or XML do: a login page, or a bucket's error with a good status.</summary>
    public static bool LooksLikePage(ReadOnlySpan<byte> bytes) => bytes.TrimStart(" \t\r\n"u8).StartsWith("<"u8);

    private static ReadOnlyMemory<byte> WithoutMark(byte[] body) => body.AsSpan().StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? body.AsMemory(3) : body;
}
