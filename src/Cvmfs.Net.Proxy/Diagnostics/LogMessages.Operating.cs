using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Proxy.Diagnostics;

/// <summary>What those who run the proxy are told about log and settings; ids from 6050.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(6050, LogLevel.Error, "{Path}: the access log cannot be written; lines are lost until it can.")]
    public static partial void AccessLogFailed(this ILogger logger, string path, Exception exception);

    [LoggerMessage(6051, LogLevel.Information, "{Path}: settings taken over. {Restart}")]
    public static partial void SettingsApplied(this ILogger logger, string path, string restart);

    [LoggerMessage(6052, LogLevel.Error, "The settings cannot be used; the old ones stay. {Problems}")]
    public static partial void SettingsRefused(this ILogger logger, string problems);

    [LoggerMessage(6053, LogLevel.Warning, "{Path}: changes of the file cannot be noticed; SIGHUP makes the proxy read it.")]
    public static partial void NotWatched(this ILogger logger, string path, Exception exception);
}
