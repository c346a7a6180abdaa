using System.Buffers;
using System.Globalization;

namespace Cvmfs.Net.Monitoring.Scraping;

/// <summary>Which host names a scraper accepts: letters, digits and inner dashes in labels of at most 63 characters, addresses, punycode.</summary>
internal static class HostName
{
    private static readonly SearchValues<char> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");

    private const int MaxLength = 253;
    private const int MaxLabel = 63;

    /// <summary>What is wrong with the host of a URL, with the place in the text; null where nothing is. The text is looked at, for the parser
    /// repairs more than it should.</summary>
    public static string? FindFault(Uri url, string text)
    {
        int start = text.IndexOf("://", StringComparison.Ordinal) + 3;
        string authority = text[start..].Split('/', '?', '#')[0];
        int at = authority.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0) return Fault("a user does not belong here", at);
        if (url.Port is < 1 or > 65535) return Fault("the port is not 1 to 65535", authority.LastIndexOf(':') + 1);
        if (url.HostNameType is UriHostNameType.IPv6) return null;
        string host = url.IdnHost;
        if (host.Length is 0 or > MaxLength) return Fault($"the name has {host.Length} characters, expected 1 to {MaxLength}", 0);
        int position = 0;
        foreach (string label in host.Split('.'))
        {
            if (FindFault(label) is { } fault) return Fault(fault.Reason, position + fault.Index);
            position += label.Length + 1;
        }

        return null;
    }

    private static (string Reason, int Index)? FindFault(string label)
    {
        if (label.Length == 0) return ("a label is empty", 0);
        if (label.Length > MaxLabel) return ($"a label has {label.Length} characters, expected at most {MaxLabel}", 0);
        int odd = label.AsSpan().IndexOfAnyExcept(Allowed);
        if (odd >= 0) return ($"'{label[odd]}' is no letter, digit or dash", odd);
        if (label[0] == '-') return ("a label begins with a dash", 0);
        return label[^1] == '-' ? ("a label ends with a dash", label.Length - 1) : null;
    }

    private static string Fault(string reason, int index) => string.Create(CultureInfo.InvariantCulture, $"{reason} (at {index} of the host)");
}
