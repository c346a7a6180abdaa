using Cvmfs.Net.Objects;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Proxy.Diagnostics;

/// <summary>Log messages of the proxy; ids from 6000.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(6001, LogLevel.Error, "{Origin} sent bytes that are not object {Object}.")]
    public static partial void CorruptObject(this ILogger logger, ObjectKey @object, string origin, Exception exception);

    [LoggerMessage(6002, LogLevel.Error, "{Location}: the cache cannot be used; requests go on without it.")]
    public static partial void StoreFailed(this ILogger logger, string location, Exception exception);

    [LoggerMessage(6003, LogLevel.Information, "{Location}: {Count} objects, {Bytes} bytes from earlier runs.")]
    public static partial void CacheCounted(this ILogger logger, string location, int count, long bytes);

    [LoggerMessage(6004, LogLevel.Debug, "{Location}: counting stopped, the proxy closes.")]
    public static partial void CountingStopped(this ILogger logger, string location);

    [LoggerMessage(6005, LogLevel.Warning, "{Name}: revision {Revision} came after {Known}; the newer one stays for now.")]
    public static partial void OlderDocument(this ILogger logger, string name, ulong revision, ulong known);

    [LoggerMessage(6006, LogLevel.Warning, "{Url}: the answer is not the document that was asked for.")]
    public static partial void NotTheDocument(this ILogger logger, string url, Exception exception);

    [LoggerMessage(6007, LogLevel.Debug, "Refused {Client}: {Reason}.")]
    public static partial void Refused(this ILogger logger, string client, string reason);

    [LoggerMessage(6020, LogLevel.Warning, "{Location}: root files of an earlier run cannot be read; they are fetched anew.")]
    public static partial void DocumentsUnreadable(this ILogger logger, string location, Exception exception);

    [LoggerMessage(6021, LogLevel.Debug, "{Name}: catalogs of revision {Revision} are not fetched ahead any further.")]
    public static partial void PrefetchEnded(this ILogger logger, string name, ulong revision, Exception exception);

    [LoggerMessage(6040, LogLevel.Error, "Object {Object} could not be fetched: an unexpected failure.")]
    public static partial void TransferFailed(this ILogger logger, ObjectKey @object, Exception exception);
}
