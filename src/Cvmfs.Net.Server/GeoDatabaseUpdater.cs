using System.Globalization;
using System.Net;
using Cvmfs.Net.Documents;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Server.Diagnostics;
using Cvmfs.Net.Server.Geo;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Cvmfs.Net.Server;

/// <summary>Keeps the location database of a host new, as the reference's <c>update-geodb</c>: by a link, or by fetching it once in a while.</summary>
/// <remarks>
/// <para>A database is read by our own reader before it replaces another, in one step; servers take it without a restart.</para>
/// <para>Asked lazily, it does nothing while the database is new, then waits for a day and hour of the week, and after 28 days for no day any more; it
/// tries once a day at most. Asked otherwise, it tries at once. Two at a time do no harm, but one is in vain.</para>
/// </remarks>
public sealed class GeoDatabaseUpdater : IDisposable
{
    private const string LastAttemptName = ".last_attempt_day";
    private const int MaxLastAttemptBytes = 64;

    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(10); // the reference's

    private readonly GeoUpdateOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly RootFolder _folder;
    private readonly GeoDownload _download;

    /// <summary>Makes an updater; touches nothing.</summary>
    /// <param name="options">Settings; must not be changed afterwards.</param>
    /// <param name="handler">Sends requests; null for a handler of its own. The caller keeps one that is handed in.</param>
    /// <param name="time">Clock; the system's where null.</param>
    /// <param name="loggers">Where it logs; nowhere where null.</param>
    /// <exception cref="OptionsValidationException">An option is out of its range, or the source would see the key in plain text.</exception>
    public GeoDatabaseUpdater(GeoUpdateOptions options, HttpMessageHandler? handler = null, TimeProvider? time = null, ILoggerFactory? loggers = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var validation = new GeoUpdateOptionsValidator().Validate(null, options);
        if (validation.Failed) throw new OptionsValidationException(nameof(GeoUpdateOptions), typeof(GeoUpdateOptions), validation.Failures);
        if (!options.Source.IsAbsoluteUri || !(options.Source.Scheme == Uri.UriSchemeHttps || (options.Source.Scheme == Uri.UriSchemeHttp && options.Source.IsLoopback)))
        {
            throw new OptionsValidationException(nameof(GeoUpdateOptions), typeof(GeoUpdateOptions), ["Source: expected an https address, because the licence key is sent there."]);
        }

        _options = options;
        _time = time ?? TimeProvider.System;
        _logger = loggers?.CreateLogger("Cvmfs.Net.Server") ?? (ILogger)NullLogger.Instance;
        _folder = new RootFolder(options.Folder, new RootFolderOptions { TemporaryFolder = options.Folder });
        DatabaseFile = Path.Combine(_folder.Location, options.DatabaseName + ".mmdb");
        bool isOurs = handler is null;
        handler ??= new SocketsHttpHandler { ConnectTimeout = s_connectTimeout, MaxAutomaticRedirections = 5, AutomaticDecompression = DecompressionMethods.None };
        _download = new GeoDownload(options, new HttpClient(handler, isOurs) { Timeout = System.Threading.Timeout.InfiniteTimeSpan }, _time);
    }

    /// <summary>Where the database is kept, or the link to it.</summary>
    public string DatabaseFile { get; }

    /// <summary>Updates the database if it has to be.</summary>
    /// <param name="lazily">Whether to do nothing until it is time.</param>
    /// <param name="cancellationToken">Cancels; the old database stays.</param>
    public async Task<GeoUpdateReport> UpdateAsync(bool lazily = false, CancellationToken cancellationToken = default)
    {
        var report = await RunAsync(lazily, cancellationToken).ConfigureAwait(false);
        if (report.Succeeded) _logger.GeoUpdateEnded(report.Outcome, report.Message);
        else _logger.GeoUpdateFailed(report.Outcome, report.Message);
        return report;
    }

    /// <summary>Closes connections.</summary>
    public void Dispose() => _download.Dispose();

