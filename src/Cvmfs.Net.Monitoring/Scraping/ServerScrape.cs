using Cvmfs.Net.Documents;

namespace Cvmfs.Net.Monitoring.Scraping;

/// <summary>Scrapes one server within its time: its documents first, then its repositories side by side, then what changes slowly.</summary>
internal sealed class ServerScrape(ScrapeTarget target, EndpointClient client, ScraperOptions options, NetworkProbe? network, SlowFacts facts, SemaphoreSlim samplers)
{
    private const int MaxJsonBytes = 1 << 20;

    public async Task<ServerReport> RunAsync(long start, CancellationToken cancellationToken)
    {
        var seen = LookAtNetworkAsync();
        var (listing, listingError, listingDetail) = await ReadListingAsync().ConfigureAwait(false);
        var backend = target.Backend != ServerBackend.AutoDetect ? target.Backend
            : listing is not null ? ServerBackend.Cvmfs
            : listingError is ErrorClass.Http404 or ErrorClass.Http403 ? ServerBackend.S3
            : ServerBackend.AutoDetect;
        var report = new ServerReport
        {
            Target = target,
            Outcome = ServerOutcome.Reachable,
            Backend = backend,
            Role = RoleOf(listing),
            Listing = listing,
            Repositories = [],
            Endpoints = [],
            ScrapedAt = default,
            Duration = default,
        };
        if (listing is not null && FindMismatch(listing) is { } mismatch)
        {
            if (options.FailOnTypeMismatch) return Close(report with { Network = await seen.ConfigureAwait(false), Outcome = ServerOutcome.Unreachable, Error = ErrorClass.TypeMismatch, Detail = mismatch, IsFailed = true }, start);
            report = report with { Warnings = [new ReportWarning(ErrorClass.TypeMismatch, mismatch)] };
        }

        var meta = backend == ServerBackend.Cvmfs ? ReadMetaAsync() : Task.FromResult<ServerMetaInfo?>(null);
        var chosen = Choose(listing);
        var geo = AskGeoAsync(report, chosen);
        bool isReplicaServer = report.Role is ServerRole.Stratum1 or ServerRole.SyncServer;
        var repositories = await Task.WhenAll(chosen.Select(one => new RepositoryScrape(
            client, options, target.BaseUrl, one, one.IsReplica || (isReplicaServer && !one.IsListed), samplers).RunAsync(cancellationToken))).ConfigureAwait(false);
        report = report with
        {
            Meta = await meta.ConfigureAwait(false),
            Geo = await geo.ConfigureAwait(false),
            Network = await seen.ConfigureAwait(false),
            Repositories = repositories,
        };
        return Close(Judge(report, listingError, listingDetail), start);
    }

    private ServerReport Close(ServerReport report, long start)
    {
        var endpoints = client.Reports;
        return report with
        {
            Endpoints = endpoints,
            ClockSkew = Median([.. endpoints.Where(endpoint => endpoint.ClockSkew is not null).Select(endpoint => endpoint.ClockSkew!.Value).Order()]),
            ScrapedAt = options.TimeProvider.GetUtcNow(),
            Duration = options.TimeProvider.GetElapsedTime(start),
        };
    }

    private static TimeSpan? Median(TimeSpan[] sorted) => sorted.Length == 0 ? null : sorted[sorted.Length / 2];

    private ServerRole RoleOf(RepositoriesDocument? listing) => target.Role switch
    {
        not ServerRole.Unknown => target.Role,
        _ when listing is { Replicas.Count: > 0 } => ServerRole.Stratum1,
        _ when listing is { Repositories.Count: > 0 } => ServerRole.Stratum0,
        _ => ServerRole.Unknown,
    };

    private string? FindMismatch(RepositoriesDocument listing) => target.Role switch
    {
        ServerRole.Stratum0 when listing.Replicas.Count > 0 => $"{target.Name} is said to be a Stratum 0, and it lists {listing.Replicas.Count} replicas",
        ServerRole.Stratum1 or ServerRole.SyncServer when listing.Replicas.Count == 0 => $"{target.Name} is said to have replicas, and it lists none",
        _ => null,
    };

    /// <summary>A server whose list is gone is as bad as its back end needs the list; otherwise its repositories decide.</summary>
    private static ServerReport Judge(ServerReport report, ErrorClass listingError, string? listingDetail)
    {
        bool needsList = report.Backend != ServerBackend.S3;
        var broken = report.Repositories.FirstOrDefault(repository => !repository.IsUp);
        bool anything = report.Listing is not null || report.Repositories.Any(repository => repository.Manifest is not null);
        if (!anything)
        {
            var (error, detail) = needsList || broken is null ? (listingError, listingDetail) : (broken.Error, broken.Detail);
            return report with
            {
                Outcome = ServerOutcome.Unreachable,
                IsFailed = true,
                Error = error,
                Detail = detail ?? "no repository is named and the server lists none",
            };
        }

        if (needsList && report.Listing is null) return report with { Outcome = ServerOutcome.Partial, IsFailed = true, Error = listingError, Detail = listingDetail };
        if (broken is not null) return report with { Outcome = ServerOutcome.Partial, Error = broken.Error, Detail = $"{broken.Name}: {broken.Detail}" };
        foreach (var repository in report.Repositories)
        {
            if (repository.Objects.FirstOrDefault(one => one.Outcome is ObjectOutcome.Missing or ObjectOutcome.Corrupt) is { } lost)
            {
                return report with { Outcome = ServerOutcome.Partial, Error = lost.Error, Detail = $"{repository.Name}: {lost.Detail}" };
            }
        }

        return report;
    }

