using System.CommandLine;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>fleet check</c>: whether a fleet file makes sense.</summary>
internal static class FleetCheckCommand
{
    public static Command Create(CliHost host)
    {
        var file = FleetCommand.FileArgument();
        var command = new CliCommand("check", "Check a fleet file: every error and warning with file, line and key. Ends with 1 when there is an error.", "fleet check fleet.yaml") { file };
        return command.Runs(async (parse, cancellationToken) =>
        {
            var result = await FleetCommand.ReadAsync(host, parse.GetRequiredValue(file).FullName, cancellationToken);
            if (result.Fleet is not { } fleet) return ExitCodes.Failed;
            await using var output = host.OpenText();
            await output.WriteLineAsync($"{fleet.Name}: {fleet.ActiveServers.Count()} servers in use, {fleet.Repositories.Count} repositories, {fleet.Proxies.Count} proxies; digest {fleet.Digest}.");
            return ExitCodes.Done;
        });
    }
}