    private async Task<GeoUpdateReport> RunAsync(bool lazily, CancellationToken cancellationToken)
    {
        if (FindObstacle() is { } obstacle) return Report(GeoUpdateOutcome.NotWritable, $"{_folder.Location}: not writable ({obstacle})");
        string? elsewhere = _options.DatabaseFile is { Length: > 0 } file ? file : null;
        if (elsewhere is null && string.IsNullOrEmpty(_options.LicenseKey) && _options.SystemDatabaseFile is { } system && File.Exists(system)) elsewhere = system;
        if (elsewhere is not null) return Link(elsewhere);
        if (string.IsNullOrEmpty(_options.LicenseKey) || string.IsNullOrEmpty(_options.AccountId))
        {
            return Report(GeoUpdateOutcome.NotConfigured, "neither a database file nor an account and its licence key are set");
        }

        var present = new FileInfo(DatabaseFile);
        var now = _time.GetLocalNow();
        int? lastAttempt = await ReadLastAttemptAsync(cancellationToken).ConfigureAwait(false);
        DateTimeOffset? written = present.Exists && present.LinkTarget is null ? present.LastWriteTimeUtc : null;
        if (lazily && !GeoUpdateSchedule.IsDue(_options, now, written, lastAttempt)) return Report(GeoUpdateOutcome.NotDue, "no update is due");

        string today = now.DayOfYear.ToString(CultureInfo.InvariantCulture) + "\n";
        await _folder.ReplaceAsync(LastAttemptName, System.Text.Encoding.ASCII.GetBytes(today), cancellationToken).ConfigureAwait(false);
        return await FetchAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<GeoUpdateReport> FetchAsync(CancellationToken cancellationToken)
    {
        string work = Directory.CreateDirectory(Path.Combine(_folder.Location, ".update-" + Guid.NewGuid().ToString("N"))).FullName;
        try
        {
            var (archive, failure) = await _download.FetchAsync(work, cancellationToken).ConfigureAwait(false);
            if (archive is null) return Report(GeoUpdateOutcome.DownloadFailed, failure);

            DateTimeOffset builtAt;
            string extracted;
            try
            {
                extracted = await GeoArchive.ExtractAsync(archive, Path.GetFileName(DatabaseFile), work, cancellationToken).ConfigureAwait(false);
                var database = await MaxMindDatabase.OpenAsync(extracted, cancellationToken).ConfigureAwait(false);
                builtAt = database.Layout.BuiltAt;
                database.Retire();
            }
            catch (Exception e) when (e is CvmfsFormatException or InvalidDataException or IOException or FormatException)
            {
                return Report(GeoUpdateOutcome.ExtractFailed, $"what was sent is no archive with a location database: {e.Message}");
            }

            using (var content = File.OpenRead(extracted)) await _folder.ReplaceAsync(Path.GetFileName(DatabaseFile), content, cancellationToken).ConfigureAwait(false);
            RefreshInfo();
            return Report(GeoUpdateOutcome.Updated, string.Create(CultureInfo.InvariantCulture, $"the database made on {builtAt:yyyy-MM-dd} is in place")) with { BuiltAt = builtAt };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Report(GeoUpdateOutcome.InstallFailed, e.Message);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private GeoUpdateReport Link(string target)
    {
        try
        {
            var link = new FileInfo(DatabaseFile);
            if (link.LinkTarget != target)
            {
                // Not in one step, as with the reference: servers keep what they have read until there is a file again.
                link.Delete();
                File.CreateSymbolicLink(DatabaseFile, target);
                RefreshInfo();
            }

            return Report(GeoUpdateOutcome.Linked, target == GeoUpdateOptions.Off ? "the location database is turned off" : $"linked to {target}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Report(GeoUpdateOutcome.InstallFailed, e.Message);
        }
    }

    /// <summary>A document that cannot be brought up to date does not make the database any older.</summary>
    private void RefreshInfo()
    {
        if (_options.InfoFolder is not { Length: > 0 } path) return;
        try
        {
            new InfoFolder(path, _time).RefreshGeoDatabaseDate(DatabaseFile);
        }
        catch (Exception e) when (e is CvmfsFormatException or IOException or UnauthorizedAccessException)
        {
            _logger.InfoNotRefreshed(path, e);
        }
    }

    /// <summary>Why nothing can be written into the folder; null where it can.</summary>
    private string? FindObstacle()
    {
        try
        {
            Directory.CreateDirectory(_folder.Location);
            string probe = Path.Combine(_folder.Location, ".probe-" + Guid.NewGuid().ToString("N"));
            File.Create(probe, 1, FileOptions.DeleteOnClose).Dispose();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    private async Task<int?> ReadLastAttemptAsync(CancellationToken cancellationToken)
    {
        try
        {
            byte[]? text = await _folder.ReadAsync(LastAttemptName, MaxLastAttemptBytes, cancellationToken).ConfigureAwait(false);
            return int.TryParse(System.Text.Encoding.ASCII.GetString(text ?? []).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int day) ? day : null;
        }
        catch (Exception e) when (e is CvmfsFormatException or IOException)
        {
            return null; // whatever stands there is no day
        }
    }

    private GeoUpdateReport Report(GeoUpdateOutcome outcome, string message) => new(outcome, message, DatabaseFile);
}
