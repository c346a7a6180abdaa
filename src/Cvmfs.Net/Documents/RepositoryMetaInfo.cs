using System.Text.Json;

namespace Cvmfs.Net.Documents;

/// <summary>Meta information of a repository, the object that manifest field M names: who, what, and where else. Any key may be missing.</summary>
/// <remarks>Signed by reference, but nobody validates it before it is published: a broken one must not keep anybody from using the repository.</remarks>
public sealed record RepositoryMetaInfo
{
    private const string DocumentName = "meta info";

    /// <summary>Contact person.</summary>
    public string? Administrator { get; init; }

    /// <summary>Contact address.</summary>
    public string? Email { get; init; }

    /// <summary>Who runs the repository.</summary>
    public string? Organisation { get; init; }

    /// <summary>What the repository contains.</summary>
    public string? Description { get; init; }

    /// <summary>Home page.</summary>
    public string? Url { get; init; }

    /// <summary>Repository root URL of the authoritative server.</summary>
    public string? RecommendedStratum0 { get; init; }

    /// <summary>Repository root URLs of replicas.</summary>
    public IReadOnlyList<string> RecommendedStratum1s { get; init; } = [];

    /// <summary>Anything; null where absent.</summary>
    public JsonElement? Custom { get; init; }

    /// <summary>Parses the inflated document.</summary>
    /// <exception cref="CvmfsFormatException">No JSON object.</exception>
    public static RepositoryMetaInfo Parse(ReadOnlyMemory<byte> json, string? origin = null)
    {
        using var document = LenientJson.Parse(json, origin ?? DocumentName);
        var root = document.RootElement;
        return new RepositoryMetaInfo
        {
            Administrator = root.Text("administrator"),
            Email = root.Text("email"),
            Organisation = root.Text("organisation"),
            Description = root.Text("description"),
            Url = root.Text("url"),
            RecommendedStratum0 = root.Text("recommended-stratum0"),
            RecommendedStratum1s = [.. Urls(root.Find("recommended-stratum1s"))],
            Custom = root.Find("custom")?.Clone(),
        };
    }

    /// <summary>The document, UTF-8, not yet compressed.</summary>
    public byte[] ToBytes() => LenientJson.Write(json =>
    {
        json.WriteText("administrator", Administrator);
        json.WriteText("email", Email);
        json.WriteText("organisation", Organisation);
        json.WriteText("description", Description);
        json.WriteText("url", Url);
        json.WriteText("recommended-stratum0", RecommendedStratum0);
        if (RecommendedStratum1s.Count > 0)
        {
            json.WriteStartArray("recommended-stratum1s");
            foreach (string url in RecommendedStratum1s) json.WriteStringValue(url);
            json.WriteEndArray();
        }

        json.WriteElement("custom", Custom);
    });

    // Templates in the field have published a list of lists, and a list printed into one string.
    private static IEnumerable<string> Urls(JsonElement? element) => element switch
    {
        { ValueKind: JsonValueKind.Array } array => array.EnumerateArray().SelectMany(static item => Urls(item)),
        var other => other.Text() is { } text ? Urls(text) : [],
    };

    private static string[] Urls(string text)
        => text.Contains('[', StringComparison.Ordinal)
            ? text.Split([' ', ',', '[', ']', '\'', '"'], StringSplitOptions.RemoveEmptyEntries)
            : string.IsNullOrWhiteSpace(text) ? [] : [text];
}
