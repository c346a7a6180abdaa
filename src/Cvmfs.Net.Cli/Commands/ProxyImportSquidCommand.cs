using System.CommandLine;
using Cvmfs.Net.Proxy.Configuration;
using Cvmfs.Net.Proxy.SquidImport;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>proxy import-squid</c>: a configuration of squid as one of this proxy.</summary>
internal static class ProxyImportSquidCommand
{
    public static Command Create(CliHost host)
    {
        var file = new Argument<FileInfo>("squid.conf") { Description = "Squid's configuration; what it includes is read too." };
        var output = new Option<FileInfo?>("--output") { Description = "File to write; an existing one is not replaced. Default: standard output.", HelpName = "FILE" };
        var command = new CliCommand(
            "import-squid",
            "Make a configuration file of squid's, and say of each line what became of it. Nobody gets more than squid gave.",
            "proxy import-squid /etc/squid/squid.conf --output proxy.json") { file, output };
        return command.Runs(async (parse, cancellationToken) =>
        {
            SquidConfigurationImport import;
            try
            {
                import = SquidConfigurationImport.Read(parse.GetRequiredValue(file).ToString());
            }
            catch (ProxyConfigurationException wrong)
            {
                throw CliException.Usage(wrong.Message);
            }

            foreach (var line in import.Lines)
            {
                string mark = line.Verdict switch { SquidVerdict.TakenOver => "taken over  ", SquidVerdict.NotNeeded => "not needed  ", _ => "NOT POSSIBLE" };
                await host.Error.WriteLineAsync(SafeText.ForTerminal($"{mark} {line.File}:{line.Number}: {line.Text} -- {line.Explanation}"));
            }

            foreach (string remark in import.Remarks) await host.Error.WriteLineAsync($"Note: {remark}");
            string settings = SettingsText.Of(import.Options);
            if (parse.GetValue(output) is not { } target)
            {
                await using var text = host.OpenText();
                await text.WriteAsync(settings);
                return ExitCodes.Done;
            }

            try
            {
                await using var written = new FileStream(target.FullName, FileMode.CreateNew);
                await written.WriteAsync(System.Text.Encoding.UTF8.GetBytes(settings), cancellationToken);
            }
            catch (IOException failure)
            {
                throw CliException.Usage(failure.Message);
            }

            return ExitCodes.Done;
        });
    }
}
