namespace Cvmfs.Net.Monitoring.StatusPage;

/// <summary>How far a replica may be behind before visitors are told.</summary>
public sealed record SyncLimits
{
    /// <summary>Time behind up to which all is well; a warning up to three times as long, a failure above. Default 45 min.</summary>
    public TimeSpan MaxLag { get; init; } = TimeSpan.FromMinutes(45);

    /// <summary>Age of the last snapshot from which it is a warning. Default 8 h, as monitors of the field have it.</summary>
    public TimeSpan MaxSnapshotAge { get; init; } = TimeSpan.FromHours(8);

    /// <summary>Age of the last snapshot from which it is a failure: three times the warning, so 24 h by default.</summary>
    public TimeSpan FailedSnapshotAge => MaxSnapshotAge * 3;
}
