namespace Cvmfs.Net.Monitoring.StatusPage;

/// <summary>Planned work: what is broken in that time is not a fault.</summary>
public sealed record MaintenanceWindow
{
    /// <summary>Begin.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>End, exclusive.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>Host names of the servers; empty together with <see cref="Repositories"/> for everything.</summary>
    public IReadOnlyList<string> Servers { get; init; } = [];

    /// <summary>Names of the repositories.</summary>
    public IReadOnlyList<string> Repositories { get; init; } = [];

    /// <summary>What visitors are told.</summary>
    public string Text { get; init; } = "";

    /// <summary>Whether it is going on.</summary>
    public bool IsActiveAt(DateTimeOffset now) => From <= now && now < To;

    /// <summary>Whether it is about everything.</summary>
    public bool CoversAll => Servers.Count == 0 && Repositories.Count == 0;
}
