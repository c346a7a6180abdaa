using System.CommandLine;
using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Publishing;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>publish commit</c>: a folder or an archive becomes a new revision.</summary>
internal static class PublishCommitCommand
{
    public static Command Create(CliHost host)
    {
        var place = new PublishArguments();
        var tree = new Option<string?>("--tree") { Description = "Folder that becomes the whole content.", HelpName = "DIR" };
        var tar = new Option<string?>("--tar") { Description = "Archive (.tar, .tar.gz, or - for standard input) to extract on top of what is published.", HelpName = "FILE" };
        var into = new Option<string>("--into") { Description = "Where an archive goes.", HelpName = "PATH", DefaultValueFactory = _ => "/" };
        var tag = new Option<string?>("--tag") { Description = "Name of the new revision.", HelpName = "TAG" };
        var description = new Option<string>("--description") { Description = "Text of that tag.", HelpName = "TEXT", DefaultValueFactory = _ => "" };
        var compression = new Option<string>("--compression") { Description = "How file content is stored.", DefaultValueFactory = _ => "zlib" };
        compression.AcceptOnlyFromAmong("zlib", "none");
        var level = new Option<int>("--level") { Description = "zlib level, 1 to 9.", DefaultValueFactory = _ => 6 };
        level.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 9) result.AddError("--level: expected 1 to 9.");
        });
        var json = new Option<bool>("--json") { Description = "Report as one JSON object." };
        var command = new CliCommand(
            "commit",
            "Publish a folder, or an archive, as a new revision.",
            "publish commit --storage /srv/cvmfs/software.example.org --keys ./keys --tree ./software --tag release-7",
            "publish commit --storage /srv/cvmfs/software.example.org --keys ./keys --tar layer.tar.gz --into /versions/8")
        {
            tree, tar, into, tag, description, compression, level, json,
        };
        place.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(tree) is null == result.GetResult(tar) is null) result.AddError("Give either --tree DIR or --tar FILE.");
        });
        return command.Runs(async (parse, cancellationToken) =>
        {
            var options = new PublisherOptions { Compression = parse.GetRequiredValue(compression) == "none" ? CompressionId.None : CompressionId.Zlib, ZlibLevel = parse.GetValue(level) };
            var progress = new LatestProgress();
            var commit = new CommitOptions { Tag = parse.GetValue(tag), TagDescription = parse.GetRequiredValue(description), Progress = progress };
            var report = await PublishErrors.TranslateAsync(async () =>
            {
                using var open = await place.OpenAsync(parse, host, options, cancellationToken);
                await using var line = ProgressLine.Start(host, progress.Describe);
                if (parse.GetValue(tree) is { } folder) return await open.Publisher.CommitTreeAsync(Path.GetFullPath(folder), commit, cancellationToken);
                await using var archive = OpenArchive(parse.GetRequiredValue(tar)!);
                return await open.Publisher.CommitTarAsync(archive, new TarCommitOptions { BasePath = PathArgument.Parse(parse.GetRequiredValue(into)), Commit = commit }, cancellationToken);
            });
            if (parse.GetValue(json)) await WriteJsonAsync(host, report, cancellationToken);
            await host.Error.WriteLineAsync(report.Outcome == PublishOutcome.Unchanged
                ? $"Nothing changed: revision {report.Revision} stays."
                : string.Create(CultureInfo.InvariantCulture, $"Revision {report.Revision}: {report.Files:N0} files, {ByteSize.Format(report.Bytes)}; {report.NewObjects:N0} new objects, {ByteSize.Format(report.NewBytes)}; {report.TotalTime.TotalSeconds:0.0} s."));
            return ExitCodes.Done;
        });
    }

    private static Stream OpenArchive(string file)
    {
        if (file == "-") return Console.OpenStandardInput();
        var stream = File.OpenRead(file);
        return file.EndsWith(".gz", StringComparison.Ordinal) || file.EndsWith(".tgz", StringComparison.Ordinal) ? new GZipStream(stream, CompressionMode.Decompress) : stream;
    }

    private static async Task WriteJsonAsync(CliHost host, PublishReport report, CancellationToken cancellationToken)
    {
        await using var json = new Utf8JsonWriter(host.Output, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteString("outcome", JsonNamingPolicy.SnakeCaseLower.ConvertName(report.Outcome.ToString()));
        json.WriteNumber("revision", report.Revision);
        json.WriteString("root_hash", report.RootCatalog.ToString());
        json.WriteNumber("files", report.Files);
        json.WriteNumber("bytes", report.Bytes);
        json.WriteNumber("new_objects", report.NewObjects);
        json.WriteNumber("known_objects", report.KnownObjects);
        json.WriteNumber("new_bytes", report.NewBytes);
        json.WriteNumber("catalogs_written", report.CatalogsWritten);
        json.WriteNumber("catalogs_kept", report.CatalogsKept);
        json.WriteNumber("duration_seconds", report.TotalTime.TotalSeconds);
        json.WriteEndObject();
        await json.FlushAsync(cancellationToken);
        await host.Output.WriteAsync("\n"u8.ToArray(), cancellationToken);
        await host.Output.FlushAsync(cancellationToken);
    }

    private sealed class LatestProgress : IProgress<PublishProgress>
    {
        private readonly Lock _lock = new();
        private PublishProgress _latest;

        public void Report(PublishProgress value)
        {
            lock (_lock) _latest = value;
        }

        public string Describe(TimeSpan elapsed)
        {
            PublishProgress now;
            lock (_lock) now = _latest;
            return now.Phase switch
            {
                PublishPhase.Scanning => "scanning",
                PublishPhase.StoringFiles => string.Create(CultureInfo.InvariantCulture, $"{now.Files:N0} files, {ByteSize.Format(now.Bytes)}, {ProgressLine.Rate(now.Bytes, elapsed)}; {now.NewObjects:N0} new objects"),
                PublishPhase.WritingCatalogs => "writing catalogs",
                _ => "signing",
            };
        }
    }
}
