using System.CommandLine;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>replica</c>: the noun for commands about copies of repositories.</summary>
internal static class ReplicaCommand
{
    public static Command Create(CliHost host)
    {
        var command = new Command("replica", "Keep complete copies of repositories: a Stratum 1.")
        {
            ReplicaAddCommand.Create(host),
            ReplicaListCommand.Create(host),
            ReplicaStatusCommand.Create(host),
            ReplicaSnapshotCommand.Create(host),
            ReplicaCheckCommand.Create(host),
            ReplicaScrubCommand.Create(host),
            ReplicaGcCommand.Create(host),
            ReplicaRemoveCommand.Create(host),
            ReplicaAdoptCommand.Create(host),
            ReplicaImportConfigCommand.Create(host),
            ReplicaUpdateInfoCommand.Create(host),
            ReplicaPreloadCommand.Create(host),
        };
        foreach (var foreign in ReplicaStratum0Commands.Create()) command.Subcommands.Add(foreign);
        return command;
    }
}
