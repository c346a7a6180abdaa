using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Monitoring;
using Cvmfs.Net.Repositories;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Tests.Architecture;

/// <summary>The code of README.md, compiled. <see cref="DocumentationTests"/> holds the two equal; nothing here is run.</summary>
internal static class ReadmeSamples
{
    public static async Task ReadAsync()
    {
        await using var repository = await CvmfsRepository.OpenAsync(
            "http://cvmfs-stratum-one.example.org/cvmfs/software.example.org",
            new CvmfsRepositoryOptions { Keys = await MasterKeys.LoadAsync("/etc/cvmfs/keys/example.org") });
        foreach (var entry in await repository.ListAsync(RepositoryPath.Parse("/versions"))) Console.WriteLine(entry.Kind);
        byte[] setup = await repository.ReadAllBytesAsync(RepositoryPath.Parse("/versions/latest/setup.sh"));
    }

    public static async Task ScrapeAsync()
    {
        using var scraper = new StratumScraper();
        var servers = await scraper.ScrapeAsync(["cvmfs-s1.example.org", "other.example.org:8000"]);
        foreach (var server in servers)
            foreach (var found in server.Repositories)
                Console.WriteLine($"{server.Target.Name} {found.Name}: {found.Outcome}, revision {found.Manifest?.Revision}");
    }
}
