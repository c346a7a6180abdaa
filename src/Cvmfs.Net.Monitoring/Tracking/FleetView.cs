using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Monitoring.Tracking;

/// <summary>One run over all servers, put beside what was known before. Immutable.</summary>
public sealed class FleetView
{
    private readonly Dictionary<(string Server, RepositoryName Repository), RepositoryStanding> _standings;
    private readonly Dictionary<RepositoryName, RepositoryReference> _references;

    internal FleetView(IReadOnlyList<ServerReport> servers, DateTimeOffset at, IEnumerable<RepositoryReference> references, IEnumerable<RepositoryStanding> standings)
    {
        (Servers, At) = (servers, at);
        _references = references.ToDictionary(reference => reference.Repository);
        _standings = standings.ToDictionary(standing => (standing.Server, standing.Repository));
    }

    /// <summary>The reports, in the order of the targets.</summary>
    public IReadOnlyList<ServerReport> Servers { get; }

    /// <summary>The instant that ages are measured at.</summary>
    public DateTimeOffset At { get; }

    /// <summary>What replicas were compared with, by name of the repository.</summary>
    public IEnumerable<RepositoryReference> References => _references.Values.OrderBy(reference => reference.Repository.ToString(), StringComparer.Ordinal);

    /// <summary>A run by itself, with nothing known from before.</summary>
    public static FleetView Of(IReadOnlyList<ServerReport> servers, DateTimeOffset at) => new FleetHistory().Observe(servers, at);

    /// <summary>What a repository is compared with; null where no server has a manifest to be believed.</summary>
    public RepositoryReference? Reference(RepositoryName repository) => _references.GetValueOrDefault(repository);

    /// <summary>How a repository on a server stands; null where the server has no report of it.</summary>
    public RepositoryStanding? Find(string server, RepositoryName repository) => _standings.GetValueOrDefault((server, repository));
}
