using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests;

/// <summary>What most scrapes of tests share.</summary>
internal static class ScrapeKit
{
    public static Task<BuiltRepository> BuildAsync() => new RepositoryBuilder("soft.example.org").File("/hello", "hello").BuildAsync(tag: "first");

    public static ScraperOptions Options(BuiltRepository repository) => new() { Keys = repository.TrustedKeys, TimeProvider = repository.Clock, RetryDelay = TimeSpan.Zero, GeoQueries = [] };

    public static async Task<ServerReport> ScrapeAsync(ScraperOptions options, ScrapeTarget target)
    {
        using var scraper = new StratumScraper(options);
        return (await scraper.ScrapeAsync([target]))[0];
    }
}
