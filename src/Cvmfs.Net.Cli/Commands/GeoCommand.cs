using System.CommandLine;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>geo</c>: the noun for commands about the location database of a server.</summary>
internal static class GeoCommand
{
    public static Command Create(CliHost host) => new("geo", "Keep the location database by which a server orders servers for clients.")
    {
        GeoUpdateCommand.Create(host),
    };
}
