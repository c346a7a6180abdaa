using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Monitoring.Fleet;

/// <summary>Servers of a fleet as whoever looks at them wants them: which ones, where, and what they should have.</summary>
internal static class FleetTargets
{
    /// <summary>Servers in use that somebody can ask for repositories, by id. Of gateways nobody can, and of buckets only when the file says what is in them: they do not list it.</summary>
    public static IEnumerable<FleetServer> ServersOf(FleetDescription fleet)
        => fleet.ActiveServers.Where(server => server.Role != "gateway" && (server.Role != "bucket" || fleet.RepositoriesOf(server).Any()));

    /// <summary>Those servers as targets; each is expected to have the repositories that the file gives it.</summary>
    public static IEnumerable<ScrapeTarget> Of(FleetDescription fleet) => ServersOf(fleet).Select(server => Of(fleet, server));

    /// <summary>One server as a target, named by its id.</summary>
    public static ScrapeTarget Of(FleetDescription fleet, FleetServer server)
    {
        var backend = BackendOf(server);
        return new ScrapeTarget(UrlOf(server))
        {
            Name = server.Id,
            Environment = server.Environment,
            Backend = backend,
            Role = server.Role == "cdn" ? ServerRole.Unknown : RoleOf(server), // what a CDN lists is its origin's
            Repositories = [.. fleet.RepositoriesOf(server).Select(repository => RepositoryName.Parse(repository.Name))],
            OnlyThese = backend == ServerBackend.S3,
        };
    }

    /// <summary>What a server is for, as pages group them.</summary>
    public static ServerRole RoleOf(FleetServer server) => server.Role switch { "stratum0" => ServerRole.Stratum0, "sync" or "bucket" => ServerRole.SyncServer, _ => ServerRole.Stratum1 };

    /// <summary>How a server is told apart on pages: its host, or all of its address where that is no usual one.</summary>
    public static string PageNameOf(FleetServer server) => server.Scheme == "https" || server.Path.TrimEnd('/') != "/cvmfs" ? UrlOf(server).AbsoluteUri.TrimEnd('/') : server.Authority;

    public static ServerBackend BackendOf(FleetServer server) => server.Backend switch { "s3" => ServerBackend.S3, "cvmfs" => ServerBackend.Cvmfs, _ => server.Role == "bucket" ? ServerBackend.S3 : ServerBackend.AutoDetect };

    private static Uri UrlOf(FleetServer server)
    {
        string path = server.Path.TrimEnd('/');
        string above = path.EndsWith("/cvmfs", StringComparison.Ordinal) ? path[..^"/cvmfs".Length] : path;
        return new Uri($"{server.Scheme}://{server.Authority}{above}");
    }
}
