using System.Net;
using Cvmfs.Net.Server.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Server.Geo;

/// <summary>The location database in use: looks now and then whether its file is another one, and then takes that. Thread-safe.</summary>
/// <remarks>
/// Must stay true: requests go on with the database they began with; a file that cannot be read leaves the old one in use and is tried again
/// only when it has changed; one request reads a new file while the others use the old one.
/// </remarks>
internal sealed class GeoDatabase(string file, TimeSpan checkInterval, TimeProvider time, ILogger logger) : IDisposable
{
    private const string OffName = "NONE"; // what the reference links to

    private readonly SemaphoreSlim _reading = new(1, 1);
    private MaxMindDatabase? _current;
    private Identity? _seen;    // what is in use, or was no database
    private Identity? _logged;  // what was complained about
    private long _lookedAt;
    private volatile bool _hasLooked;
    private int _faultyRecords;

    /// <summary>Borrows the database, after a look at the file if that is due. The caller disposes the lease.</summary>
    public async ValueTask<Lease> BorrowAsync(CancellationToken cancellationToken)
    {
        if (IsLookDue)
        {
            // Only those who have nothing to work with wait for another's reading.
            bool mayRead = !_hasLooked ? await WaitAsync(cancellationToken).ConfigureAwait(false) : _reading.Wait(0, CancellationToken.None);
            if (mayRead)
            {
                try
                {
                    if (IsLookDue) await LookAsync(cancellationToken).ConfigureAwait(false);
                }
                finally
                {
                    _reading.Release();
                }
            }
        }

        while (Volatile.Read(ref _current) is { } current)
        {
            if (current.TryEnter()) return new Lease(this, current);
        }

        return default;
    }

    /// <summary>Gives the memory back once the last lease has ended. Requests that come later find no database.</summary>
    public void Dispose()
    {
        Replace(null);
        _reading.Dispose();
    }

    private bool IsLookDue => !_hasLooked || time.GetElapsedTime(Volatile.Read(ref _lookedAt)) >= checkInterval;

    private async Task<bool> WaitAsync(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var identity = Identity.Of(file);
        if (identity != _seen) await TakeAsync(identity, cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref _lookedAt, time.GetTimestamp());
        _hasLooked = true;
    }

    private async Task TakeAsync(Identity identity, CancellationToken cancellationToken)
    {
        bool isNews = identity != _logged;
        _logged = identity;
        if (!identity.Exists)
        {
            _seen = null;
            if (Path.GetFileName(identity.Target) == OffName) Replace(null);
            else if (isNews) logger.GeoDatabaseMissing(identity.Target, _current is not null);
            return;
        }

        try
        {
            var database = await MaxMindDatabase.OpenAsync(file, cancellationToken).ConfigureAwait(false);
            _seen = identity;
            Replace(database);
            GeoMetrics.DatabaseTaken(database.Layout.BuiltAt);
            logger.GeoDatabaseTaken(file, database.Layout.DatabaseType, database.Layout.BuiltAt);
        }
        catch (CvmfsFormatException e)
        {
            _seen = identity; // it does not get better by reading it again
            logger.GeoDatabaseUnreadable(file, _current is not null, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (isNews) logger.GeoDatabaseUnreadable(file, _current is not null, e);
        }
    }

    private void Replace(MaxMindDatabase? database)
    {
        _faultyRecords = 0;
        Interlocked.Exchange(ref _current, database)?.Retire();
    }

    private void Report(CvmfsFormatException fault)
    {
        // Once for each database: a broken one would fill the log.
        if (Interlocked.Increment(ref _faultyRecords) == 1) logger.GeoRecordBroken(file, fault);
    }

    /// <summary>A database that stays valid until the lease is disposed, or none.</summary>
    internal readonly struct Lease(GeoDatabase owner, MaxMindDatabase database) : IDisposable
    {
        /// <summary>Finds the place of an address. Null where none is known, there is no database, or its record is broken.</summary>
        public GeoPoint? Locate(IPAddress? address)
        {
            if (database is null || address is null) return null;
            try
            {
                return database.Locate(address);
            }
            catch (CvmfsFormatException fault)
            {
                owner.Report(fault);
                return null;
            }
        }

        public void Dispose() => database?.Exit();
    }

    /// <summary>What tells one file from the next: where links lead, its length and its times. A copy that keeps the time of the original is still made anew.</summary>
    private sealed record Identity(string Target, bool Exists, long Bytes, DateTime WrittenUtc, DateTime CreatedUtc)
    {
        public static Identity Of(string file)
        {
            try
            {
                var info = new FileInfo(file);
                if (info.LinkTarget is not null) info = info.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? info;
                return info.Exists ? new Identity(info.FullName, true, info.Length, info.LastWriteTimeUtc, info.CreationTimeUtc) : new Identity(info.FullName, false, 0, default, default);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return new Identity(file, false, 0, default, default); // a loop of links, or a folder that must not be entered
            }
        }
    }
}
