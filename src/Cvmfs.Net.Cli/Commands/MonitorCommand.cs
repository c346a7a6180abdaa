using System.CommandLine;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>monitor</c>: the noun for commands that watch servers from outside.</summary>
internal static class MonitorCommand
{
    public static Command Create(CliHost host) => new("monitor", "Watch servers from outside.")
    {
        MonitorScrapeCommand.Create(host),
        MonitorStatusPageCommand.Create(host),
        MonitorServeCommand.Create(host),
        MonitorImportConfigCommand.Create(host),
    };
}
