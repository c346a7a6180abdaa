using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Monitoring.Fleet;

/// <summary>Servers of a fleet as a scraper wants them.</summary>
internal static class FleetTargets
{
    /// <summary>Servers in use that hold repositories, by id; each is expected to have those that the file gives it.</summary>
    public static IEnumerable<ScrapeTarget> Of(FleetDescription fleet) => fleet.ActiveServers.Where(server => server.Role is not ("gateway" or "bucket")).Select(server => Of(fleet, server));

    private static ScrapeTarget Of(FleetDescription fleet, FleetServer server)
    {
        string path = server.Path.TrimEnd('/');
        string above = path.EndsWith("/cvmfs", StringComparison.Ordinal) ? path[..^"/cvmfs".Length] : path;
        return new ScrapeTarget(new Uri($"{server.Scheme}://{server.Authority}{above}"))
        {
            Name = server.Id,
            Environment = server.Environment,
            Backend = server.Backend switch { "s3" => ServerBackend.S3, "cvmfs" => ServerBackend.Cvmfs, _ => ServerBackend.AutoDetect },
            Role = server.Role switch { "stratum0" => ServerRole.Stratum0, "sync" => ServerRole.SyncServer, _ => ServerRole.Stratum1 },
            Repositories = [.. fleet.RepositoriesOf(server).Select(repository => RepositoryName.Parse(repository.Name))],
            OnlyThese = server.Backend == "s3",
        };
    }
}
