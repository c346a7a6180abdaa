using System.CommandLine;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>replica</c>: the noun for commands about copies of repositories.</summary>
internal static class ReplicaCommand
{
    public static Command Create(CliHost host) => new("replica", "Keep complete copies of repositories: a Stratum 1.")
    {
        ReplicaSnapshotCommand.Create(host),
        ReplicaPreloadCommand.Create(host),
    };
}
