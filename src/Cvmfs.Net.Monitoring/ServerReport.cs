using Cvmfs.Net.Documents;
using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Monitoring;

/// <summary>Everything that was learnt of one server in one run. Immutable.</summary>
public sealed record ServerReport
{
    /// <summary>The server that was asked.</summary>
    public required ScrapeTarget Target { get; init; }

    /// <summary>How it ended.</summary>
    public required ServerOutcome Outcome { get; init; }

    /// <summary>Why not even one document came, for <see cref="ServerOutcome.Unreachable"/>; otherwise the worst of what was missing.</summary>
    public ErrorClass Error { get; init; }

    /// <summary>The error in words.</summary>
    public string? Detail { get; init; }

    /// <summary>What the server turned out to be.</summary>
    public ServerBackend Backend { get; init; }

    /// <summary>What the server is for: as the target says, else by what it lists.</summary>
    public ServerRole Role { get; init; }

    /// <summary>Whether who wants a yes or no must say no: nothing came, or the list is missing where the back end must have one.</summary>
    public bool IsFailed { get; init; }

    /// <summary>What is odd and spoils nothing.</summary>
    public IReadOnlyList<ReportWarning> Warnings { get; init; } = [];

    /// <summary>Answers of the geo API, one a question; empty where it was not asked.</summary>
    public IReadOnlyList<GeoReport> Geo { get; init; } = [];

    /// <summary>Names, addresses and TLS; null where it was not looked at.</summary>
    public NetworkReport? Network { get; init; }

    /// <summary>The server's clock less ours; null where no answer had a date of its own.</summary>
    public TimeSpan? ClockSkew { get; init; }

    /// <summary>When the run ended.</summary>
    public required DateTimeOffset ScrapedAt { get; init; }

    /// <summary>How long the run took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The list of repositories, versions and geo database date; null where there is none.</summary>
    public RepositoriesDocument? Listing { get; init; }

    /// <summary>Who runs the server; null where it does not say.</summary>
    public ServerMetaInfo? Meta { get; init; }

    /// <summary>Repositories, by name.</summary>
    public required IReadOnlyList<RepositoryReport> Repositories { get; init; }

    /// <summary>Every document that was asked for.</summary>
    public required IReadOnlyList<EndpointReport> Endpoints { get; init; }

    /// <summary>A repository's report; null when it was not asked for.</summary>
    public RepositoryReport? Find(RepositoryName name) => Repositories.FirstOrDefault(repository => repository.Name == name);
}
