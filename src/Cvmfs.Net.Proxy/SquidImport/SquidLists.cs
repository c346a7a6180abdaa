namespace Cvmfs.Net.Proxy.SquidImport;

/// <summary>Squid's lists of values. Lines with the same name add to one list, wherever they stand.</summary>
internal sealed class SquidLists
{
    private static readonly string[] Everybody = ["0.0.0.0/0", "::/0"];

    private readonly Dictionary<string, List<string>> _sources = new(StringComparer.Ordinal) { ["localhost"] = ["127.0.0.1/32", "::1/128"] };
    private readonly Dictionary<string, List<string>> _servers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<int>> _ports = new(StringComparer.Ordinal);
    private readonly HashSet<string> _incomplete = new(StringComparer.Ordinal); // a value was left out
    private readonly HashSet<string> _always = new(StringComparer.Ordinal) { "all" };
    private readonly HashSet<string> _never = new(StringComparer.Ordinal) { "manager", "to_localhost", "to_linklocal", "CONNECT" };

    /// <summary>Takes a line.</summary>
    public (SquidVerdict Verdict, string Why) Take(ReadOnlySpan<string> words, Func<string, string[]?> lines)
    {
        if (words.Length < 2) return (SquidVerdict.NotPossible, "a name and a type are expected.");
        string name = words[0], type = words[1];
        var values = new List<string>();
        foreach (string word in words[2..])
        {
            if (word.StartsWith('-') && word.Length == 2) continue; // -i, -n
            if (!word.StartsWith('"')) values.Add(word);
            else if (lines(word.Trim('"')) is { } file) values.AddRange(file.Select(static line => line.Split('#')[0].Trim()).Where(static line => line.Length > 0));
            else return Incomplete(name, type, $"the file {word} cannot be read; nothing in it is taken over.");
        }

        switch (type)
        {
            case "src" when name == "all" || values.Contains("all"):
                _always.Add(name);
                return (SquidVerdict.TakenOver, "everybody.");
            case "src": return Take(_sources, name, type, values, NetworkSets.Read, "no network");
            case "dstdomain": return Take(_servers, name, type, values, ServerSets.Domain, "no name of a server");
            case "dstdom_regex": return Take(_servers, name, type, values, ServerSets.Pattern, "no pattern that can be used here");
            case "port": return Ports(name, values);
            case "method":
                Constant(name, values.Contains("GET") && values.Contains("HEAD"), !values.Contains("GET") && !values.Contains("HEAD"));
                return (SquidVerdict.NotNeeded, "only GET and HEAD are served.");
            case "proto":
                bool isHttp = values.Contains("HTTP", StringComparer.OrdinalIgnoreCase);
                Constant(name, isHttp, !isHttp);
                return (SquidVerdict.NotNeeded, "only http URLs are served.");
            case "snmp_community": return (SquidVerdict.NotNeeded, "the numbers are at admin.listen under /metrics.");
            case "dst" when values.All(static value => value is "127.0.0.0/8" or "0.0.0.0/32" or "::1" or "::1/128" or "169.254.0.0/16" or "fe80::/10" or "10.0.0.0/8" or "172.16.0.0/12" or "192.168.0.0/16" or "fc00::/7"):
                Constant(name, always: false, never: true);
                return (SquidVerdict.NotNeeded, "names that lead to private addresses are refused anyway.");
            default:
                _incomplete.Add(name);
                return (SquidVerdict.NotPossible, $"lists of the type {type} are not known here; rules that allow by it are left out.");
        }
    }

    /// <summary>What a list in a rule stands for. Nothing that is not exactly known widens what is allowed: an incomplete list is unknown
    /// where leaving values out would let more through.</summary>
    public SquidTerm Term(string word, bool isInDeny)
    {
        bool isNegated = word.StartsWith('!');
        string name = isNegated ? word[1..] : word;
        bool isIncomplete = _incomplete.Contains(name);
        if (_always.Contains(name)) return new(word, isNegated ? SquidTermKind.Never : SquidTermKind.Always);
        if (isIncomplete && isNegated != isInDeny) return new(word, SquidTermKind.Unknown);
        if (_never.Contains(name)) return new(word, isNegated ? SquidTermKind.Always : SquidTermKind.Never);
        if (_sources.TryGetValue(name, out var networks)) return NetworkSets.Covers(networks, Everybody) ? new(word, isNegated ? SquidTermKind.Never : SquidTermKind.Always) : new(word, SquidTermKind.Sources, isNegated, networks);
        if (_servers.TryGetValue(name, out var servers)) return new(word, SquidTermKind.Servers, isNegated, servers);
        if (!_ports.TryGetValue(name, out var listed)) return new(word, SquidTermKind.Unknown);
        int[] ports = ServerSets.UsualPorts.Where(port => listed.Contains(port) != isNegated).ToArray();
        return ports.Length == 0 ? new(word, SquidTermKind.Never) : ports.Length == ServerSets.UsualPorts.Count ? new(word, SquidTermKind.Always) : new(word, SquidTermKind.Ports, Ports: ports);
    }

    private (SquidVerdict Verdict, string Why) Ports(string name, List<string> values)
    {
        var listed = _ports.TryGetValue(name, out var known) ? known : _ports[name] = [];
        foreach (string value in values)
        {
            string[] ends = value.Split('-');
            if (ends.Length <= 2 && int.TryParse(ends[0], out int first) && int.TryParse(ends[^1], out int last)) listed.UnionWith(ServerSets.UsualPorts.Where(port => first <= port && port <= last));
            else return Incomplete(name, "port", $"\"{value}\" is no port.");
        }

        return (SquidVerdict.NotNeeded, $"servers are asked on the usual ports only: {string.Join(", ", ServerSets.UsualPorts)}; rules with it leave fewer of them.");
    }

    private void Constant(string name, bool always, bool never)
    {
        // Several lines add up: what one of them stands for always, the list does; never is what all agree on.
        if (always) _always.Add(name);
        if (!never) _incomplete.Add(name);
        else _never.Add(name);
    }

    private (SquidVerdict Verdict, string Why) Incomplete(string name, string type, string why)
    {
        _incomplete.Add(name);
        if (type == "src") Of(_sources, name);
        else if (type.StartsWith("dstdom", StringComparison.Ordinal)) Of(_servers, name);
        return (SquidVerdict.NotPossible, why);
    }

    private (SquidVerdict Verdict, string Why) Take(Dictionary<string, List<string>> lists, string name, string type, List<string> values, Func<string, string[]?> convert, string problem)
    {
        var list = Of(lists, name);
        var wrong = new List<string>();
        foreach (string value in values)
        {
            if (convert(value) is { } converted) list.AddRange(converted.Except(list).ToList());
            else wrong.Add(value);
        }

        return wrong.Count == 0 ? (SquidVerdict.TakenOver, $"{values.Count} values, for the rules that name them.") : Incomplete(name, type, $"left out: {string.Join(", ", wrong)}: {problem}.");
    }

    private static List<string> Of(Dictionary<string, List<string>> lists, string name)
    {
        if (!lists.TryGetValue(name, out var list)) lists[name] = list = [];
        return list;
    }
}
