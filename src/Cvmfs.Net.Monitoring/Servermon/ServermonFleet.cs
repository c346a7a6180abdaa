using Cvmfs.Net.Monitoring.Serving;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Monitoring.Servermon;

/// <summary>What servermon's API has from a fleet. Immutable.</summary>
public sealed record ServermonFleet
{
    /// <summary>What a fleet file that says nothing means, and servermon too: there its own file may say otherwise.</summary>
    private static readonly TimeSpan s_usualSnapshotAge = TimeSpan.FromHours(8);

    /// <summary>No fleet.</summary>
    public static ServermonFleet None { get; } = new();

    /// <summary>Servers by alias, besides <c>local</c>, which is this machine. The file may add to them.</summary>
    public IReadOnlyDictionary<string, Uri> Aliases { get; init; } = new Dictionary<string, Uri>();

    /// <summary>By repository, how old a snapshot may be before it is a warning, critical at three times that; instead of the limits for all. None by default.</summary>
    public IReadOnlyDictionary<string, TimeSpan> SnapshotAges { get; init; } = new Dictionary<string, TimeSpan>();

    /// <summary>By repository, how long a replica may be behind before <c>sync</c> is a warning, critical at three times that. Others: 45 min.</summary>
    public IReadOnlyDictionary<string, TimeSpan> MaxLags { get; init; } = new Dictionary<string, TimeSpan>();

    /// <summary>Keys that <c>signature</c> verifies with, besides those of the options.</summary>
    public MasterKeys Keys { get; init; } = MasterKeys.None;

    /// <summary>What a monitored fleet has of all this; limits only where it was made from a fleet file.</summary>
    public static ServermonFleet Of(MonitoredFleet fleet)
    {
        ArgumentNullException.ThrowIfNull(fleet);
        var repositories = fleet.Fleet?.Repositories.Values.ToList() ?? [];
        return new ServermonFleet
        {
            Aliases = fleet.Servers.DistinctBy(server => server.Target.Name).ToDictionary(server => server.Target.Name, server => server.Target.BaseUrl, StringComparer.Ordinal),
            SnapshotAges = repositories.Where(repository => repository.MaxSnapshotAge != s_usualSnapshotAge).ToDictionary(repository => repository.Name, repository => repository.MaxSnapshotAge, StringComparer.Ordinal),
            MaxLags = repositories.ToDictionary(repository => repository.Name, repository => repository.MaxLag, StringComparer.Ordinal),
            Keys = fleet.Keys,
        };
    }
}
