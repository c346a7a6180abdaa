using System.CommandLine;
using System.CommandLine.Parsing;

namespace Cvmfs.Net.Cli.Commands;

/// <summary>Commands of the reference that only a publisher has: they say so instead of being unknown.</summary>
internal static class ReplicaStratum0Commands
{
    private static readonly (string Name, string Instead)[] s_commands =
    [
        ("mkfs", "publish init"), ("transaction", "publish commit"), ("publish", "publish commit"), ("abort", "publish commit"), ("ingest", "publish commit"), ("resign", "publish resign"),
        ("tag", "publish tag"), ("list-tags", "repo tags"), ("lstags", "repo tags"), ("diff", "repo diff"), ("mount", ""), ("enter", ""), ("rollback", ""), ("import", ""), ("checkout", ""),
        ("masterkeycard", ""), ("update-repoinfo", ""), ("catalog-chown", ""), ("eliminate-hardlinks", ""), ("eliminate-bulk-hashes", ""), ("fix-stats", ""), ("fix-permissions", ""), ("alterfs", ""),
    ];

    public static IEnumerable<Command> Create() => s_commands.Select(one =>
    {
        var command = new CliCommand(one.Name, "A command of a Stratum 0.") { Hidden = true, TreatUnmatchedTokensAsErrors = false };
        return (Command)command.Runs((_, _) => throw CliException.Usage(
            $"{one.Name} is a command for a Stratum 0, where repositories are published; a replica only copies.",
            one.Instead.Length > 0 ? $"See {CvmfsCommandLine.ProgramName} {one.Instead}." : "Run it on the publisher, with the reference's tools."));
    });
}
