namespace Cvmfs.Net.Replication.Scrubbing;

/// <summary>How a scrub ended. Cancellation is no outcome: it surfaces as <see cref="OperationCanceledException"/>.</summary>
public enum ScrubOutcome
{
    /// <summary>Nothing to object to.</summary>
    Clean,

    /// <summary>There were alerts, all for damaged objects, and all were repaired.</summary>
    Repaired,

    /// <summary>There are alerts.</summary>
    AlertsRaised,

    /// <summary>The storage cannot be read, or the state not be written.</summary>
    StorageFailed,
}
