using System.Diagnostics.CodeAnalysis;

namespace Cvmfs.Net.Transport;

/// <summary>Forward proxies as CernVM-FS writes them: <c>http://a:3128|http://b:3128;http://c:3128;DIRECT</c>. Immutable.</summary>
/// <remarks>Semicolons separate groups, of which the next is asked where all of one have failed. Bars separate the members of a group, which
/// share the load: each source begins with one of them at random. <c>DIRECT</c> asks the server itself.</remarks>
public sealed class ProxyList
{
    private const string Direct = "DIRECT";

    private ProxyList(Uri?[][] groups) => Groups = groups;

    /// <summary>The groups in order, each with its members; null among them stands for <c>DIRECT</c>. Never empty.</summary>
    public IReadOnlyList<IReadOnlyList<Uri?>> Groups { get; }

    /// <summary>Parses a list.</summary>
    /// <exception cref="CvmfsFormatException">A member is missing, or is neither <c>DIRECT</c> nor the URL of a proxy without path and password.</exception>
    public static ProxyList Parse(string text)
        => TryParse(text, out var list, out string? error) ? list : throw new CvmfsFormatException("proxy list", error);

    /// <summary>As <see cref="Parse"/>, with a reason instead of an exception.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ProxyList? list, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        (list, error) = (null, null);
        string[] groups = text.Split(';', StringSplitOptions.TrimEntries);
        var parsed = new Uri?[groups.Length][];
        for (int i = 0; i < groups.Length; i++)
        {
            string[] members = groups[i].Split('|', StringSplitOptions.TrimEntries);
            parsed[i] = new Uri?[members.Length];
            for (int j = 0; j < members.Length; j++)
            {
                if (!TryParseMember(members[j], out parsed[i][j]))
                {
                    error = $"member {j + 1} of group {i + 1} is \"{WithoutPassword(members[j])}\", expected http://HOST:PORT or {Direct}.";
                    return false;
                }
            }
        }

        list = new ProxyList(parsed);
        return true;
    }

    /// <summary>The list as it can be parsed again.</summary>
    public override string ToString() => string.Join(';', Groups.Select(group => string.Join('|', group.Select(NameOf))));

    /// <summary>How a member is written.</summary>
    internal static string NameOf(Uri? proxy) => proxy?.GetLeftPart(UriPartial.Authority) ?? Direct;

    /// <summary>The members in the order in which one source asks them: each group from a random one of its own on.</summary>
    /// <param name="random">A number from 0 to below 1 for each group.</param>
    internal IEnumerable<Uri?> InOrder(Func<double> random)
    {
        foreach (var group in Groups)
        {
            int first = group.Count == 1 ? 0 : (int)(Math.Clamp(random(), 0, 0.999_999_999) * group.Count);
            for (int i = 0; i < group.Count; i++) yield return group[(first + i) % group.Count];
        }
    }

    private static bool TryParseMember(string text, out Uri? proxy)
    {
        proxy = null;
        if (text.Equals(Direct, StringComparison.OrdinalIgnoreCase)) return true;
        return Uri.TryCreate(text, UriKind.Absolute, out proxy)
            && proxy is { Scheme: "http" or "https", UserInfo: "", PathAndQuery: "/", Fragment: "" };
    }

    // Errors end up in logs.
    private static string WithoutPassword(string text) => text.LastIndexOf('@') is var at and >= 0 ? "…" + text[at..] : text;
}
