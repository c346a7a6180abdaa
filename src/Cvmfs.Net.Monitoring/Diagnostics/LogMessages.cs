using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Monitoring.Diagnostics;

/// <summary>Everything that the monitor logs: ids from 7000.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(7000, LogLevel.Warning, "Receiver {Receiver} did not take an alert (attempt {Attempt}): {Reason}")]
    public static partial void AlertFailed(ILogger logger, string receiver, int attempt, string reason);

    [LoggerMessage(7001, LogLevel.Error, "Receiver {Receiver} was not told \"{Alert}\": {Reason}")]
    public static partial void AlertLost(ILogger logger, string receiver, string alert, string reason);

    [LoggerMessage(7002, LogLevel.Warning, "{Alert}")]
    public static partial void Incident(ILogger logger, string alert);

    [LoggerMessage(7003, LogLevel.Error, "The history could not be written: {Reason}")]
    public static partial void HistoryFailed(ILogger logger, string reason);

    [LoggerMessage(7004, LogLevel.Warning, "{Reason}")]
    public static partial void Odd(ILogger logger, string reason);

    [LoggerMessage(7005, LogLevel.Warning, "Nothing can be reached from here: nobody is judged until that is over")]
    public static partial void Blind(ILogger logger);

    [LoggerMessage(7006, LogLevel.Information, "The monitored fleet was replaced: {Servers} servers")]
    public static partial void Reloaded(ILogger logger, int servers);

    [LoggerMessage(7007, LogLevel.Error, "The monitor ends before receivers took {Alerts} alerts, and has no file to keep them in")]
    public static partial void AlertsLost(ILogger logger, long alerts);

    [LoggerMessage(7008, LogLevel.Warning, "Drift ({Kind}): {Subject} {Difference}")]
    public static partial void Drift(ILogger logger, string kind, string subject, string difference);
}
