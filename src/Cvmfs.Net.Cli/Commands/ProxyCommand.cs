using System.CommandLine;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>proxy</c>: the noun for commands about the caching proxy.</summary>
internal static class ProxyCommand
{
    public static Command Create(CliHost host) => new("proxy", "Cache repositories for a site, or in front of a server.")
    {
        ProxyRunCommand.Create(host),
        ProxyCheckConfigCommand.Create(host),
        ProxyImportSquidCommand.Create(host),
    };
}
