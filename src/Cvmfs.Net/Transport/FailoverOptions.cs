namespace Cvmfs.Net.Transport;

/// <summary>How a <see cref="FailoverSource"/> returns.</summary>
public sealed class FailoverOptions
{
    /// <summary>When to try the first server again after leaving it. Default 30 min, as packaged clients.</summary>
    public TimeSpan ReturnAfter { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>The clock for that.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Counts the failures after which another server was asked, if given.</summary>
    public RepetitionCounts? Counts { get; set; }
}
