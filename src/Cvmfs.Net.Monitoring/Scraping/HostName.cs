using System.Text.RegularExpressions;

namespace Cvmfs.Net.Monitoring.Scraping;

/// <summary>Which host names a scraper accepts: letters, digits and inner dashes in labels of at most 63 characters, addresses, punycode.</summary>
internal static partial class HostName
{
    /// <summary>Whether a URL's host is one. The text is looked at, too, for the parser repairs more than it should.</summary>
    public static bool IsValid(Uri url, string text)
    {
        string authority = text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..].Split('/', '?', '#')[0];
        if (url.Scheme is not ("http" or "https") || url.Port is < 1 or > 65535 || authority.Contains('@', StringComparison.Ordinal)) return false;
        if (url.HostNameType is UriHostNameType.IPv6) return true;
        string host = url.IdnHost;
        return host.Length is > 0 and <= 253 && Labels().IsMatch(host);
    }

    [GeneratedRegex(@"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Labels();
}
