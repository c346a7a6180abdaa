using System.CommandLine;
using System.Globalization;
using System.Text;
using Cvmfs.Net.Cli.Exporting;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>repo export</c>: a verified copy of a subtree in the file system.</summary>
internal static class RepoExportCommand
{
    public static Command Create(CliHost host)
    {
        var repository = new RepositoryArguments();
        var path = new Argument<string>("PATH") { Description = "File or directory; / for everything." };
        var destination = new Argument<string>("DEST") { Description = "Where to put it: not there yet, or an empty folder." };
        var owners = new Option<bool>("--owners") { Description = "Give everything its published owner; only root may." };
        var literal = new Option<bool>("--literal-links") { Description = "Keep variables in link targets." };
        var parallel = new Option<int>("--parallel") { Description = "Files at once.", HelpName = "N", DefaultValueFactory = _ => 16 };
        parallel.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 256) result.AddError("--parallel: expected 1 to 256.");
        });
        var command = new CliCommand(
            "export",
            "Copy a subtree into a new folder: verified, with modes, times, links and extended attributes.",
            "repo export http://cvmfs-s1.example.org/cvmfs/software.example.org /versions/2025.1 ./2025.1 -k example.org.pub",
            "repo export /srv/cvmfs/software.example.org / /data/copy --tag release-7 -k /etc/cvmfs/keys")
        {
            path,
            destination,
            owners,
            literal,
            parallel,
        };
        repository.AddTo(command);
        return command.Runs(async (parse, cancellationToken) =>
        {
            if (!UnixFile.IsSupported) throw new CliException(ExitCodes.Failed, "repo export needs a Unix file system: modes and links have no equal here.");
            string target = Path.GetFullPath(parse.GetRequiredValue(destination));
            var options = new ExportOptions
            {
                DestinationExists = CheckDestination(target),
                FilesAtOnce = parse.GetValue(parallel),
                SetOwners = parse.GetValue(owners),
                KeepVariables = parse.GetValue(literal),
            };
            var start = PathArgument.Parse(parse.GetRequiredValue(path));
            await using var opened = await repository.OpenAsync(parse, host, cancellationToken);
            var report = new ExportReport();
            long known = start.IsRoot ? opened.Current.Statistics.Total.FileSize : 0;
            await using (ProgressLine.Start(host, elapsed => Describe(report, known, elapsed)))
            {
                await new TreeExporter(opened.Current, Encoding.UTF8.GetBytes(target), options, report).RunAsync(start, cancellationToken);
            }

            return await SummarizeAsync(host, target, report);
        });
    }

    /// <summary>Whether the destination is there. What is in the way is refused before anything is fetched.</summary>
    private static bool CheckDestination(string target)
    {
        if (!Path.Exists(target) && new FileInfo(target).LinkTarget is null)
        {
            string parent = Path.GetDirectoryName(target)!;
            return Directory.Exists(parent) ? false : throw CliException.Usage($"{parent} does not exist; nothing was exported.");
        }

        if (new FileInfo(target).LinkTarget is null && Directory.Exists(target) && !Directory.EnumerateFileSystemEntries(target).Any()) return true;
        throw CliException.Usage($"{target} is there already; nothing was exported.", "Give a new or empty folder: export never writes into what exists.");
    }

    private static string Describe(ExportReport report, long known, TimeSpan elapsed)
    {
        string of = known > 0 ? $" of {ByteSize.Format(known)}" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Entries:N0} entries, {ByteSize.Format(report.Bytes)}{of}, {ProgressLine.Rate(report.Bytes, elapsed)}{ProgressLine.Remaining(report.Bytes, known, elapsed)}");
    }

    private static async Task<int> SummarizeAsync(CliHost host, string target, ExportReport report)
    {
        await host.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{report.Entries:N0} entries, {ByteSize.Format(report.Bytes)} in {target}."));
        if (report.LostAttributes > 0) await host.Error.WriteLineAsync($"{report.LostAttributes} extended attributes could not be set there.");
        if (report.Skipped.Count == 0) return ExitCodes.Done;
        foreach (string skipped in report.Skipped) await host.Error.WriteLineAsync($"not copied, a device or socket: {SafeText.ForTerminal(skipped)}");
        return ExitCodes.Incomplete;
    }
}
