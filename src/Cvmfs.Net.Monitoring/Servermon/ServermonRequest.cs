namespace Cvmfs.Net.Monitoring.Servermon;

/// <summary>What is asked for: <c>/cvmfsmon/api/v1.0/&lt;tests&gt;[&amp;key=value…]</c>, the parameters in the path or as a real query.</summary>
/// <param name="Test">Name of one test, or <c>all</c>, or <c>ok</c>.</param>
/// <param name="Server">An alias.</param>
/// <param name="Format">How to answer; what is not known means <c>list</c>.</param>
/// <param name="IsStrict">Whether <c>all</c> has our tests, too.</param>
internal sealed record ServermonRequest(string Test, string Server, string Format, bool IsStrict)
{
    private const string Prefix = "/cvmfsmon/api/";

    /// <summary>Reads a request.</summary>
    /// <param name="path">Path, unescaped or not.</param>
    /// <param name="query">Behind the question mark; null or empty for none.</param>
    /// <returns>Null where the path is not of this form.</returns>
    public static ServermonRequest? Parse(string path, string? query)
    {
        if (!path.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        string[] parts = path[Prefix.Length..].Split('/');
        if (parts.Length != 2 || !parts[0].StartsWith('v')) return null; // which version does not matter to servermon
        string[] pieces = parts[1].Split('&');
        if (pieces.Skip(1).Any(static piece => !piece.Contains('='))) return null;
        string? server = null, format = null, strict = null;
        foreach (string piece in pieces.Skip(1).Concat((query ?? "").TrimStart('?').Split('&')))
        {
            int equals = piece.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0) continue; // servermon passes over a real query, so what is odd there is no fault
            string value = Uri.UnescapeDataString(piece[(equals + 1)..]);
            if (piece[..equals] == "server") server ??= value; // the first one counts
            if (piece[..equals] == "format") format = value;   // and of these the last
            if (piece[..equals] == "strict") strict = value;
        }

        return pieces[0].Length == 0 ? null : new ServermonRequest(pieces[0], server ?? "local", format ?? "list", strict == "1");
    }
}
