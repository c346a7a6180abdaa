using System.Buffers;
using System.Globalization;
using System.Text;

namespace Cvmfs.Net.Server.Geo;

/// <summary>What a client asks: the order of servers, as seen from the place that a caching string names.</summary>
/// <remarks>
/// <code>
/// v1.0/geo/CACHING-STRING/SERVER,SERVER,…[,+PXYSEP+,PROXY,PROXY,…]
/// </code>
/// Some libraries escape the plus and the comma, so escapes are undone once, over the whole, before anything is taken apart.
/// </remarks>
/// <param name="CachingString">Usually the client's proxy.</param>
/// <param name="Servers">All elements, the separator included.</param>
/// <param name="Separator">Position of the separator; −1 where there is none.</param>
internal sealed record GeoRequest(string CachingString, string[] Servers, int Separator)
{
    /// <summary>The caching string that asks how many names were looked up.</summary>
    public const string CountLookups = "_namelookups_";

    private const string SeparatorText = "+PXYSEP+";
    private const int MaxNameLength = 256;
    private const int MaxQuotedLength = 200;

    private static readonly SearchValues<char> s_nameCharacters = SearchValues.Create("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.:-");
    private static readonly SearchValues<char> s_quotedCharacters
        = SearchValues.Create("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.:-/,+_@~%");

    /// <summary>Servers in front of the separator, or all.</summary>
    public ReadOnlySpan<string> Hosts => Separator < 0 ? Servers : Servers.AsSpan(0, Separator);

    /// <summary>Proxies behind the separator.</summary>
    public ReadOnlySpan<string> Proxies => Separator < 0 ? [] : Servers.AsSpan(Separator + 1);

    /// <summary>Takes the part of a target behind <c>/api/</c> apart.</summary>
    /// <param name="rest">As it came over the wire, still escaped.</param>
    /// <param name="maxServers">Most names.</param>
    /// <param name="request">The request.</param>
    /// <param name="reason">Why it is none, in the reference's words where it has any.</param>
    public static bool TryParse(ReadOnlySpan<char> rest, int maxServers, out GeoRequest? request, out string reason)
    {
        request = null;
        reason = "malformed api URL: " + Quote(rest);
        if (rest.Length == 0 || rest[0] != 'v') return false;
        if (Unescape(rest) is not { } path) return false;
        int version = path.IndexOf('/', StringComparison.Ordinal);
        int function = version < 0 ? -1 : path.IndexOf('/', version + 1);
        if (function < 0) return false;

        reason = "unrecognized api function";
        if (!path.AsSpan(version + 1, function - version - 1).SequenceEqual("geo")) return false;

        string arguments = path[(function + 1)..];
        int slash = arguments.IndexOf('/', StringComparison.Ordinal);
        reason = "no slash in geo path";
        if (slash < 0 && arguments != CountLookups) return false;

        string cachingString = slash < 0 ? arguments : arguments[..slash];
        string[] servers = slash < 0 ? [] : arguments[(slash + 1)..].Split(',', maxServers + 1);
        reason = string.Create(CultureInfo.InvariantCulture, $"more than {maxServers} servers");
        if (servers.Length > maxServers) return false;

        request = new GeoRequest(cachingString, servers, Array.IndexOf(servers, SeparatorText));
        reason = "";
        return true;
    }

    /// <summary>Whether a text is a name or an address that may be looked up.</summary>
    public static bool IsUsable(string name) => name.Length is > 0 and <= MaxNameLength && name.AsSpan().IndexOfAnyExcept(s_nameCharacters) < 0;

    /// <summary>Undoes escapes. Null for a broken one, and for escaped separators of paths and control characters, which nobody escapes who means well.</summary>
    private static string? Unescape(ReadOnlySpan<char> escaped)
    {
        if (!escaped.Contains('%')) return escaped.ToString();
        var plain = new StringBuilder(escaped.Length);
        for (int i = 0; i < escaped.Length; i++)
        {
            if (escaped[i] != '%')
            {
                plain.Append(escaped[i]);
                continue;
            }

            if (escaped.Length - i < 3 || !byte.TryParse(escaped.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte code)) return null;
            if (code is < 0x20 or (byte)'/' or (byte)'\\' or 0x7f) return null;
            plain.Append((char)code);
            i += 2;
        }

        return plain.ToString();
    }

    /// <summary>What a message may repeat of a target: nothing that a browser could take for markup, and not much.</summary>
    private static string Quote(ReadOnlySpan<char> target)
    {
        var quoted = new StringBuilder(MaxQuotedLength);
        foreach (char c in target[..Math.Min(target.Length, MaxQuotedLength)]) quoted.Append(s_quotedCharacters.Contains(c) ? c : '?');
        return quoted.ToString();
    }
}
