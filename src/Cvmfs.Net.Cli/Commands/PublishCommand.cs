using System.CommandLine;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>publish</c>: the noun for commands of a Stratum 0.</summary>
internal static class PublishCommand
{
    public static Command Create(CliHost host) => new("publish", "Make repositories and publish to them: a Stratum 0.")
    {
        PublishKeysCommand.Create(host),
        PublishInitCommand.Create(host),
        PublishCommitCommand.Create(host),
        PublishTagCommand.Create(host),
        PublishResignCommand.Create(host),
    };
}
