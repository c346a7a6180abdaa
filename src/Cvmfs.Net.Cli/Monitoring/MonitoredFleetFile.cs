using Cvmfs.Net.Cli.Commands;
using Cvmfs.Net.Monitoring.Fleet;
using Cvmfs.Net.Monitoring.Serving;
using Cvmfs.Net.Monitoring.StatusPage;

namespace Cvmfs.Net.Cli.Monitoring;

/// <summary>What commands that monitor read: a fleet file or the configuration of a status page.</summary>
internal static class MonitoredFleetFile
{
    /// <summary>Reads a fleet file; its problems go to the error stream.</summary>
    /// <exception cref="CliException">There is an error in it.</exception>
    public static async Task<MonitoredFleet> ReadFleetAsync(CliHost host, string path, string? environment, TimeSpan? interval, CancellationToken cancellationToken)
    {
        var result = await FleetCommand.ReadAsync(host, path, cancellationToken);
        if (result.Fleet is not { } fleet) throw new CliException(ExitCodes.Failed, $"{path} has errors.");
        if (environment is not null && !fleet.Environments.ContainsKey(environment)) throw CliException.Usage($"--environment: there is no {environment} in {path}.");
        var all = MonitoredFleet.Of(fleet, host.Clock.GetUtcNow(), interval);
        return environment is null ? all : all.Only([.. all.Servers.Where(server => server.Target.Environment == environment)]);
    }

    /// <summary>Reads the configuration of a status page.</summary>
    /// <exception cref="CvmfsFormatException">It cannot be read.</exception>
    public static async Task<StatusPageConfiguration> ReadPageAsync(FileInfo file, CancellationToken cancellationToken)
    {
        try
        {
            return StatusPageConfiguration.Parse(await File.ReadAllBytesAsync(file.FullName, cancellationToken), file.ToString());
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new CvmfsFormatException(file.ToString(), "cannot be read: " + fault.Message, null, fault);
        }
    }
}
