using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Monitoring;

/// <summary>One object that was asked for.</summary>
public sealed record ObjectReport
{
    /// <summary>What it is.</summary>
    public required ObjectKind Kind { get; init; }

    /// <summary>Its name.</summary>
    public required ObjectKey Key { get; init; }

    /// <summary>Whether the manifest names it; otherwise it was drawn from a catalog.</summary>
    public bool IsRoot { get; init; }

    /// <summary>How it ended.</summary>
    public required ObjectOutcome Outcome { get; init; }

    /// <summary>Why it is not there.</summary>
    public ErrorClass Error { get; init; }

    /// <summary>The error in words; null without one.</summary>
    public string? Detail { get; init; }

    /// <summary>Whether its bytes were read and hashed, and not only asked for.</summary>
    public bool IsHashed { get; init; }

    /// <summary>Stored bytes that came.</summary>
    public long Bytes { get; init; }

    /// <summary>From the request to the last byte.</summary>
    public TimeSpan Duration { get; init; }
}
