using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Diagnostics;

/// <summary>Everything that the core logs.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(EventIds.Retrying, LogLevel.Debug, "{Upstream}: failure {Failures}, trying again in {Delay}: {Reason}")]
    public static partial void Retrying(ILogger logger, string upstream, int failures, TimeSpan delay, string reason);

    [LoggerMessage(EventIds.ServerChanged, LogLevel.Warning, "Leaving {Upstream} for {Next}")]
    public static partial void ServerChanged(ILogger logger, string upstream, string next);

    [LoggerMessage(EventIds.CorruptObject, LogLevel.Warning, "{Object} arrived damaged: {Reason}")]
    public static partial void CorruptObject(ILogger logger, Objects.ObjectKey @object, string reason);

    [LoggerMessage(EventIds.TransferBroken, LogLevel.Debug, "{Object} broke off ({Failures}), trying again in {Delay}: {Reason}")]
    public static partial void TransferBroken(ILogger logger, Objects.ObjectKey @object, int failures, TimeSpan delay, string reason);

    [LoggerMessage(EventIds.StatementRefused, LogLevel.Error, "{Upstream}: {Failure}: {Reason}. Asking another server")]
    public static partial void StatementRefused(ILogger logger, string upstream, Trust.TrustFailure failure, string reason);

    [LoggerMessage(EventIds.DocumentBroken, LogLevel.Debug, "{Upstream} broke off, trying again: {Reason}")]
    public static partial void DocumentBroken(ILogger logger, string upstream, string reason);
}
