using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Replication;

/// <summary>What a snapshot run did.</summary>
public sealed record SnapshotReport
{
    /// <summary>Most failures that are listed one by one.</summary>
    public const int MaxListedFailures = 1000;

    /// <summary>Most transfers that are listed as the slowest.</summary>
    public const int MaxListedSlowTransfers = 10;

    /// <summary>How it ended.</summary>
    public required SnapshotOutcome Outcome { get; init; }

    /// <summary>Fully qualified name of the repository.</summary>
    public required string Repository { get; init; }

    /// <summary>Where it was copied from: URLs joined by commas, or a folder.</summary>
    public string Upstream { get; init; } = "";

    /// <summary>One sentence for people: why it did not succeed, or what changed.</summary>
    public required string Message { get; init; }

    /// <summary>What a run that did not succeed ran into; null where the message says it all.</summary>
    public Exception? Cause { get; init; }

    /// <summary>When it began, UTC.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Time from beginning to end.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Of <see cref="Duration"/>, waiting for another run to finish.</summary>
    public TimeSpan LockWaitDuration { get; init; }

    /// <summary>Of <see cref="Duration"/>, asking and verifying.</summary>
    public TimeSpan VerifyDuration { get; init; }

    /// <summary>Of that, bringing catalogs and objects.</summary>
    public TimeSpan TransferDuration { get; init; }

    /// <summary>Of that, making the revision visible.</summary>
    public TimeSpan PublishDuration { get; init; }

    /// <summary>Revision served before the run; null if there was none.</summary>
    public ulong? PreviousRevision { get; init; }

    /// <summary>Revision served after the run; null if there is none.</summary>
    public ulong? Revision { get; init; }

    /// <summary>Newest revision that the upstream offered and that was verified; null if there was none.</summary>
    public ulong? UpstreamRevision { get; init; }

    /// <summary>End of the whitelist's validity, as verified; null if none was.</summary>
    public DateTimeOffset? WhitelistExpiresAt { get; init; }

    /// <summary>Root catalogs of tags that belong to the revision; HEAD may be among them.</summary>
    public int Tags { get; init; }

    /// <summary>Whether this was a first snapshot, which copies HEAD and tags but no revisions in between.</summary>
    public bool IsInitial { get; init; }

    /// <summary>Whether the whitelist was replaced.</summary>
    public bool WhitelistRenewed { get; init; }

    /// <summary>Root catalogs that the run stored with all that is below them, or found: HEAD, tags and revisions in between.</summary>
    public long RevisionsStored { get; init; }

    /// <summary>Catalogs brought.</summary>
    public long CatalogsFetched { get; init; }

    /// <summary>Catalogs found present, each with its whole subtree.</summary>
    public long CatalogsKnown { get; init; }

    /// <summary>Catalogs left out by the path filter, each with all below it; in every revision that names them.</summary>
    public long CatalogsFilteredOut { get; init; }

    /// <summary>Whether the replica is partial: made under a path filter, so that clients may miss what it leaves out.</summary>
    public bool IsPartial { get; init; }

    /// <summary>Earlier revisions that the upstream has collected.</summary>
    public long RevisionsCollected { get; init; }

    /// <summary>Earlier revisions left out because they are older than the history limit.</summary>
    public long RevisionsPruned { get; init; }

    /// <summary>Objects brought.</summary>
    public long ObjectsFetched { get; init; }

    /// <summary>Objects found present in the catalogs that were listed.</summary>
    public long ObjectsKnown { get; init; }

    /// <summary>Objects not even looked for, because the revision served before refers to them in the same place.</summary>
    public long ObjectsUnchanged { get; init; }

    /// <summary>Stored bytes brought, catalogs included.</summary>
    public long BytesFetched { get; init; }

    /// <summary>Objects and catalogs given up.</summary>
    public long FailureCount { get; init; }

    /// <summary>The same by reason. Reasons that did not occur are absent.</summary>
    public IReadOnlyDictionary<TransferFailureReason, long> FailuresByReason { get; init; } = new Dictionary<TransferFailureReason, long>();

    /// <summary>The first <see cref="MaxListedFailures"/> of them.</summary>
    public IReadOnlyList<TransferFailure> Failures { get; init; } = [];

    /// <summary>Requests that were repeated, to the same server or another, by what made it necessary. Causes that did not occur are absent.</summary>
    public IReadOnlyDictionary<TransferFault, long> Repetitions { get; init; } = new Dictionary<TransferFault, long>();

    /// <summary>The <see cref="MaxListedSlowTransfers"/> slowest transfers, slowest first.</summary>
    public IReadOnlyList<SlowTransfer> SlowestTransfers { get; init; } = [];

    /// <summary>Whether the replica is as new as the upstream, or need not be.</summary>
    public bool Succeeded => Outcome is SnapshotOutcome.Updated or SnapshotOutcome.Unchanged or SnapshotOutcome.Skipped;
}
