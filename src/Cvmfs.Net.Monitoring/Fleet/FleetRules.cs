using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Monitoring.Fleet;

/// <summary>Whether a well-formed fleet makes sense: references, redundancy, keys, limits.</summary>
internal static class FleetRules
{
    private static readonly TimeSpan s_keyWarning = TimeSpan.FromDays(30);
    private static readonly TimeSpan s_usualInterval = TimeSpan.FromMinutes(10);

    public static void Check(FleetDescription fleet, FleetNode root, DateTimeOffset now, List<FleetProblem> problems)
    {
        if (fleet.Contacts.Count == 0) problems.Add(root.Find("contacts")!.Problem("names nobody, expected at least one contact"));
        if (fleet.Environments.Count == 0) problems.Add(root.Find("environments")!.Problem("is empty, expected at least one environment"));
        foreach (var (id, node) in root.Find("environments")!.Entries!) MustKnow(node, "channels", fleet.Environments[id].Channels, fleet.Routing.Keys, "routing", problems);
        foreach (var (id, node) in root.Find("routing")!.Entries!)
        {
            var (page, ticket, info) = fleet.Routing[id];
            foreach (string receiver in (string[])[page, ticket, info]) MustKnow(node, "receiver", receiver, fleet.Receivers.Keys, "receiver", problems);
        }

        foreach (var (_, node) in root.Find("receivers")!.Entries!)
        {
            if (node.Text("to") is null && node.Text("url_ref") is null) problems.Add(node.Problem("has neither to nor url_ref"));
            else if (node.Text("type") == "email" && node.Text("to")?.Contains('@', StringComparison.Ordinal) != true) problems.Add(node.Problem("is of the type email and has no address in to"));
            else if (node.Text("type") != "email" && node.Text("url_ref") is null) problems.Add(node.Problem($"is of the type {node.Text("type")} and has no url_ref, which says where its secret {(node.Text("type") is "pagerduty" or "opsgenie" ? "key" : "URL")} is"));
            if (node.Text("url_ref") is { } reference && !IsReference(reference)) problems.Add(node.Problem("has a url_ref that is no reference: expected env:NAME, file:/path or vault:key; secrets do not belong here"));
        }

        Servers(fleet, problems);
        foreach (var repository in fleet.Repositories.Values) Repository(fleet, repository, now, problems);
        foreach (var domain in fleet.Domains.Values) Domain(fleet, domain, problems);
        Sites(fleet, root, problems);
        Maintenance(fleet, root, problems);
        Redundancy(fleet, root, problems);
    }

