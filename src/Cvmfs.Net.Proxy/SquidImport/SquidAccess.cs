namespace Cvmfs.Net.Proxy.SquidImport;

/// <summary>Makes of squid's ordered rules the clients and the servers that are allowed here. What cannot be said as "these clients, these
/// servers" is left out: the result may be narrower than squid's rules, never wider.</summary>
internal sealed class SquidAccess(SquidLists lists)
{
    private readonly List<int> _ports = [.. ServerSets.UsualPorts];
    private readonly List<string> _deniedSources = [];
    private readonly List<string> _deniedServers = [];
    private readonly List<Grant> _grants = [];
    private List<string>? _onlySources;
    private List<string>? _onlyServers;
    private string? _doubt;
    private bool _isOver;

    /// <summary>Networks that may ask.</summary>
    public List<string> Clients { get; } = [];

    /// <summary>Servers that may be asked; null for all that squid would ask.</summary>
    public IReadOnlyList<string>? Destinations { get; private set; }

    /// <summary>Whether any rule lets anybody in.</summary>
    public bool AllowsAnybody => Clients.Count > 0;

    /// <summary>Takes the rules in their order, after all lists: squid looks at whole lists wherever their lines stand.</summary>
    /// <param name="rules">The words of each rule, after the directive.</param>
    /// <returns>What became of each.</returns>
    public IReadOnlyList<(SquidVerdict Verdict, string Why)> Take(IReadOnlyList<string[]> rules)
    {
        var results = new List<(SquidVerdict Verdict, string Why)>();
        for (int i = 0; i < rules.Count; i++) results.Add(Rule(i, rules[i]));
        Combine(results);
        return results;
    }

    private (SquidVerdict Verdict, string Why) Rule(int index, string[] words)
    {
        if (words.Length < 2 || words[0] is not ("allow" or "deny")) return (SquidVerdict.NotPossible, "allow or deny and a list are expected.");
        if (_isOver) return (SquidVerdict.NotNeeded, "an earlier rule is for everybody; squid never comes here.");
        bool isDeny = words[0] == "deny";
        var terms = words[1..].Select(word => lists.Term(word, isDeny)).Where(static term => term.Kind != SquidTermKind.Always).ToList();
        if (terms.Find(static term => term.Kind == SquidTermKind.Never) is { } never)
        {
            return (SquidVerdict.NotNeeded, never.Word == "manager" ? "the listener for operators is separate: admin.listen." : isDeny ? "this is refused in any case." : $"nothing that is served here is in \"{never.Word}\".");
        }

        return isDeny ? Deny(terms) : Allow(index, terms);
    }

    private (SquidVerdict Verdict, string Why) Deny(List<SquidTerm> terms)
    {
        if (terms.Count == 0)
        {
            _isOver = true;
            return (SquidVerdict.TakenOver, "whoever is not allowed is refused.");
        }

        // A rule of several lists refuses what is in all of them. Refusing what is in one of them is more, and never too little.
        var term = terms.Where(static term => term.Kind != SquidTermKind.Unknown).OrderBy(static term => term.IsNegated ? 0 : term.Kind == SquidTermKind.Servers ? 1 : 2).FirstOrDefault();
        if (term is null)
        {
            _doubt ??= $"it cannot be said here what an earlier rule refuses by \"{terms[0].Word}\"";
            return (SquidVerdict.NotPossible, "what is refused here cannot be said in the new settings; later rules that allow are left out.");
        }

        string what = Restrict(term);
        return terms.Count == 1 ? (SquidVerdict.TakenOver, what) : (SquidVerdict.NotPossible, $"several lists at once cannot be combined here; refused is more, all of \"{term.Word}\": {what}");
    }

    private string Restrict(SquidTerm term)
    {
        switch (term)
        {
            case { Kind: SquidTermKind.Sources, IsNegated: true }:
                _onlySources = _onlySources is null ? [.. term.Values] : NetworkSets.Intersect(_onlySources, term.Values);
                return "later rules let only these networks in.";
            case { Kind: SquidTermKind.Sources }:
                _deniedSources.AddRange(term.Values);
                return "later rules leave these networks out.";
            case { Kind: SquidTermKind.Servers, IsNegated: true }:
                _onlyServers = _onlyServers is null ? [.. term.Values] : ServerSets.Intersect(_onlyServers, term.Values);
                return "only these servers are asked by later rules.";
            case { Kind: SquidTermKind.Servers }:
                _deniedServers.AddRange(term.Values);
                return "these servers are asked by no later rule.";
            default:
                _ports.RemoveAll(term.Ports.Contains);
                return $"servers are asked on {(_ports.Count == 0 ? "no port" : string.Join(", ", _ports))} only.";
        }
    }

