using Cvmfs.Net.Monitoring.StatusPage;

namespace Cvmfs.Net.Monitoring.Incidents;

/// <summary>Something that is not well, from when it began.</summary>
/// <param name="Id">Number, never used again.</param>
/// <param name="Line">What: a line of <see cref="StatusHistory"/>, such as <c>server/s1-eu</c>.</param>
/// <param name="BeganAt">When.</param>
public sealed record Incident(long Id, string Line, DateTimeOffset BeganAt)
{
    /// <summary>How bad it is now.</summary>
    public required ServiceStatus Status { get; init; }

    /// <summary>How soon somebody has to look.</summary>
    public required AlertSeverity Severity { get; init; }

    /// <summary>Every severity that it had and that somebody was told of: they are told of its end, too.</summary>
    public IReadOnlySet<AlertSeverity> Told { get; init; } = new HashSet<AlertSeverity>();

    /// <summary>Environment of the fleet file; null where it has none.</summary>
    public string? Environment { get; init; }

    /// <summary>What was found.</summary>
    public string Message { get; init; } = "";

    /// <summary>When it was over; null while it goes on.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>When somebody was told last; null where nobody was yet.</summary>
    public DateTimeOffset? AnnouncedAt { get; init; }
}
