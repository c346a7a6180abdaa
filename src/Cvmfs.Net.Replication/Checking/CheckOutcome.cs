namespace Cvmfs.Net.Replication.Checking;

/// <summary>How a check ended. Cancellation is no outcome: it surfaces as <see cref="OperationCanceledException"/>.</summary>
public enum CheckOutcome
{
    /// <summary>No problem was found; there may be warnings.</summary>
    Clean,

    /// <summary>There were problems, all of them were repaired, and a second look found none.</summary>
    Repaired,

    /// <summary>There are problems.</summary>
    ProblemsFound,

    /// <summary>The manifest cannot be believed: there are no keys, or the chain of signatures does not hold.</summary>
    Untrusted,

    /// <summary>Somebody else holds a lock that the check needs.</summary>
    Locked,

    /// <summary>The storage cannot be read, or the spool folder not be written.</summary>
    StorageFailed,
}
