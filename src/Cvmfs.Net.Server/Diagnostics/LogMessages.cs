using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Server.Diagnostics;

/// <summary>Log messages of the server; ids from 8000.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(8001, LogLevel.Error, "{Repository}: {File} is there but cannot be read.")]
    public static partial void FileUnreadable(this ILogger logger, string repository, string file, Exception exception);

    [LoggerMessage(8002, LogLevel.Error, "{File} became shorter while it was served.")]
    public static partial void FileShrank(this ILogger logger, string file);

    [LoggerMessage(8003, LogLevel.Warning, "{Repository}: the manifest cannot be read, so it is left out of repositories.json.")]
    public static partial void ManifestUnreadable(this ILogger logger, string repository, Exception exception);

    [LoggerMessage(8004, LogLevel.Warning, "A hint from {Address} was refused: not signed by anybody known, too old, or sent twice.")]
    public static partial void HintRefused(this ILogger logger, System.Net.IPAddress? address);
}
