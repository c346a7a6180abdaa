using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Connections.Diagnostics;

/// <summary>Log messages of the event loops; from 8100, behind those of the server.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(8101, LogLevel.Error, "A connection was given up after an unexpected failure.")]
    public static partial void ConnectionFailed(this ILogger logger, Exception exception);

    [LoggerMessage(8102, LogLevel.Warning, "No room for another connection: descriptors are used up.")]
    public static partial void OutOfDescriptors(this ILogger logger);
}
