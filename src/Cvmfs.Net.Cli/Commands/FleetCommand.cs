using System.CommandLine;
using Cvmfs.Net.Monitoring.Fleet;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>fleet</c>: the noun for commands about the file that describes an infrastructure.</summary>
internal static class FleetCommand
{
    public static Command Create(CliHost host) => new("fleet", "Check the file that describes an infrastructure, make other programs' configuration out of it, and compare it with the world.")
    {
        FleetCheckCommand.Create(host),
        FleetRenderCommand.Create(host),
        FleetDriftCommand.Create(host),
        FleetCalendarCommand.Create(host),
        FleetSchemaCommand.Create(host),
    };

    public static Argument<FileSystemInfo> FileArgument() => new("FILE") { Description = "Fleet file, YAML or JSON, or a folder of them." };

    /// <summary>Reads a fleet and prints its problems on the error stream; null when there is an error.</summary>
    public static async Task<FleetReadResult> ReadAsync(CliHost host, string path, CancellationToken cancellationToken)
    {
        if (!Path.Exists(path)) throw CliException.Usage($"the fleet file {path} does not exist.");
        var result = await FleetReader.LoadAsync(path, host.Clock.GetUtcNow(), cancellationToken);
        foreach (var problem in result.Problems) await host.Error.WriteLineAsync(SafeText.ForTerminal(problem.ToString()));
        return result;
    }
}
