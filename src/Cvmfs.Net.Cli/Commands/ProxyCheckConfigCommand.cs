using System.CommandLine;
using Cvmfs.Net.Proxy.Configuration;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>proxy check-config</c>: whether a proxy would start with a file.</summary>
internal static class ProxyCheckConfigCommand
{
    public static Command Create(CliHost host)
    {
        var file = new Argument<FileInfo>("file") { Description = "Configuration file." };
        var command = new CliCommand("check-config", "Say whether a configuration file of the proxy can be used, and what is wrong in which line.", "proxy check-config /etc/cvmfs-net/proxy.json") { file };
        return command.Runs(async (parse, _) =>
        {
            string path = parse.GetRequiredValue(file).ToString();
            IReadOnlyList<string> problems;
            try
            {
                problems = ProxyConfigurationFile.CheckStart(path, ProxyConfigurationFile.Read(path));
            }
            catch (ProxyConfigurationException wrong)
            {
                problems = [wrong.Message];
            }

            foreach (string problem in problems) await host.Error.WriteLineAsync(problem);
            if (problems.Count > 0) return ExitCodes.Failed;
            await using var output = host.OpenText();
            await output.WriteLineAsync($"{path}: good.");
            return ExitCodes.Done;
        });
    }
}
