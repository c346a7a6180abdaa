using System.Runtime.InteropServices;
using System.Threading.Channels;
using Cvmfs.Net.Replication.Configuration;
using Stratum1Replicator.Configuration;

namespace Stratum1Replicator.Operation;

/// <summary>Puts the configuration into force: at the start, when a file changes, on SIGHUP, and where the reference's files may have changed once a
/// minute. One that cannot be used changes nothing.</summary>
internal sealed class ConfigurationService(
    ConfigurationFiles files, HostSettings initial, ReplicaHost host, MaintenanceService maintenance, TimeProvider time,
    SystemdNotifier systemd, ConfigurationProblem problem, ILogger<ConfigurationService> logger)
    : BackgroundService
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMinutes(1);

    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (string note in initial.Notes) logger.LogWarning("{Note}", note);
        await host.ApplyAsync(initial.Replicas, cancellationToken);
        systemd.Say($"{host.Replicas.Count} replicas");
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var changes = files.OnChange(() => _signals.Writer.TryWrite(false));
        using var hangUp = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true; // its default is to end the process
            _signals.Writer.TryWrite(true);
        });
        using var minutes = time.CreateTimer(_ => _signals.Writer.TryWrite(false), null, LookInterval, LookInterval);
        try
        {
            while (true)
            {
                bool isAsked = await _signals.Reader.ReadAsync(stoppingToken);
                await ReloadAsync(isAsked, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // asked to end
        }
    }

    private async Task ReloadAsync(bool isAsked, CancellationToken cancellationToken)
    {
        try
        {
            files.Reload();
            var options = files.Read();
            if (!options.IsService) throw new InvalidConfigurationException(["There are no replicas any more; a service needs ConfigDir or Replicas."]);
            var settings = await ReplicaSettingsReader.ReadAsync(options, time, cancellationToken);
            maintenance.Apply(options.Maintenance);
            await host.ApplyAsync(settings.Replicas, cancellationToken);
            systemd.Say($"{host.Replicas.Count} replicas");
            if (isAsked || problem.Current is not null) logger.LogInformation("The configuration was read again and is in force");
            problem.Current = null;
        }
        catch (Exception e) when (e is InvalidConfigurationException or ConfigurationException or IOException or UnauthorizedAccessException)
        {
            if (problem.Current != e.Message) logger.LogError("The configuration cannot be used, the old one stays in force: {Problem}", e.Message);
            problem.Current = e.Message;
        }
    }
}
