namespace Cvmfs.Net.Replication.Configuration;

/// <summary>One thing that was looked at before a replica is taken over.</summary>
/// <param name="Subject">What was looked at, in a word or two.</param>
/// <param name="Level">How it is.</param>
/// <param name="Message">What was found and, where that is not well, what to do.</param>
public sealed record AdoptionFinding(string Subject, AdoptionLevel Level, string Message);

/// <summary>How something is.</summary>
public enum AdoptionLevel
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Worth knowing, no obstacle.</summary>
    Note,

    /// <summary>Works, and will not for long, or not well.</summary>
    Warning,

    /// <summary>The replica must not be taken over before this is put right.</summary>
    Obstacle,
}