    /// <summary>What to ask for: the named repositories, and the listed ones unless only the named ones are wanted. By name, each once.</summary>
    private List<ChosenRepository> Choose(RepositoriesDocument? listing)
    {
        var chosen = new SortedDictionary<string, ChosenRepository>(StringComparer.Ordinal);
        bool anyNamed = target.Repositories.Count > 0;
        bool onlyThese = target.OnlyThese ?? anyNamed;
        var replicas = listing?.Replicas.Select(item => item.Name).ToHashSet() ?? [];
        foreach (var item in listing?.Repositories.Concat(listing.Replicas) ?? [])
        {
            bool isNamed = target.Repositories.Contains(item.Name);
            if (onlyThese ? !isNamed : target.Ignored.Contains(item.Name)) continue;
            chosen[item.Name.ToString()] = new ChosenRepository(item.Name, item.Path, item.IsPassThrough, IsListed: true, replicas.Contains(item.Name), isNamed || !anyNamed);
        }

        foreach (var name in target.Repositories)
        {
            if (!onlyThese && target.Ignored.Contains(name)) continue;
            chosen.TryAdd(name.ToString(), new ChosenRepository(name, $"/cvmfs/{name}", IsPassThrough: false, IsListed: false, IsReplica: false, IsExpected: true));
        }

        return [.. chosen.Values];
    }

    /// <summary>The geo API, where there is one and the last answer is old.</summary>
    private async Task<IReadOnlyList<GeoReport>> AskGeoAsync(ServerReport report, List<ChosenRepository> chosen)
    {
        bool isAsked = report.Role is ServerRole.Stratum1 or ServerRole.SyncServer && report.Backend != ServerBackend.S3;
        if (!isAsked || options.GeoQueries.Count == 0 || (chosen.Find(one => one.IsReplica) ?? chosen.FirstOrDefault()) is not { } repository) return [];
        if (facts.Geo.Count > 0 && options.TimeProvider.GetUtcNow() - facts.Geo[0].AskedAt < options.GeoInterval) return facts.Geo;
        var answers = new List<GeoReport>();
        foreach (var query in options.GeoQueries) answers.Add(await GeoProbe.AskAsync(client, target.BaseUrl, repository.Path, query, options.TimeProvider).ConfigureAwait(false));
        return facts.Geo = answers;
    }

    private async Task<NetworkReport?> LookAtNetworkAsync()
    {
        // Of an address without a name and without TLS there is nothing to tell that the requests do not tell.
        if (network is null || (target.BaseUrl is { HostNameType: UriHostNameType.IPv4 or UriHostNameType.IPv6, Scheme: "http" })) return null;
        if (facts.Network is { } known && options.TimeProvider.GetUtcNow() - known.ProbedAt < options.NetworkInterval) return known;
        string path = target.Repositories.Count > 0 ? $"/cvmfs/{target.Repositories[0]}/{Transport.RootFileNames.Manifest}" : "/cvmfs/info/v1/repositories.json";
        return facts.Network = await network.RunAsync(path).ConfigureAwait(false);
    }

    private async Task<(RepositoriesDocument? Listing, ErrorClass Error, string? Detail)> ReadListingAsync()
    {
        if (target.Backend == ServerBackend.S3) return (null, ErrorClass.None, null);
        var fetched = await client.GetAsync(new Asked("repositories", InfoUrl("repositories.json")), MaxJsonBytes).ConfigureAwait(false);
        if (fetched.Body is not { } body) return (null, fetched.Error, fetched.Detail);
        try
        {
            var listing = RepositoriesDocument.Parse(body, fetched.Report.Url.AbsoluteUri);
            return JsonBody.FindNonArray(body, "repositories", "replicas") is { } odd
                ? Refuse(ErrorClass.JsonSchema, $"{fetched.Report.Url}: \"{odd}\" is no array")
                : (listing, ErrorClass.None, null);
        }
        catch (CvmfsFormatException odd)
        {
            return Refuse(JsonBody.Classify(body), odd.Message);
        }

        (RepositoriesDocument? Listing, ErrorClass Error, string? Detail) Refuse(ErrorClass error, string detail)
        {
            client.Reject(fetched.Report, error, detail);
            return (null, error, detail);
        }
    }

    private async Task<ServerMetaInfo?> ReadMetaAsync()
    {
        var fetched = await client.GetAsync(new Asked("meta", InfoUrl("meta.json")), MaxJsonBytes).ConfigureAwait(false);
        if (fetched.Body is null) return null; // servers need not have one
        try
        {
            return ServerMetaInfo.Parse(fetched.Body, fetched.Report.Url.AbsoluteUri);
        }
        catch (CvmfsFormatException odd)
        {
            client.Reject(fetched.Report, JsonBody.Classify(fetched.Body), odd.Message);
            return null;
        }
    }

    private Uri InfoUrl(string file) => new($"{target.BaseUrl.AbsoluteUri.TrimEnd('/')}/cvmfs/info/v1/{file}");
}
