namespace Cvmfs.Net.Proxy;

/// <summary>URLs to listen at.</summary>
internal static class ListenUrl
{
    /// <summary>Whether a text is one: <c>http://</c>, an address, a name or a star, a port, no path.</summary>
    public static bool IsValid(string text)
        => Uri.TryCreate(text.Replace("//*", "//0.0.0.0", StringComparison.Ordinal).Replace("//+", "//0.0.0.0", StringComparison.Ordinal), UriKind.Absolute, out var url)
            && url.Scheme == "http" && url.PathAndQuery == "/" && url.UserInfo.Length == 0 && url.Fragment.Length == 0;
}
