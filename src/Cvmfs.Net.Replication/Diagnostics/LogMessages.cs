using Cvmfs.Net.Objects;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Replication.Diagnostics;

/// <summary>Log messages of replication; ids from 5000.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(5001, LogLevel.Information, "{Repository}: snapshot of {Upstream} begins.")]
    public static partial void SnapshotBegins(this ILogger logger, string repository, string upstream);

    [LoggerMessage(5002, LogLevel.Information, "{Repository}: {Summary}")]
    public static partial void SnapshotSucceeded(this ILogger logger, string repository, string summary);

    [LoggerMessage(5003, LogLevel.Error, "{Repository}: snapshot ended as {Outcome}: {Summary}")]
    public static partial void SnapshotFailed(this ILogger logger, string repository, SnapshotOutcome outcome, string summary, Exception? cause);

    [LoggerMessage(5004, LogLevel.Information, "{Repository}: going for revision {Revision}.")]
    public static partial void TargetChosen(this ILogger logger, string repository, ulong revision);

    [LoggerMessage(5005, LogLevel.Warning, "{Repository}: the upstream moved on to revision {Revision} meanwhile; going for that.")]
    public static partial void Retargeted(this ILogger logger, string repository, ulong revision);

    [LoggerMessage(5006, LogLevel.Warning, "{Object} did not come ({Reason}): {Explanation}")]
    public static partial void ObjectFailed(this ILogger logger, ObjectKey @object, TransferFailureReason reason, string explanation);

    [LoggerMessage(5007, LogLevel.Warning, "{Folder}: the status document cannot be read and is written anew.")]
    public static partial void StatusUnreadable(this ILogger logger, string folder, Exception cause);

    [LoggerMessage(5008, LogLevel.Trace, "{Object} stored.")]
    public static partial void ObjectStored(this ILogger logger, ObjectKey @object);

    [LoggerMessage(5009, LogLevel.Debug, "{Object} committed: everything below it is stored.")]
    public static partial void CatalogCommitted(this ILogger logger, ObjectKey @object);

    [LoggerMessage(5010, LogLevel.Information, "{Repository}: {Count} files of runs that died were swept away.")]
    public static partial void Swept(this ILogger logger, string repository, int count);

    [LoggerMessage(5011, LogLevel.Debug, "{Repository}: looking again in {Delay}.")]
    public static partial void NextLook(this ILogger logger, string repository, TimeSpan delay);

    [LoggerMessage(5012, LogLevel.Debug, "{Repository}: hint of a change received.")]
    public static partial void Hinted(this ILogger logger, string repository);

    [LoggerMessage(5014, LogLevel.Warning, "{Repository}: the reflog is rebuilt from the store: {Reason}")]
    public static partial void ReflogRebuilt(this ILogger logger, string repository, string reason);

    [LoggerMessage(5015, LogLevel.Warning, "{Object} cannot be opened and is passed over: {Reason}")]
    public static partial void CatalogPassedOver(this ILogger logger, ObjectKey @object, string reason);

    [LoggerMessage(5013, LogLevel.Warning, "{Folder}: the manifest served here cannot be read.")]
    public static partial void ServedManifestUnreadable(this ILogger logger, string folder, Exception cause);

    [LoggerMessage(5100, LogLevel.Information, "{Repository}: garbage collection begins{Manner}.")]
    public static partial void CollectionBegins(this ILogger logger, string repository, string manner);

    [LoggerMessage(5101, LogLevel.Information, "{Repository}: {Summary}")]
    public static partial void CollectionSucceeded(this ILogger logger, string repository, string summary);

    [LoggerMessage(5102, LogLevel.Error, "{Repository}: garbage collection ended as {Outcome}: {Summary}")]
    public static partial void CollectionFailed(this ILogger logger, string repository, Collection.CollectionOutcome outcome, string summary, Exception? cause);

    [LoggerMessage(5103, LogLevel.Warning, "{Object} is garbage and cannot be read; what only it refers to is found by a listing alone: {Reason}")]
    public static partial void GarbageUnreadable(this ILogger logger, ObjectKey @object, string reason);

    [LoggerMessage(5104, LogLevel.Warning, "{Repository}: root catalog {Object} is not here; nothing that it needs is kept for it.")]
    public static partial void RootMissing(this ILogger logger, string repository, ObjectKey @object);

    [LoggerMessage(5105, LogLevel.Warning, "{Folder}: the list that an earlier collection left is damaged and not followed: {Reason}")]
    public static partial void CondemnedListDamaged(this ILogger logger, string folder, string reason);

    [LoggerMessage(5106, LogLevel.Information, "{Repository}: finishing what an earlier collection left, {Count} objects.")]
    public static partial void CollectionResumed(this ILogger logger, string repository, long count);

    [LoggerMessage(5107, LogLevel.Information, "{Repository}: the locks are lent to a snapshot that waits.")]
    public static partial void LocksLent(this ILogger logger, string repository);

    [LoggerMessage(5108, LogLevel.Error, "{Object} cannot be removed: {Reason}")]
    public static partial void RemovalFailed(this ILogger logger, ObjectKey @object, string reason);

    [LoggerMessage(5060, LogLevel.Information, "{Folder}: {Object} was damaged or missing and is repaired.")]
    public static partial void Repaired(this ILogger logger, string folder, ObjectKey @object);

    [LoggerMessage(5061, LogLevel.Error, "{Folder}: {Object} is damaged or missing and could not be repaired: {Reason}")]
    public static partial void NotRepaired(this ILogger logger, string folder, ObjectKey @object, string reason);

    [LoggerMessage(5062, LogLevel.Information, "{Repository}: check ended as {Outcome}: {Summary}")]
    public static partial void CheckEnded(this ILogger logger, string repository, Checking.CheckOutcome outcome, string summary);
}
