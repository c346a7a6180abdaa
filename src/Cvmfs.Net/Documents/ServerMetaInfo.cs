using System.Text.Json;

namespace Cvmfs.Net.Documents;

/// <summary><c>/cvmfs/info/v1/meta.json</c>: whom to ask about a server. Written by hand; any key may be missing. Unsigned: for display only.</summary>
public sealed record ServerMetaInfo
{
    private const string DocumentName = "meta.json";

    /// <summary>The document that a new server starts with: every key, to be filled in.</summary>
    internal static ReadOnlySpan<byte> Skeleton => """
        {
          "administrator": "",
          "email": "",
          "organisation": "",
          "custom": {}
        }

        """u8;

    /// <summary>Contact person.</summary>
    public string? Administrator { get; init; }

    /// <summary>Contact address.</summary>
    public string? Email { get; init; }

    /// <summary>Who runs the server.</summary>
    public string? Organisation { get; init; }

    /// <summary>Anything; null where absent.</summary>
    public JsonElement? Custom { get; init; }

    /// <summary>Parses the document.</summary>
    /// <exception cref="CvmfsFormatException">No JSON object.</exception>
    public static ServerMetaInfo Parse(ReadOnlyMemory<byte> json, string? origin = null)
    {
        using var document = LenientJson.Parse(json, origin ?? DocumentName);
        var root = document.RootElement;
        return new ServerMetaInfo
        {
            Administrator = root.Text("administrator"),
            Email = root.Text("email"),
            Organisation = root.Text("organisation"),
            Custom = root.Find("custom")?.Clone(),
        };
    }

    /// <summary>The document, UTF-8.</summary>
    public byte[] ToBytes() => LenientJson.Write(json =>
    {
        json.WriteText("administrator", Administrator);
        json.WriteText("email", Email);
        json.WriteText("organisation", Organisation);
        json.WriteElement("custom", Custom);
    });
}
