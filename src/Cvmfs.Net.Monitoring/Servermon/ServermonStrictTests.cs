using Cvmfs.Net.Documents;

namespace Cvmfs.Net.Monitoring.Servermon;

/// <summary>Tests that servermon does not have: looks at the server as the monitor does, and says it in servermon's words.</summary>
internal sealed class ServermonStrictTests(ServermonOptions options, ServermonConfiguration settings, ServermonTarget target, RepositoriesDocument listing)
{
    private const int RequestsAtATime = 8;
    private const int CriticalFactor = 3;
    private static readonly TimeSpan s_usualLag = TimeSpan.FromMinutes(45);
    private static readonly TimeSpan s_certificateWarning = TimeSpan.FromDays(14);
    private static readonly TimeSpan s_certificateCritical = TimeSpan.FromDays(3);
    private const double LowStorage = 0.1;
    private const double ScarceStorage = 0.03;

    /// <summary>Everything some tests find; those of servermon are none of its concern.</summary>
    /// <param name="tests">Names of tests.</param>
    /// <param name="isLocal">Whether this machine is what was asked for.</param>
    /// <param name="left">Time that is left.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<IReadOnlyList<ServermonResult>> RunAsync(IReadOnlySet<string> tests, bool isLocal, TimeSpan left, CancellationToken cancellationToken)
    {
        var results = new List<ServermonResult>();
        string? host = listing.Replicas.Concat(listing.Repositories).Select(item => ServermonTests.NameOf(item.Path)).FirstOrDefault(); // as geo does it
        if (tests.Contains("storage") && isLocal && host is not null && options.StorageFolder is { } folder) results.Add(StorageOf(folder, host));
        bool asksHost = tests.Contains("tls") && target.BaseUrl.Scheme == "https" && host is not null;
        string[] asked = target.Subfolder.Length > 0 ? [] : [.. new[] { "signature", "rootcatalog", "sync" }.Where(tests.Contains)]; // what stands behind a name is no repository that could be verified
        if (asked.Length == 0 && !asksHost) return results;

        var report = await LookAsync(asked.Length > 0, asksHost, left, cancellationToken).ConfigureAwait(false);
        if (asksHost) Add("tls", host!, report is null ? TimedOut : CertificateOf(report));
        foreach (var item in listing.Repositories.Concat(listing.Replicas))
        {
            string name = ServermonTests.NameOf(item.Path);
            if (settings.ExcludedRepositories.Contains(name)) continue;
            var repository = report?.Find(item.Name);
            foreach (string test in asked)
            {
                Add(test, name, repository is null ? TimedOut : test switch
                {
                    "signature" => SignatureOf(repository),
                    "rootcatalog" => CatalogOf(repository),
                    _ => SyncOf(repository),
                });
            }
        }

        return results;

        void Add(string test, string repository, (ServermonStatus Status, string Message)? found)
        {
            if (found is { } one) results.Add(new ServermonResult(test, repository, one.Status, one.Message));
        }
    }

    private static (ServermonStatus, string) TimedOut => (ServermonStatus.Critical, "error: " + ServermonTests.TimeOut);

    /// <summary>One look in what is left of the time; null where nothing is.</summary>
    private async Task<ServerReport?> LookAsync(bool asksRepositories, bool asksHost, TimeSpan left, CancellationToken cancellationToken)
    {
        if (left <= TimeSpan.Zero) return null;
        var keys = options.Scraping.Keys;
        using var scraper = new StratumScraper(options.Scraping with
        {
            Keys = settings.Fleet.Keys.Count > 0 ? keys.Concat(settings.Fleet.Keys) : keys,
            MaxRequestsPerServer = RequestsAtATime,
            ServerTimeout = left,
            Objects = ObjectProbing.Presence,
            SamplesPerRepository = 0,
            GeoQueries = [],
            ProbeNetwork = asksHost,
        });
        var everything = listing.Repositories.Concat(listing.Replicas);
        var ignored = everything.Where(item => !asksRepositories || settings.ExcludedRepositories.Contains(ServermonTests.NameOf(item.Path))).Select(item => item.Name);
        return (await scraper.ScrapeAsync([new ScrapeTarget(target.BaseUrl) { Ignored = [.. ignored] }], cancellationToken: cancellationToken).ConfigureAwait(false))[0];
    }

