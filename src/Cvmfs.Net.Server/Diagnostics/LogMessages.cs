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

    [LoggerMessage(8010, LogLevel.Warning, "{Repository}: what is on disk is not shown: {Reason}. The last good revision, if any, is served on.")]
    public static partial void RootFilesRefused(this ILogger logger, string repository, string reason, Exception? exception);

    [LoggerMessage(8011, LogLevel.Warning, "{Repository}: manifest and whitelist are gone and are no longer served.")]
    public static partial void RootFilesGone(this ILogger logger, string repository);

    [LoggerMessage(8012, LogLevel.Warning, "{Repository}: the whitelist cannot be read, so nobody here knows when it ends.")]
    public static partial void WhitelistUnreadable(this ILogger logger, string repository, Exception exception);

    [LoggerMessage(8013, LogLevel.Error, "{Repository}: the file of {Object} does not hold what its name says, and is not served.")]
    public static partial void ObjectDamaged(this ILogger logger, string repository, string @object);

    [LoggerMessage(8015, LogLevel.Warning, "{Repository}: {Object} could not be fetched from {Upstream}.")]
    public static partial void ReadThroughFailed(this ILogger logger, string repository, string @object, string upstream, Exception exception);

    [LoggerMessage(8040, LogLevel.Information, "{File}: location database {Database}, made at {BuiltAt}, is in use.")]
    public static partial void GeoDatabaseTaken(this ILogger logger, string file, string database, DateTimeOffset builtAt);

    [LoggerMessage(8041, LogLevel.Warning, "{File}: there is no location database. An older one stays in use: {KeepsOld}.")]
    public static partial void GeoDatabaseMissing(this ILogger logger, string file, bool keepsOld);

    [LoggerMessage(8042, LogLevel.Error, "{File}: the location database cannot be used. An older one stays in use: {KeepsOld}.")]
    public static partial void GeoDatabaseUnreadable(this ILogger logger, string file, bool keepsOld, Exception exception);

    [LoggerMessage(8043, LogLevel.Error, "{File}: a record of the location database is broken; its addresses count as unknown. Said once for each database.")]
    public static partial void GeoRecordBroken(this ILogger logger, string file, Exception exception);

    [LoggerMessage(8044, LogLevel.Debug, "The name {Name} could not be resolved.")]
    public static partial void NameUnresolved(this ILogger logger, string name, Exception exception);

    [LoggerMessage(8045, LogLevel.Information, "Update of the location database: {Outcome}; {Detail}.")]
    public static partial void GeoUpdateEnded(this ILogger logger, GeoUpdateOutcome outcome, string detail);

    [LoggerMessage(8046, LogLevel.Error, "Update of the location database: {Outcome}; {Detail}.")]
    public static partial void GeoUpdateFailed(this ILogger logger, GeoUpdateOutcome outcome, string detail);

    [LoggerMessage(8047, LogLevel.Warning, "{Folder}: repositories.json does not say the new date of the location database.")]
    public static partial void InfoNotRefreshed(this ILogger logger, string folder, Exception exception);
}
