namespace Cvmfs.Net.Proxy;

/// <summary>URLs to listen at.</summary>
internal static class ListenUrl
{
    /// <summary>Whether a text is one: <c>http://</c>, an address, a name or a star, a port, no path.</summary>
    /// <param name="text">The text.</param>
    /// <param name="allowsTls">Whether <c>https://</c> is right as well.</param>
    public static bool IsValid(string text, bool allowsTls = false)
        => Uri.TryCreate(Plain(text), UriKind.Absolute, out var url)
            && (url.Scheme == "http" || (allowsTls && url.Scheme == "https")) && url.PathAndQuery == "/" && url.UserInfo.Length == 0 && url.Fragment.Length == 0;

    /// <summary>Whether a valid one wants encryption.</summary>
    public static bool IsTls(string text) => text.StartsWith("https:", StringComparison.OrdinalIgnoreCase);

    /// <summary>The port of a valid one.</summary>
    public static int PortOf(string text) => new Uri(Plain(text)).Port;

    private static string Plain(string text) => text.Replace("//*", "//0.0.0.0", StringComparison.Ordinal).Replace("//+", "//0.0.0.0", StringComparison.Ordinal);
}
