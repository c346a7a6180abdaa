namespace Cvmfs.Net.Monitoring.Fleet.Drift;

/// <summary>Whether servers have the repositories, signatures and orders that the file says.</summary>
internal sealed class ServerDrift(FleetDescription fleet, ScraperOptions options, DriftFindings findings)
{
    private const string OwnSet = "fleet";

    public async Task CompareAsync(CancellationToken cancellationToken)
    {
        findings.Compared.UnionWith([DriftKind.Replicas, DriftKind.Keys, DriftKind.MetaInfo]);
        var byId = fleet.Keys.Values.SelectMany(key => key.Ids.Select(id => (id, key))).ToLookup(pair => pair.id, pair => pair.key);
        var queries = GeoQuestions();
        if (queries.Count > 0) findings.Compared.Add(DriftKind.Geo);
        var reports = await FleetServers.ScrapeAsync(fleet, options with { GeoQueries = queries }, cancellationToken).ConfigureAwait(false);
        foreach (var report in reports)
        {
            var server = fleet.Servers[report.Target.Name];
            if (report.Outcome == ServerOutcome.Unreachable)
            {
                findings.CannotSee(DriftKind.Replicas, server.Id, $"does not answer: {report.Detail}");
                continue;
            }

            CompareRepositories(server, report);
            foreach (var repository in report.Repositories) CompareKey(server, repository, byId);
            CompareContact(server, report);
            foreach (var geo in report.Geo.Where(geo => geo.IsRight == false)) findings.Differs(DriftKind.Geo, server.Id, $"orders {string.Join(", ", geo.HostsInOrder)} for a client at {geo.Query.Anchor.Name}, which is not the order of the distances that the file gives");
        }

        await new MetaInfoDrift(fleet, options, findings).CompareAsync(reports, cancellationToken).ConfigureAwait(false);
    }

    private void CompareRepositories(FleetServer server, ServerReport report)
    {
        var expected = fleet.RepositoriesOf(server).Select(repository => repository.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var repository in report.Repositories)
        {
            string name = repository.Name.ToString();
            if (!expected.Contains(name))
            {
                string known = fleet.Repositories.ContainsKey(name) ? "which the file has on other servers" : "which is not in the file";
                findings.Differs(DriftKind.Replicas, server.Id, $"has {name}, {known}");
            }
            else if (repository.Outcome == RepositoryOutcome.Missing)
            {
                findings.Differs(DriftKind.Replicas, server.Id, $"has no {name}, which the file says it has");
            }
            else if (repository.Outcome == RepositoryOutcome.Unreachable)
            {
                findings.CannotSee(DriftKind.Replicas, server.Id, $"gave no manifest of {name}: {repository.Detail}");
            }
            else if (report.Listing is not null && !repository.IsListed)
            {
                findings.Differs(DriftKind.Replicas, server.Id, $"has {name} and does not list it");
            }
        }
    }

    private void CompareKey(FleetServer server, RepositoryReport report, ILookup<string, FleetKey> byId)
    {
        if (!fleet.Repositories.TryGetValue(report.Name.ToString(), out var repository) || report.Whitelist is null) return;
        if (report.Trust.MasterKeyId is not { } id)
        {
            if (report.Trust.IsWhitelistValid == false) findings.Differs(DriftKind.Keys, $"{repository.Name} on {server.Id}", "has a whitelist that no key of the file signed");
            return;
        }

        var domain = fleet.Domains[repository.Domain];
        var own = byId[id].FirstOrDefault(key => domain.Keys.Contains(key.Id));
        if (own is null) findings.Differs(DriftKind.Keys, $"{repository.Name} on {server.Id}", $"has a whitelist signed by {byId[id].FirstOrDefault()?.Id ?? id}, which is no key of {domain.Name}");
        else if (own.State != "active") findings.Differs(DriftKind.Keys, $"{repository.Name} on {server.Id}", $"has a whitelist signed by {own.Id}, which is {own.State} in the file");
    }

    private void CompareContact(FleetServer server, ServerReport report)
    {
        if (report.Meta?.Email is not { Length: > 0 } email || fleet.Contacts.GetValueOrDefault(server.Owner) is not { Email.Length: > 0 } contact) return;
        if (!string.Equals(email, contact.Email, StringComparison.OrdinalIgnoreCase)) findings.Differs(DriftKind.MetaInfo, server.Id, $"names {email}, and the file says {contact.Email}");
    }

    /// <summary>The places of the public servers, asked from the place of each: two or more that are known.</summary>
    private List<GeoQuery> GeoQuestions()
    {
        if (options.GeoQueries.Count == 0) return [];
        GeoHost[] hosts = [.. fleet.ActiveServers.Where(server => server is { IsPublic: true, Role: "stratum1", HasLocation: true } && !System.Net.IPAddress.TryParse(server.Host, out _)).DistinctBy(server => server.Host)
            .Select(server => new GeoHost(server.Host, server.Node?.Find("location")?.Number("lat"), server.Node?.Find("location")?.Number("lon")))];
        return hosts.Length < 2 ? [] : [new GeoQuery(OwnSet, hosts)];
    }
}