    private static (ServermonStatus, string) SignatureOf(RepositoryReport repository)
    {
        if (!repository.IsUp) return (ServermonStatus.Critical, Explain(repository.Error, repository.Detail));
        return repository.Trust.IsChainValid switch
        {
            true => (ServermonStatus.Ok, ""),
            false => (ServermonStatus.Critical, Explain(repository.Error, repository.Detail)),
            null => (ServermonStatus.Warning, "no master key is known to verify it with"),
        };
    }

    private static (ServermonStatus, string) CatalogOf(RepositoryReport repository)
    {
        if (repository.Objects.FirstOrDefault(one => one is { Kind: ObjectKind.Catalog, IsRoot: true }) is not { } catalog) return (ServermonStatus.Critical, Explain(repository.Error, repository.Detail));
        return catalog.Outcome switch
        {
            ObjectOutcome.Ok => (ServermonStatus.Ok, ""),
            ObjectOutcome.Error => (ServermonStatus.Critical, Explain(catalog.Error, catalog.Detail)),
            _ => (ServermonStatus.Critical, $"revision {repository.Manifest!.Revision} without its root catalog"),
        };
    }

    /// <summary>Judged by how long something newer has been known, not by how many revisions.</summary>
    private (ServermonStatus, string)? SyncOf(RepositoryReport repository)
    {
        if (!repository.IsReplica || repository.IsPassThrough || options.View() is not { } view || view.Reference(repository.Name) is not { } reference) return null;
        if (repository.Manifest is not { } manifest) return (ServermonStatus.Critical, Explain(repository.Error, repository.Detail));
        if (manifest.Revision == reference.Revision && manifest.RootCatalog != reference.RootCatalog) return (ServermonStatus.Critical, $"revision {manifest.Revision} is another than that of {reference.Server}");
        if (manifest.Revision >= reference.Revision) return (ServermonStatus.Ok, "");
        var known = view.Servers.FirstOrDefault(server => server.Target.BaseUrl == target.BaseUrl);
        var since = (known is null ? null : view.Find(known.Target.Name, repository.Name)?.BehindSince) ?? reference.PublishedAt ?? view.At;
        var lag = options.Scraping.TimeProvider.GetUtcNow() - since;
        var limit = settings.Fleet.MaxLags.GetValueOrDefault(repository.Name.ToString(), s_usualLag);
        var status = lag <= limit ? ServermonStatus.Ok : lag <= CriticalFactor * limit ? ServermonStatus.Warning : ServermonStatus.Critical;
        return (status, status == ServermonStatus.Ok ? "" : $"{reference.Revision - manifest.Revision} revisions behind {reference.Server} for {(long)lag.TotalMinutes} minutes");
    }

    private (ServermonStatus, string) CertificateOf(ServerReport report)
    {
        if (report.Network?.Tls is not { } tls) return (ServermonStatus.Critical, Explain(report.Error, report.Detail ?? "no address answers"));
        if (!tls.IsTrusted) return (ServermonStatus.Critical, "the certificate is not trusted");
        var left = tls.NotAfter - options.Scraping.TimeProvider.GetUtcNow();
        if (left <= TimeSpan.Zero) return (ServermonStatus.Critical, "the certificate is expired");
        var status = left < s_certificateCritical ? ServermonStatus.Critical : left < s_certificateWarning ? ServermonStatus.Warning : ServermonStatus.Ok;
        return (status, status == ServermonStatus.Ok ? "" : $"the certificate expires in {(long)left.TotalHours} hours");
    }

    private ServermonResult StorageOf(string folder, string host)
    {
        try
        {
            var (free, size) = options.Volume(folder);
            double part = size > 0 ? (double)free / size : 0;
            var status = part < ScarceStorage ? ServermonStatus.Critical : part < LowStorage ? ServermonStatus.Warning : ServermonStatus.Ok;
            return new ServermonResult("storage", host, status, status == ServermonStatus.Ok ? "" : $"{(int)(part * 100)}% of the storage are free");
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new ServermonResult("storage", host, ServermonStatus.Critical, "error: " + failed.Message);
        }
    }

    private static string Explain(ErrorClass error, string? detail) => "error: " + (error is ErrorClass.Timeout or ErrorClass.Cancelled ? ServermonTests.TimeOut : detail ?? error.Name());
}
