using System.CommandLine;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>proxy</c>: the noun for commands about the caching proxy.</summary>
internal static class ProxyCommand
{
    public static Command Create(CliHost host) => new CliCommand(
        "proxy",
        "Cache repositories for a site, or in front of a server.",
        "proxy run --allow-destination '*.example.org'                            # a site's forward proxy; clients: CVMFS_HTTP_PROXY=http://this-host:3128",
        "proxy run --listen http://0.0.0.0:8000 --upstream http://localhost:8081  # in front of a Stratum 1",
        "proxy check-config proxy.json && cvmfs-net proxy run --config proxy.json # from a file, taken over whenever it changes",
        "proxy import-squid /etc/squid/squid.conf --output proxy.json             # instead of squid")
    {
        ProxyRunCommand.Create(host),
        ProxyCheckConfigCommand.Create(host),
        ProxyImportSquidCommand.Create(host),
    };
}
