using System.Net;
using System.Net.Sockets;
using Cvmfs.Net.Proxy.Routing;

namespace Cvmfs.Net.Proxy.SquidImport;

/// <summary>Makes of squid's ordered rules the clients and the servers that are allowed here. What cannot be said as "these clients, these
/// servers" is left out: the result may be narrower than squid's rules, never wider.</summary>
internal sealed class SquidAccess
{
    private static readonly string[] Everybody = ["0.0.0.0/0", "::/0"];
    private static readonly int[] UsualPorts = [80, 8000, 8008, 8080, 8081];

    private readonly Dictionary<string, List<string>> _sources = new(StringComparer.Ordinal) { ["all"] = [.. Everybody], ["localhost"] = ["127.0.0.0/8", "::1/128"] };
    private readonly Dictionary<string, List<string>> _destinations = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<(int First, int Last)>> _ports = new(StringComparer.Ordinal);
    private readonly HashSet<string> _incomplete = new(StringComparer.Ordinal); // lists of which a value was left out
    private readonly HashSet<string> _harmlessToDeny = new(StringComparer.Ordinal) { "manager", "to_localhost", "to_linklocal", "CONNECT" };
    private readonly List<string> _deniedSources = [];
    private string[]? _onlyDestinations;
    private string? _doubt;
    private bool _isOver;

    /// <summary>Networks that may ask.</summary>
    public List<string> Clients { get; } = [];

    /// <summary>Servers that may be asked; null for all that squid would ask.</summary>
    public IReadOnlyList<string>? Destinations { get; private set; }

    /// <summary>Whether any rule lets anybody in.</summary>
    public bool AllowsAnybody => Clients.Count > 0;

    /// <summary>Takes a list of values with a name.</summary>
    public (SquidVerdict Verdict, string Why) Acl(ReadOnlySpan<string> words, Func<string, string[]?> lines)
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
            case "src":
                return Take(_sources, name, type, values, static value => Network(value) is { } network ? [network] : null, "no network that can be written as CIDR");
            case "dstdomain":
                return Take(_destinations, name, type, values, static value => Domain(value), "no name of a server");
            case "dstdom_regex":
                return Take(_destinations, name, type, values, static value => Pattern(value), "no pattern that can be used here");
            case "port":
                foreach (string value in values)
                {
                    string[] ends = value.Split('-');
                    if (int.TryParse(ends[0], out int first) && int.TryParse(ends[^1], out int last)) Of(_ports, name).Add((first, last));
                }

