using Cvmfs.Net.Hashing;
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

    [LoggerMessage(6005, LogLevel.Warning, "{Name}: revision {Revision} came after {Known}; the newer one stays for now.")]
    public static partial void OlderDocument(this ILogger logger, string name, ulong revision, ulong known);

    [LoggerMessage(6006, LogLevel.Warning, "{Url}: the answer is not the document that was asked for.")]
    public static partial void NotTheDocument(this ILogger logger, string url, Exception exception);

    [LoggerMessage(6007, LogLevel.Debug, "Refused {Client}: {Reason}.")]
    public static partial void Refused(this ILogger logger, string client, string reason);

    [LoggerMessage(6008, LogLevel.Warning, "Refused client {Client}: its address is in none of the allowed networks (clients.allowed, --allow-client). Told once.")]
    public static partial void ClientRefused(this ILogger logger, string client);

    [LoggerMessage(6009, LogLevel.Warning, "Refused server {Server}: no rule names it (upstream.allowedDestinations, --allow-destination). Told once.")]
    public static partial void ServerRefused(this ILogger logger, string server);

    [LoggerMessage(6010, LogLevel.Warning,
        "Refused server {Server}: its name leads to private addresses only (upstream.allowPrivateDestinations, --allow-private-destinations). Told once.")]
    public static partial void PrivateServerRefused(this ILogger logger, string server);

    [LoggerMessage(6020, LogLevel.Warning, "{Location}: root files of an earlier run cannot be read; they are fetched anew.")]
    public static partial void DocumentsUnreadable(this ILogger logger, string location, Exception exception);

    [LoggerMessage(6021, LogLevel.Debug, "{Name}: catalogs of revision {Revision} are not fetched ahead any further.")]
    public static partial void PrefetchEnded(this ILogger logger, string name, ulong revision, Exception exception);

    [LoggerMessage(6040, LogLevel.Error, "Object {Object} could not be fetched: an unexpected failure.")]
    public static partial void TransferFailed(this ILogger logger, ObjectKey @object, Exception exception);

    [LoggerMessage(6060, LogLevel.Information, "{Location}: cache opened with {Count} objects, {Bytes} bytes of earlier runs.")]
    public static partial void CacheOpened(this ILogger logger, string location, int count, long bytes);

    [LoggerMessage(6061, LogLevel.Information, "{Location}: the whole folder is known: {Count} objects, {Bytes} bytes; {Found} of them were in no index.")]
    public static partial void CacheRecovered(this ILogger logger, string location, int count, long bytes, int found);

    [LoggerMessage(6062, LogLevel.Debug, "{Location}: closed before the whole folder was known.")]
    public static partial void CacheRecoveryStopped(this ILogger logger, string location);

    [LoggerMessage(6063, LogLevel.Information, "{Path}: the index ends with a record that was cut short; what is missing is looked for in the files.")]
    public static partial void IndexCutShort(this ILogger logger, string path);

    [LoggerMessage(6064, LogLevel.Error, "{Location}: the cache cannot be written; requests go on without it, and it is tried again every {Interval}.")]
    public static partial void CacheSuspended(this ILogger logger, string location, TimeSpan interval, Exception exception);

    [LoggerMessage(6065, LogLevel.Debug, "{Location}: the cache can still not be written.")]
    public static partial void CacheStillSuspended(this ILogger logger, string location, Exception exception);

    [LoggerMessage(6066, LogLevel.Information, "{Location}: the cache can be written again.")]
    public static partial void CacheResumed(this ILogger logger, string location);

    [LoggerMessage(6067, LogLevel.Error, "{Location}: a file of the cache cannot be read; everything in it is hashed before it is given out again.")]
    public static partial void CacheUnreadable(this ILogger logger, string location, Exception exception);

    [LoggerMessage(6068, LogLevel.Warning, "{Location}: only {Free} bytes of the disk are free; nothing more is stored.")]
    public static partial void CacheSpaceLow(this ILogger logger, string location, long free);

    [LoggerMessage(6069, LogLevel.Information, "{Location}: {Free} bytes of the disk are free; objects are stored again.")]
    public static partial void CacheSpaceFree(this ILogger logger, string location, long free);

    [LoggerMessage(6071, LogLevel.Error, "{Location}: the cache met a fault of this program; it is not written to until it works again.")]
    public static partial void CacheFaulted(this ILogger logger, string location, Exception exception);

    [LoggerMessage(6072, LogLevel.Error, "Object {Object} could not be taken into memory: an unexpected failure.")]
    public static partial void PromotionFailed(this ILogger logger, ContentHash @object, Exception exception);

    [LoggerMessage(6073, LogLevel.Error, "{Path}: cannot be read; what is in it is let go.")]
    public static partial void SegmentUnreadable(this ILogger logger, string path, Exception exception);

    [LoggerMessage(6070, LogLevel.Error, "{Location}: the bytes of {Object} have the hash {Actual}; removed.")]
    public static partial void DamagedObject(this ILogger logger, string location, ContentHash @object, ContentHash actual);
}
