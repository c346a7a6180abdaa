using Cvmfs.Net.Proxy.Routing;

namespace Cvmfs.Net.Proxy.SquidImport;

/// <summary>Sets of servers as lists of destination rules: names, <c>*.domain</c>, and patterns.</summary>
internal static class ServerSets
{
    private const string UsualPortsPattern = ":(?:80|8000|8008|8080|8081)";

    /// <summary>Ports on which servers are asked where nothing else is said.</summary>
    public static IReadOnlyList<int> UsualPorts { get; } = [80, 8000, 8008, 8080, 8081];

    /// <summary>Rules for a name or a domain; null where it is none.</summary>
    public static string[]? Domain(string value)
    {
        string plain = value.TrimStart('.').ToLowerInvariant();
        if (plain.Length == 0 || plain.Contains('*', StringComparison.Ordinal) || plain.Contains(':', StringComparison.Ordinal) || !DestinationRule.IsRule(plain)) return null;
        return value.StartsWith('.') ? [plain, "*." + plain] : [plain];
    }

    /// <summary>Rules for a pattern; null where it cannot be one. Squid looks for it anywhere in the name; here it stands for all of name and port.</summary>
    public static string[]? Pattern(string value)
    {
        var rules = new List<string>();
        bool hasGroups = value.Contains('(', StringComparison.Ordinal);
        foreach (string part in hasGroups ? [value] : value.Split('|'))
        {
            string inner = part.StartsWith('^') ? part[1..] : ".*" + part;
            inner = inner.EndsWith('$') && !inner.EndsWith("\\$", StringComparison.Ordinal) ? inner[..^1] : inner + ".*";
            bool isTopLevelChoice = hasGroups && Depths(value).Any(static at => at is { Char: '|', Depth: 0 });
            if (isTopLevelChoice || inner.Contains(':', StringComparison.Ordinal) && !inner.Contains("(?:", StringComparison.Ordinal) || inner.Replace("[^", "", StringComparison.Ordinal).Contains('^', StringComparison.Ordinal) || inner.Contains('$', StringComparison.Ordinal)) return null;
            string rule = $"(?:{inner.Replace(".*.*", ".*", StringComparison.Ordinal)}){UsualPortsPattern}";
            if (!DestinationRule.IsRule(rule)) return null;
            rules.Add(rule);
        }

        return [.. rules];
    }

    /// <summary>The same servers on some of the usual ports only.</summary>
    public static List<string> On(IReadOnlyList<int> ports, IReadOnlyList<string> servers) => ports.Count == UsualPorts.Count
        ? [.. servers]
        : servers.SelectMany(server => IsPattern(server) ? [$"{server[..^UsualPortsPattern.Length]}:(?:{string.Join('|', ports)})"] : ports.Select(port => $"{server}:{port}")).ToList();

    /// <summary>Servers that are surely in both.</summary>
    public static List<string> Intersect(IReadOnlyList<string> some, IReadOnlyList<string> others) =>
        [.. some.Where(one => IsIn(one, others)).Union(others.Where(other => IsIn(other, some)))];

    /// <summary>Servers of the first that are surely not in the second.</summary>
    public static List<string> Subtract(IReadOnlyList<string> from, IReadOnlyList<string> what) =>
        from.Where(one => !what.Any(other => IsPattern(one) || IsPattern(other) || IsIn(one, [other]) || IsIn(other, [one]))).ToList();

    /// <summary>Whether all servers of the second are surely in the first.</summary>
    public static bool Covers(IReadOnlyList<string> outer, IReadOnlyList<string> inner) => inner.All(one => IsIn(one, outer));

    private static bool IsIn(string server, IReadOnlyList<string> servers) =>
        servers.Any(other => other == server || other.StartsWith("*.", StringComparison.Ordinal) && !IsPattern(server) && server.EndsWith(other[1..], StringComparison.Ordinal));

    private static bool IsPattern(string server) => server.StartsWith("(?:", StringComparison.Ordinal);

    private static IEnumerable<(char Char, int Depth)> Depths(string text)
    {
        int depth = 0;
        foreach (char c in text)
        {
            if (c == '(') depth++;
            if (c == ')') depth--;
            yield return (c, depth);
        }
    }
}
