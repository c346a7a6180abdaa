using System.Text;
using Cvmfs.Net.Monitoring.Reporting;
using Cvmfs.Net.Monitoring.StatusPage.Rendering;
using Cvmfs.Net.Monitoring.Tracking;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Monitoring.StatusPage;

/// <summary>The folder that a status page lies in: any web server or bucket can serve it. Each file is replaced in one step.</summary>
/// <remarks>One writer at a time; readers at any time. Style, script and template are written once and may be edited.</remarks>
public sealed class StatusPageFolder
{
    private const int MaxOwnBytes = 64 << 20;
    private const string HistoryFile = "history.json";
    private const string PartialFolder = ".partial";

    private readonly RootFolder _folder;
    private readonly RootFolder _templates;
    private readonly StatusPageFolderOptions _options;

    /// <summary>Names a folder; touches nothing.</summary>
    /// <param name="path">The folder, which need not exist.</param>
    /// <param name="options">Defaults where null.</param>
    /// <exception cref="ArgumentException">A file has no plain name.</exception>
    public StatusPageFolder(string path, StatusPageFolderOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _options = options ?? new StatusPageFolderOptions();
        Location = Path.GetFullPath(path);
        foreach (string? name in (string?[])[_options.HtmlFile, _options.JsonFile, _options.MetricsFile])
        {
            if (name is not null && !RootFolder.IsValidName(name)) throw new ArgumentException($"\"{name}\" is no plain file name.", nameof(options));
        }

        // A page can be made again: waiting for the disk would only keep its readers waiting.
        var files = new RootFolderOptions { Sync = false, TemporaryFolder = Path.Combine(Location, PartialFolder) };
        _folder = new RootFolder(Location, files);
        _templates = new RootFolder(Path.Combine(Location, StatusPageResources.TemplateFolder), files);
    }

    /// <summary>Absolute path.</summary>
    public string Location { get; }

    /// <summary>What the page said before; nothing where there is none.</summary>
    /// <exception cref="CvmfsFormatException">The JSON file is none.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public async Task<PreviousStatus> ReadPreviousAsync(CancellationToken cancellationToken = default)
        => await _folder.ReadAsync(_options.JsonFile, MaxOwnBytes, cancellationToken).ConfigureAwait(false) is { } json ? PreviousStatus.Parse(json, Path.Combine(Location, _options.JsonFile)) : PreviousStatus.None;

    /// <summary>What went before; nothing where there is none.</summary>
    /// <exception cref="CvmfsFormatException">The history file is none.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public async Task<StatusHistory> ReadHistoryAsync(CancellationToken cancellationToken = default)
        => await _folder.ReadAsync(HistoryFile, MaxOwnBytes, cancellationToken).ConfigureAwait(false) is { } json ? StatusHistory.Parse(json, Path.Combine(Location, HistoryFile)) : StatusHistory.Empty;

    /// <summary>Writes everything. What fails to be made leaves every file as it was.</summary>
    /// <exception cref="CvmfsFormatException">The edited template names something that there is not.</exception>
    /// <exception cref="IOException">The file system cannot take it.</exception>
    public async Task WriteAsync(StatusPageReport report, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(report);
        bool keeps = !_options.ForceResources;
        byte[]? edited = keeps ? await _templates.ReadAsync(StatusPageResources.Template, MaxOwnBytes, cancellationToken).ConfigureAwait(false) : null;
        string template = edited is null ? StatusPageResources.Read(StatusPageResources.Template) : Encoding.UTF8.GetString(edited);

        // Everything is made before anything is written.
        List<(string Name, byte[] Content)> files =
        [
            (_options.JsonFile, StatusPageJson.Write(report, _options.PublishConfiguration)),
            ("badge.json", StatusBadge.WriteJson(report)),
            ("badge.svg", Encoding.UTF8.GetBytes(StatusBadge.WriteSvg(report))),
            ("feed.atom", Encoding.UTF8.GetBytes(StatusPageFeed.Write(report))),
        ];
        if (report.Configuration.HistoryDays > 0) files.Add((HistoryFile, report.History.ToBytes()));
        if (_options.MetricsFile is { } metrics) files.Add((metrics, Encoding.UTF8.GetBytes(Metrics(report))));
        string html = StatusPageHtml.Write(report, template, _options.JsonFile, _options.ShowPrivate);

        Directory.CreateDirectory(_templates.Location);
        try
        {
            if (edited is null) await _templates.ReplaceAsync(StatusPageResources.Template, Encoding.UTF8.GetBytes(template), cancellationToken).ConfigureAwait(false);
            foreach (string resource in StatusPageResources.Public)
            {
                if (keeps && await _folder.ExistsAsync(resource, cancellationToken).ConfigureAwait(false)) continue;
                await _folder.ReplaceAsync(resource, Encoding.UTF8.GetBytes(StatusPageResources.Read(resource)), cancellationToken).ConfigureAwait(false);
            }

            foreach (var (name, content) in files) await _folder.ReplaceAsync(name, content, cancellationToken).ConfigureAwait(false);
            await _folder.ReplaceAsync(_options.HtmlFile, Encoding.UTF8.GetBytes(html), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            string partial = Path.Combine(Location, PartialFolder);
            if (Directory.Exists(partial) && !Directory.EnumerateFileSystemEntries(partial).Any()) Directory.Delete(partial);
        }
    }

    private string Metrics(StatusPageReport report)
    {
        string eessi = _options.Metrics == StatusPageFolderMetrics.Native ? "" : EessiMetrics.Write(report, _options.MetricsTimestamps, _options.StrictMetrics);
        return _options.Metrics == StatusPageFolderMetrics.Eessi ? eessi : eessi + MetricsReport.Write(FleetView.Of([.. report.Servers.Select(server => server.Report)], report.UpdatedAt));
    }
}