    private static void Servers(FleetDescription fleet, List<FleetProblem> problems)
    {
        var taken = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var server in fleet.Servers.Values)
        {
            var node = server.Node!;
            MustKnow(node, "environment", server.Environment, fleet.Environments.Keys, "environment", problems);
            if (server.Owner.Length > 0) MustKnow(node, "owner", server.Owner, fleet.Contacts.Keys, "contact", problems);
            if (server.Upstream is { } upstream) MustKnow(node, "upstream", upstream, fleet.Servers.Keys, "server", problems);
            if (server.Origin is { } origin) MustKnow(node, "origin", origin, fleet.Servers.Keys, "server", problems);
            if (!ScrapeTarget.TryParse($"{server.Scheme}://{server.Host}", out _)) problems.Add(node.Problem($"has the host \"{server.Host}\", which is no host name"));
            foreach (string name in server.Repositories) MustKnow(node, "repositories", name, fleet.Repositories.Keys, "repository", problems);
            if (!server.IsActive) continue;
            string address = $"{server.Environment} {server.Role} {server.Host}:{server.Port}";
            if (!taken.TryAdd(address, server.Id)) problems.Add(node.Problem($"has the same host, port and role as {taken[address]}: {server.Host}:{server.Port}, {server.Role}"));
            if (server is { Role: "stratum1", IsPublic: true, Owner: "" }) problems.Add(node.Problem("is a public Stratum 1 without an owner"));
            if (server is { Role: "stratum1", Environment: "prod", Upstream: null }) problems.Add(node.Problem("is a Stratum 1 in prod without an upstream"));
            if (server is { Role: "cdn", Origin: null }) problems.Add(node.Problem("is a CDN without an origin"));
            if (server.Backend == "s3" && !fleet.RepositoriesOf(server).Any()) problems.Add(node.Problem("is an S3 server that no repository names, and cannot list what it has"));
            if (server is { Role: "stratum1", IsPublic: true, HasLocation: false }) problems.Add(node.Problem("has no coordinates: the order of the geo API cannot be judged", isError: false));
        }
    }

    private static void Repository(FleetDescription fleet, FleetRepository repository, DateTimeOffset now, List<FleetProblem> problems)
    {
        var node = repository.Node!;
        if (!RepositoryName.TryParse(repository.Name, out _)) problems.Add(node.Problem("is no repository name"));
        MustKnow(node, "environment", repository.Environment, fleet.Environments.Keys, "environment", problems);
        MustKnow(node, "owner", repository.Owner, fleet.Contacts.Keys, "contact", problems);
        foreach (string id in repository.Sync.Concat(repository.Replicas).Concat(repository.Stratum0 is { } stratum0 ? [stratum0] : [])) MustKnow(node, "server", id, fleet.Servers.Keys, "server", problems);
        if (repository.IsGarbageCollectable && repository.MaxCollectionAge is null) problems.Add(node.Problem("is garbage_collectable and has no max_gc_age"));
        if (!fleet.Domains.TryGetValue(repository.Domain, out var domain))
        {
            problems.Add(node.Problem($"has the domain {repository.Domain}, which is not among domains"));
            return;
        }

        FleetKey[] keys = [.. domain.Keys.Where(fleet.Keys.ContainsKey).Select(id => fleet.Keys[id])];
        FleetKey[] active = [.. keys.Where(key => key.State == "active")];
        if (active.Length == 0) problems.Add(node.Problem($"has no active key: those of {domain.Name} are {Names(keys.Select(key => $"{key.Id} ({key.State})"))}"));
        else if (active.All(key => key.ValidUntil < now + s_keyWarning) && !keys.Any(key => key.State == "next")) problems.Add(node.Problem($"has only keys that end within 30 days ({Names(active.Select(key => key.Id))}) and no next one"));
        var interval = fleet.ActiveServers.Where(server => repository.Replicas.Contains(server.Id)).Select(server => server.SnapshotInterval ?? s_usualInterval).DefaultIfEmpty(s_usualInterval).Max();
        if (repository.MaxLag < interval * 2) problems.Add(node.Problem($"has a max_lag of {repository.MaxLag.TotalMinutes:0} min, less than two snapshot intervals of {interval.TotalMinutes:0} min", isError: false));
    }

    private static void Domain(FleetDescription fleet, FleetDomain domain, List<FleetProblem> problems)
    {
        foreach (string key in domain.Keys) MustKnow(domain.Node!, "keys", key, fleet.Keys.Keys, "key", problems);
        foreach (string id in domain.ServerOrder.Concat(domain.CdnOrder))
        {
            if (!MustKnow(domain.Node!, "server_order", id, fleet.Servers.Keys, "server", problems)) continue;
            var server = fleet.Servers[id];
            // A retired server simply drops out of every order; whoever retires it need not edit the lists.
            if (server.State == "retired") continue;
            if (!server.IsPublic) problems.Add(domain.Node!.Problem($"has {id} in an order for clients, which is not public"));
            if (!server.IsActive) problems.Add(domain.Node!.Problem($"has {id} in an order for clients, which is {server.State}"));
        }
    }

    private static void Sites(FleetDescription fleet, FleetNode root, List<FleetProblem> problems)
    {
        foreach (var (id, node) in root.Find("proxies")?.Entries ?? [])
        {
            MustKnow(node, "environment", fleet.Proxies[id].Environment, fleet.Environments.Keys, "environment", problems);
            foreach (string upstream in node.Texts("upstreams"))
            {
                if (MustKnow(node, "upstreams", upstream, fleet.Servers.Keys, "server", problems) && fleet.Servers[upstream].Scheme == "https") problems.Add(node.Problem($"is an http proxy for {upstream}, which speaks https only"));
            }
        }

        foreach (var (id, node) in root.Find("sites")?.Entries ?? [])
        {
            foreach (string proxy in fleet.Sites[id].Proxies.Concat(fleet.Sites[id].FallbackProxies)) MustKnow(node, "proxies", proxy, fleet.Proxies.Keys, "proxy", problems);
            foreach (string repository in fleet.Sites[id].Repositories) MustKnow(node, "repositories", repository, fleet.Repositories.Keys, "repository", problems);
        }

        foreach (string id in fleet.Proxies.Keys.Intersect(fleet.Servers.Keys)) problems.Add(root.Find("proxies")!.Entries![id].Problem("has the id of a server; metrics could not tell them apart"));
    }

    private static void Maintenance(FleetDescription fleet, FleetNode root, List<FleetProblem> problems)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var window in root.Find("maintenance")?.Items ?? [])
        {
            if (!ids.Add(window.Text("id") ?? "")) problems.Add(window.Problem($"has the id {window.Text("id")} of another window"));
            if (window.Time("to") <= window.Time("from")) problems.Add(window.Problem("ends before it starts"));
            foreach (string id in window.Texts("servers")) MustKnow(window, "servers", id, fleet.Servers.Keys.Concat(fleet.Proxies.Keys), "server", problems);
            foreach (string name in window.Texts("repositories")) MustKnow(window, "repositories", name, fleet.Repositories.Keys, "repository", problems);
        }
    }

    private static void Redundancy(FleetDescription fleet, FleetNode root, List<FleetProblem> problems)
    {
        var node = root.Find("servers")!;
        foreach (string environment in fleet.Environments.Values.Where(environment => environment.IsOnStatusPage).Select(environment => environment.Id))
        {
            FleetServer[] replicas = [.. fleet.ActiveServers.Where(server => server is { Role: "stratum1", IsPublic: true } && server.Environment == environment)];
            if (replicas.Length < 2) problems.Add(node.Problem($"has {replicas.Length} public Stratum 1 in {environment}, expected at least 2", isError: false));
            int regions = replicas.Select(server => server.Region).Where(region => region.Length > 0).Distinct().Count();
            if (regions < 3) problems.Add(node.Problem($"has public Stratum 1 of {environment} in {regions} named regions, expected at least 3", isError: false));
            string[] providers = [.. replicas.Select(server => server.Provider).Distinct()];
            if (replicas.Length > 1 && providers is [{ Length: > 0 }]) problems.Add(node.Problem($"has every public Stratum 1 of {environment} at one provider, {providers[0]}", isError: false));
        }
    }

    private static bool MustKnow(FleetNode node, string key, string name, IEnumerable<string> known, string what, List<FleetProblem> problems)
    {
        if (known.Contains(name)) return true;
        var at = node.Find(key) ?? node;
        problems.Add(at.Problem($"names the {what} \"{name}\", which is not in the file; there are {Names(known)}"));
        return false;
    }

    private static bool IsReference(string text) => text.StartsWith("env:", StringComparison.Ordinal) || text.StartsWith("file:/", StringComparison.Ordinal) || text.StartsWith("vault:", StringComparison.Ordinal);

    private static string Names(IEnumerable<string> names)
    {
        string joined = string.Join(", ", names.Take(12));
        return joined.Length == 0 ? "none" : joined;
    }
}
