using System.CommandLine;
using System.Text;
using Cvmfs.Net.Monitoring.StatusPage.Import;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>monitor import-config</c>: another monitor's configuration as one of ours.</summary>
internal static class MonitorImportConfigCommand
{
    public static Command Create(CliHost host)
    {
        var file = new Argument<FileInfo>("FILE") { Description = "The INI file of the status page in Python, or the configuration of cvmfs-servermon." };
        var output = new Option<FileInfo?>("--output") { Description = "File to write; an existing one is not replaced. Default: standard output.", HelpName = "FILE" };
        var command = new CliCommand(
            "import-config",
            "Make a configuration of an older monitor's, for monitor serve -c and monitor status-page -c, and say of each line what became of it.",
            "monitor import-config config.ini --output config.json",
            "monitor import-config /etc/cvmfsmon/api.conf > config.json") { file, output };
        return command.Runs(async (parse, cancellationToken) =>
        {
            var source = parse.GetRequiredValue(file);
            MonitorConfigurationImport import;
            try
            {
                import = MonitorConfigurationImport.Read(await File.ReadAllTextAsync(source.FullName, cancellationToken), source.ToString());
            }
            catch (Exception odd) when (odd is CvmfsFormatException or IOException or UnauthorizedAccessException)
            {
                throw CliException.Usage(odd.Message);
            }

            foreach (var line in import.Lines)
            {
                string mark = line.Verdict switch { ImportVerdict.TakenOver => "taken over  ", ImportVerdict.NotNeeded => "not needed  ", _ => "NOT POSSIBLE" };
                await host.Error.WriteLineAsync(SafeText.ForTerminal($"{mark} {source}:{line.Number}: {line.Text} -- {line.Explanation}"));
            }

            foreach (string remark in import.Remarks) await host.Error.WriteLineAsync($"Note: {remark}");
            if (parse.GetValue(output) is not { } target)
            {
                await using var text = host.OpenText();
                await text.WriteAsync(import.Json);
                return ExitCodes.Done;
            }

            try
            {
                await using var written = new FileStream(target.FullName, FileMode.CreateNew);
                await written.WriteAsync(Encoding.UTF8.GetBytes(import.Json), cancellationToken);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                throw CliException.Usage(failure.Message);
            }

            return ExitCodes.Done;
        });
    }
}
