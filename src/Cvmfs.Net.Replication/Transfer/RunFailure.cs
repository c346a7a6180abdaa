using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Replication.Transfer;

/// <summary>What an exception that ends a run says about how it ended.</summary>
internal static class RunFailure
{
    /// <summary>The ending; null for what is no ending of a run: cancellation, misuse, a bug.</summary>
    public static SnapshotOutcome? OutcomeOf(Exception fault) => fault switch
    {
        CvmfsTrustException => SnapshotOutcome.Untrusted,
        CvmfsTransportException => SnapshotOutcome.UpstreamUnreachable,
        IOException io => StorageFullException.Is(io) ? SnapshotOutcome.StorageFull : SnapshotOutcome.StorageFailed,
        UnauthorizedAccessException => SnapshotOutcome.StorageFailed,
        _ => null,
    };
}