    private (SquidVerdict Verdict, string Why) Allow(int index, List<SquidTerm> terms)
    {
        if (_doubt is not null) return (SquidVerdict.NotPossible, $"left out, so that nobody gets more than before: {_doubt}.");
        if (terms.Find(static term => term.Kind == SquidTermKind.Unknown) is { } unknown) return (SquidVerdict.NotPossible, $"left out: \"{unknown.Word}\" cannot be part of a rule here.");
        List<string> clients = ["0.0.0.0/0", "::/0"];
        var servers = _onlyServers;
        List<string> deniedServers = [.. _deniedServers];
        List<int> ports = [.. _ports];
        foreach (var term in terms)
        {
            if (term.Kind == SquidTermKind.Ports) ports.RemoveAll(port => !term.Ports.Contains(port));
            else if (term.Kind == SquidTermKind.Sources) clients = term.IsNegated ? NetworkSets.Subtract(clients, term.Values) : NetworkSets.Intersect(clients, term.Values);
            else if (term.IsNegated) deniedServers.AddRange(term.Values);
            else servers = servers is null ? [.. term.Values] : ServerSets.Intersect(servers, term.Values);
        }

        if (clients.Count == 0) return (SquidVerdict.NotPossible, "left out: no address is in all of its lists, so squid lets nobody in by it either; a rule for each list lets in who is in one of them.");
        if (_onlySources is not null) clients = NetworkSets.Intersect(clients, _onlySources);
        clients = NetworkSets.Subtract(clients, _deniedSources);
        if (clients.Count == 0) return (SquidVerdict.NotNeeded, "earlier rules refuse all of these.");
        if (servers is null && (deniedServers.Count > 0 || ports.Count < ServerSets.UsualPorts.Count)) return (SquidVerdict.NotPossible, "left out: squid excepts servers or ports of all there are; name those that may be asked in upstream.allowedDestinations, with their ports.");
        if (servers is not null) servers = ServerSets.On(ports, ServerSets.Subtract(servers, deniedServers));
        if (servers is { Count: 0 }) return (SquidVerdict.NotPossible, "left out: no server is surely in all of its lists and in no refused one.");
        if (terms.Count == 0 && servers is null) _isOver = true;
        _grants.Add(new Grant(index, clients, servers));
        return (SquidVerdict.TakenOver, ""); // said when all are known
    }

    /// <summary>All clients may ask all servers here: takes the servers of the first rule that names some, and of the clients those who may
    /// ask every one of them.</summary>
    private void Combine(List<(SquidVerdict Verdict, string Why)> results)
    {
        if (_grants.Find(static grant => grant.Servers is not null) is { } first)
        {
            Destinations = _grants.Where(grant => grant.Servers is not null && NetworkSets.Covers(grant.Clients, first.Clients)).SelectMany(static grant => grant.Servers!).Distinct().ToList();
        }

        foreach (var grant in _grants)
        {
            var theirs = _grants.Where(other => NetworkSets.Covers(other.Clients, grant.Clients)).ToList();
            if (Destinations is not null && !theirs.Exists(static other => other.Servers is null) && !ServerSets.Covers([.. theirs.SelectMany(static other => other.Servers!)], Destinations))
            {
                results[grant.Index] = (SquidVerdict.NotPossible, "left out: these clients may not ask all servers that others may; here all clients may ask all allowed servers.");
                continue;
            }

            Clients.AddRange(grant.Clients.Except(Clients).ToList());
            string narrower = grant.Servers is null && Destinations is not null ? " Only the servers that the other rules name." : grant.Servers is not null ? $" upstream.allowedDestinations: {string.Join(", ", grant.Servers)}." : "";
            results[grant.Index] = (SquidVerdict.TakenOver, $"clients.allowed: {string.Join(", ", grant.Clients)}.{narrower}");
        }
    }

    /// <summary>A rule that allows: who may ask whom; null for any server.</summary>
    private sealed record Grant(int Index, List<string> Clients, List<string>? Servers);
}