                return (SquidVerdict.NotNeeded, "servers are asked on the usual ports only: 80, 8000, 8008, 8080, 8081.");
            case "method" or "proto":
                if (values.All(static value => value is "CONNECT" or "PURGE" or "cache_object" or "TRACE" or "POST" or "PUT" or "URN" or "FTP" or "GOPHER" or "HTTPS")) _harmlessToDeny.Add(name);
                return (SquidVerdict.NotNeeded, "only GET and HEAD of http URLs are served.");
            case "dst" when values.All(static value => value is "127.0.0.0/8" or "0.0.0.0/32" or "::1" or "::1/128" or "169.254.0.0/16" or "fe80::/10" or "10.0.0.0/8" or "172.16.0.0/12" or "192.168.0.0/16" or "fc00::/7"):
                _harmlessToDeny.Add(name);
                return (SquidVerdict.NotNeeded, "names that lead to private addresses are refused anyway.");
            default:
                return (SquidVerdict.NotPossible, $"lists of the type {type} are not known here; rules that allow by it are left out.");
        }
    }

    /// <summary>Takes a rule, in its order.</summary>
    public (SquidVerdict Verdict, string Why) Rule(ReadOnlySpan<string> words)
    {
        if (words.Length < 2 || words[0] is not ("allow" or "deny")) return (SquidVerdict.NotPossible, "allow or deny and a list are expected.");
        if (_isOver) return (SquidVerdict.NotNeeded, "an earlier rule is for everybody; squid never comes here.");
        string[] lists = words[1..].ToArray();
        return words[0] == "allow" ? Allow(lists) : Deny(lists);
    }

    private (SquidVerdict Verdict, string Why) Deny(string[] lists)
    {
        if (lists is ["all"])
        {
            _isOver = true;
            return (SquidVerdict.TakenOver, "whoever is not allowed is refused.");
        }

        if (lists.Any(_harmlessToDeny.Contains)) return (SquidVerdict.NotNeeded, "this is refused in any case.");
        if (lists is [['!', .. var ports]] && _ports.ContainsKey(ports)) return Covers(ports)
            ? (SquidVerdict.NotNeeded, "servers are asked on the usual ports only.")
            : Doubt("the ports that squid allows are fewer than those that are used here; name servers with their ports in upstream.allowedDestinations");
        if (lists is [['!', .. var servers]] && _destinations.TryGetValue(servers, out var only))
        {
            if (_onlyDestinations is not null) return Doubt("a second restriction of servers cannot be combined with the first one");
            _onlyDestinations = [.. only];
            return (SquidVerdict.TakenOver, "only these servers are asked.");
        }

        if (lists is [var source] && _sources.TryGetValue(source, out var denied) && !_incomplete.Contains(source))
        {
            _deniedSources.AddRange(denied);
            return (SquidVerdict.TakenOver, "later rules that allow networks overlapping these are left out.");
        }

        return Doubt("what is refused here cannot be said in the new settings");
    }

    private (SquidVerdict Verdict, string Why) Allow(string[] lists)
    {
        if (lists.Contains("manager")) return (SquidVerdict.NotNeeded, "the listener for operators is separate: admin.listen.");
        if (_doubt is not null) return (SquidVerdict.NotPossible, $"left out, so that nobody gets more than before: {_doubt}.");
        var sources = new List<string[]>();
        var destinations = new List<string[]>();
        foreach (string list in lists)
        {
            if (_sources.TryGetValue(list, out var networks)) sources.Add([.. networks]);
            else if (_destinations.TryGetValue(list, out var servers)) destinations.Add([.. servers]);
            else if (_ports.ContainsKey(list) && Covers(list)) continue;
            else return (SquidVerdict.NotPossible, $"left out: \"{list}\" cannot be part of a rule here.");
        }

        if (sources.Count > 1) sources.RemoveAll(static networks => networks.SequenceEqual(Everybody));
        if (sources.Count > 1 || destinations.Count > 1) return (SquidVerdict.NotPossible, "left out: several lists at once cannot be combined here.");
        string[] clients = sources.Count == 1 ? sources[0] : Everybody;
        string[]? asked = destinations.Count == 1 ? destinations[0] : null;
        if (asked is not null && _onlyDestinations is not null && !asked.SequenceEqual(_onlyDestinations)) return (SquidVerdict.NotPossible, "left out: its servers and the earlier restriction of servers cannot be combined here.");
        asked ??= _onlyDestinations;
        if (Overlap(clients) is { } denied) return (SquidVerdict.NotPossible, $"left out: an earlier rule refuses {denied}, which this one would let in.");
        if (Clients.Count > 0 && !Same(asked, Destinations)) return (SquidVerdict.NotPossible, "left out: it is for other servers than the first rule; here all clients may ask all allowed servers.");
        if (clients.Length == 0 || asked?.Length == 0) return (SquidVerdict.NotPossible, "left out: nothing of its lists could be taken over.");
        Clients.AddRange(clients.Except(Clients).ToList());
        Destinations = asked;
        if (clients.SequenceEqual(Everybody) && asked is null) _isOver = true;
        return (SquidVerdict.TakenOver, $"clients.allowed: {string.Join(", ", clients)}.");
    }

    private (SquidVerdict Verdict, string Why) Doubt(string why)
    {
        _doubt ??= why;
        return (SquidVerdict.NotPossible, why + "; later rules that allow are left out.");
    }

    private (SquidVerdict Verdict, string Why) Incomplete(string name, string type, string why)
    {
        _incomplete.Add(name);
        if (type == "src") Of(_sources, name);
        else if (type.StartsWith("dstdom", StringComparison.Ordinal)) Of(_destinations, name);
        return (SquidVerdict.NotPossible, why);
    }

    private (SquidVerdict Verdict, string Why) Take(Dictionary<string, List<string>> lists, string name, string type, List<string> values, Func<string, string[]?> convert, string problem)
    {
        var list = Of(lists, name);
        var wrong = new List<string>();
        foreach (string value in values)
        {
            if (convert(value) is { } converted) list.AddRange(converted.Except(list));
            else wrong.Add(value);
        }

        return wrong.Count == 0 ? (SquidVerdict.TakenOver, $"{values.Count} values, for the rules that name them.") : Incomplete(name, type, $"left out: {string.Join(", ", wrong)}: {problem}.");
    }

    private bool Covers(string ports) => UsualPorts.All(port => _ports[ports].Any(range => range.First <= port && port <= range.Last));

    private string? Overlap(string[] clients) => _deniedSources.FirstOrDefault(denied => clients.Any(client =>
    {
        var (one, other) = (IPNetwork.Parse(client), IPNetwork.Parse(denied));
        return one.BaseAddress.AddressFamily == other.BaseAddress.AddressFamily && (one.Contains(other.BaseAddress) || other.Contains(one.BaseAddress));
    }));

    private static bool Same(IReadOnlyList<string>? one, IReadOnlyList<string>? other) => one is null ? other is null : other is not null && one.SequenceEqual(other);

    private static List<T> Of<T>(Dictionary<string, List<T>> lists, string name)
    {
        if (!lists.TryGetValue(name, out var list)) lists[name] = list = [];
        return list;
    }

    private static string? Network(string value)
    {
        if (value == "all") return null;
        string[] parts = value.Split('/');
        if (parts.Length > 2 || !IPAddress.TryParse(parts[0], out var address)) return null;
        int bits = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        int length = bits;
        if (parts.Length == 2 && !int.TryParse(parts[1], out length))
        {
            if (!IPAddress.TryParse(parts[1], out var mask) || mask.AddressFamily != AddressFamily.InterNetwork || bits != 32) return null;
            uint number = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(mask.GetAddressBytes());
            length = System.Numerics.BitOperations.LeadingZeroCount(~number);
            if (number != (length == 0 ? 0 : uint.MaxValue << (32 - length))) return null;
        }

        if (length < 0 || length > bits) return null;
        byte[] bytes = address.GetAddressBytes();
        for (int bit = length; bit < bits; bit++) bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        return $"{new IPAddress(bytes)}/{length}";
    }

    private static string[]? Domain(string value)
    {
        string plain = value.TrimStart('.').ToLowerInvariant();
        if (plain.Length == 0 || plain.Contains('*', StringComparison.Ordinal) || plain.Contains(':', StringComparison.Ordinal) || !DestinationRule.IsRule(plain)) return null;
        return value.StartsWith('.') ? [plain, "*." + plain] : [plain];
    }

    /// <summary>Squid looks for a pattern anywhere in the name; here it stands for all of name and port.</summary>
    private static string[]? Pattern(string value)
    {
        var rules = new List<string>();
        bool hasGroups = value.Contains('(', StringComparison.Ordinal);
        foreach (string part in hasGroups ? [value] : value.Split('|'))
        {
            string inner = part.StartsWith('^') ? part[1..] : ".*" + part;
            inner = inner.EndsWith('$') && !inner.EndsWith("\\$", StringComparison.Ordinal) ? inner[..^1] : inner + ".*";
            bool isTopLevelChoice = hasGroups && Depths(value).Any(static at => at is { Char: '|', Depth: 0 });
            if (isTopLevelChoice || inner.Contains(':', StringComparison.Ordinal) && !inner.Contains("(?:", StringComparison.Ordinal) || inner.Replace("[^", "", StringComparison.Ordinal).Contains('^', StringComparison.Ordinal) || inner.Contains('$', StringComparison.Ordinal)) return null;
            string rule = $"(?:{inner.Replace(".*.*", ".*", StringComparison.Ordinal)}):(?:{string.Join('|', UsualPorts)})";
            if (!DestinationRule.IsRule(rule)) return null;
            rules.Add(rule);
        }

        return [.. rules];
    }

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
