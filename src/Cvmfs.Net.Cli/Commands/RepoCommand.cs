using System.CommandLine;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>repo</c>: everything that reads one repository.</summary>
internal static class RepoCommand
{
    public static Command Create(CliHost host) => new("repo", "Look into a repository: verified, from a server or a folder.")
    {
        RepoInfoCommand.Create(host),
        RepoLsCommand.Create(host),
        RepoStatCommand.Create(host),
        RepoCatCommand.Create(host),
        RepoTagsCommand.Create(host),
        RepoCatalogsCommand.Create(host),
        RepoDiffCommand.Create(host),
        RepoExportCommand.Create(host),
    };
}
