using Cvmfs.Net.Documents;
using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Monitoring.Scraping;

/// <summary>Scrapes one server within its time: its documents first, then its repositories side by side.</summary>
internal sealed class ServerScrape(ScrapeTarget target, EndpointClient client, ScraperOptions options)
{
    private const int MaxJsonBytes = 1 << 20;

    public async Task<ServerReport> RunAsync(long start)
    {
        var (listing, listingError, listingDetail) = await ReadListingAsync().ConfigureAwait(false);
        var backend = target.Backend != ServerBackend.AutoDetect ? target.Backend
            : listing is not null ? ServerBackend.Cvmfs
            : listingError is ErrorClass.Http404 or ErrorClass.Http403 ? ServerBackend.S3
            : ServerBackend.AutoDetect;
        var meta = backend == ServerBackend.Cvmfs ? ReadMetaAsync() : Task.FromResult<ServerMetaInfo?>(null);

        var chosen = Choose(listing);
        var repositories = await Task.WhenAll(chosen.Select(one => new RepositoryScrape(client, options, target.BaseUrl, one.Name, one.Path, one.IsPassThrough).RunAsync())).ConfigureAwait(false);

        var report = new ServerReport
        {
            Target = target,
            Outcome = ServerOutcome.Reachable,
            Backend = backend,
            Listing = listing,
            Meta = await meta.ConfigureAwait(false),
            Repositories = repositories,
            Endpoints = client.Reports,
            ScrapedAt = options.TimeProvider.GetUtcNow(),
            Duration = options.TimeProvider.GetElapsedTime(start),
        };
        return Judge(report, listingError, listingDetail);
    }

    /// <summary>A server whose list is gone is as bad as its back end needs the list; otherwise its repositories decide.</summary>
    private static ServerReport Judge(ServerReport report, ErrorClass listingError, string? listingDetail)
    {
        bool needsList = report.Backend != ServerBackend.S3;
        var broken = report.Repositories.FirstOrDefault(repository => repository.Outcome is not (RepositoryOutcome.Ok or RepositoryOutcome.Unverified));
        bool anything = report.Listing is not null || report.Repositories.Any(repository => repository.Manifest is not null);
        if (!anything)
        {
            var (error, detail) = needsList || broken is null ? (listingError, listingDetail) : (broken.Error, broken.Detail);
            return report with
            {
                Outcome = ServerOutcome.Unreachable,
                Error = error,
                Detail = detail ?? "no repository is named and the server lists none",
            };
        }

        if (needsList && report.Listing is null) return report with { Outcome = ServerOutcome.Partial, Error = listingError, Detail = listingDetail };
        return broken is null ? report : report with { Outcome = ServerOutcome.Partial, Error = broken.Error, Detail = $"{broken.Name}: {broken.Detail}" };
    }

    /// <summary>What to ask for: the named repositories, and the listed ones unless only the named ones are wanted. By name, each once.</summary>
    private List<(RepositoryName Name, string Path, bool IsPassThrough)> Choose(RepositoriesDocument? listing)
    {
        var chosen = new SortedDictionary<string, (RepositoryName Name, string Path, bool IsPassThrough)>(StringComparer.Ordinal);
        bool onlyThese = target.OnlyThese ?? target.Repositories.Count > 0;
        foreach (var item in listing?.Repositories.Concat(listing.Replicas) ?? [])
        {
            if (!onlyThese || target.Repositories.Contains(item.Name)) chosen[item.Name.ToString()] = (item.Name, item.Path, item.IsPassThrough);
        }

        foreach (var name in target.Repositories) chosen.TryAdd(name.ToString(), (name, $"/cvmfs/{name}", false));
        return [.. chosen.Values];
    }

    private async Task<(RepositoriesDocument? Listing, ErrorClass Error, string? Detail)> ReadListingAsync()
    {
        if (target.Backend == ServerBackend.S3) return (null, ErrorClass.None, null);
        var url = new Uri($"{target.BaseUrl.AbsoluteUri.TrimEnd('/')}/cvmfs/info/v1/repositories.json");
        var (body, error, detail) = await client.GetAsync("repositories", url, MaxJsonBytes).ConfigureAwait(false);
        if (body is null) return (null, error, detail);
        try
        {
            return (RepositoriesDocument.Parse(body, url.AbsoluteUri), ErrorClass.None, null);
        }
        catch (CvmfsFormatException odd)
        {
            client.Reject("repositories", url, ErrorClass.JsonSyntax, odd.Message);
            return (null, ErrorClass.JsonSyntax, odd.Message);
        }
    }

    private async Task<ServerMetaInfo?> ReadMetaAsync()
    {
        var url = new Uri($"{target.BaseUrl.AbsoluteUri.TrimEnd('/')}/cvmfs/info/v1/meta.json");
        var (body, _, _) = await client.GetAsync("meta", url, MaxJsonBytes).ConfigureAwait(false);
        if (body is null) return null; // servers need not have one
        try
        {
            return ServerMetaInfo.Parse(body, url.AbsoluteUri);
        }
        catch (CvmfsFormatException odd)
        {
            client.Reject("meta", url, ErrorClass.JsonSyntax, odd.Message);
            return null;
        }
    }
}
