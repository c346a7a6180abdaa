// Transport/Proxies/ chooses among forward proxies as clients of CernVM-FS do: groups, members, resets, shards.
//
//   text ─► ClientProxyList ─► ProxyGroups ─► Select(hash) ─► ProxyMember ─► … ─► Failed(member)
//                                  ├ one member, kept until it fails
//                                  └ or ShardRing: one member for each hash
//
// Must stay true
//   - Machines that were given the same list agree on the member for a hash: the ring depends on nothing else.
//   - A failure is taken note of only while the member that failed is still in use: of many requests that fail at once, one switches.
// Rules from: the reference's download manager, of which lists and ring are reproduced to the bit.
using System.Diagnostics.CodeAnalysis;

namespace Cvmfs.Net.Transport.Proxies;

/// <summary>Forward proxies as they stand in a client's <c>CVMFS_HTTP_PROXY</c> and <c>CVMFS_FALLBACK_PROXY</c>. Immutable.</summary>
/// <remarks>Reads what clients read: semicolons between groups, bars between members, <c>DIRECT</c>, a missing scheme taken for <c>http://</c>.
/// Blanks around entries are dropped, which clients do not do.</remarks>
public sealed class ClientProxyList
{
    private const string DirectWord = "DIRECT";

    private ClientProxyList(IReadOnlyList<IReadOnlyList<string?>> groups, int fallbackStart) => (Groups, FallbackStart) = (groups, fallbackStart);

    /// <summary>The groups in order, each with the URLs of its members; null among them stands for <c>DIRECT</c>. Empty where nothing is
    /// configured, which means <c>DIRECT</c> as well.</summary>
    public IReadOnlyList<IReadOnlyList<string?>> Groups { get; }

    /// <summary>Index of the first group that came from the fall-back list; the number of groups where there is none.</summary>
    public int FallbackStart { get; }

    /// <summary>Parses the two lists and puts them together.</summary>
    /// <param name="proxies">The regular groups; may be empty.</param>
    /// <param name="fallback">Groups behind them. Never contains <c>DIRECT</c>; where it contains anything, neither do the regular groups.</param>
    /// <exception cref="CvmfsFormatException">A member is no URL of a proxy.</exception>
    public static ClientProxyList Parse(string proxies, string fallback = "")
    {
        ArgumentNullException.ThrowIfNull(proxies);
        ArgumentNullException.ThrowIfNull(fallback);
        string behind = WithoutDirect(fallback, out _);
        string regular = behind.Length == 0 ? proxies : WithoutDirect(proxies, out _);
        var first = GroupsOf(regular);
        return new ClientProxyList([.. first, .. GroupsOf(behind)], first.Count);
    }

    /// <summary>As <see cref="Parse"/> of one list that somebody has just typed, with a reason instead of an exception.</summary>
    /// <param name="proxies">The list. One with empty members is refused, which clients take for <c>DIRECT</c>: here they are mistakes.</param>
    /// <param name="list">The list; null where it is refused.</param>
    /// <param name="error">Why it is.</param>
    public static bool TryParse(string proxies, [NotNullWhen(true)] out ClientProxyList? list, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(proxies);
        (list, error) = (null, null);
        string[] groups = proxies.Split(';');
        for (int i = 0; i < groups.Length; i++)
        {
            string[] members = groups[i].Split('|', StringSplitOptions.TrimEntries);
            int wrong = Array.FindIndex(members, static member => member.Length == 0 || !IsMember(member, out _));
            if (wrong < 0) continue;
            error = $"member {wrong + 1} of group {i + 1} is \"{WithoutPassword(members[wrong])}\", expected HOST:PORT, http://HOST:PORT or {DirectWord}.";
            return false;
        }

        list = Parse(proxies);
        return true;
    }

    /// <summary>Takes <c>DIRECT</c> and empty members out of a list, and groups that have none left.</summary>
    /// <param name="proxies">A list.</param>
    /// <param name="hadDirect">Whether there was any of these.</param>
    public static string WithoutDirect(string proxies, out bool hadDirect)
    {
        ArgumentNullException.ThrowIfNull(proxies);
        bool found = false;
        var groups = new List<string>();
        foreach (string group in proxies.Length == 0 ? [] : proxies.Split(';'))
        {
            string[] members = group.Split('|', StringSplitOptions.TrimEntries);
            string[] kept = Array.FindAll(members, static member => member.Length > 0 && member != DirectWord);
            found |= kept.Length < members.Length;
            if (kept.Length > 0) groups.Add(string.Join('|', kept));
        }

        hadDirect = found;
        return string.Join(';', groups);
    }

    /// <summary>The list as it can be parsed again.</summary>
    public override string ToString() => string.Join(';', Groups.Select(static group => string.Join('|', group.Select(static member => member ?? DirectWord))));

    private static List<IReadOnlyList<string?>> GroupsOf(string proxies)
    {
        var groups = new List<IReadOnlyList<string?>>();
        foreach (string group in proxies.Split(';'))
        {
            // An empty member means what an empty list means: no proxy.
            if (group.Trim().Length == 0) continue;
            groups.Add([.. group.Split('|', StringSplitOptions.TrimEntries).Select(MemberOf)]);
        }

        return groups;
    }

    private static string? MemberOf(string text)
        => IsMember(text, out string? url) ? url : throw new CvmfsFormatException("proxy list", $"\"{WithoutPassword(text)}\" is no proxy, expected HOST:PORT, http://HOST:PORT or {DirectWord}.");

    /// <summary>Whether a text is a proxy, or stands for none: then the URL is null.</summary>
    private static bool IsMember(string text, out string? url)
    {
        url = null;
        if (text.Length == 0 || text == DirectWord) return true;
        bool hasScheme = text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
        url = (hasScheme ? text : "http://" + text).TrimEnd('/');
        return Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed.PathAndQuery == "/" && parsed.Fragment.Length == 0;
    }

    private static string WithoutPassword(string text) => text.LastIndexOf('@') is var at and >= 0 ? "…" + text[at..] : text; // errors end up in logs
}
