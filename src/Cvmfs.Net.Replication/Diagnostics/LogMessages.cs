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
}
