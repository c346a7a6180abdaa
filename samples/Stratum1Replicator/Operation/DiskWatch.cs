using Stratum1Replicator.Configuration;

namespace Stratum1Replicator.Operation;

/// <summary>Looks at the free space now and then and says when it gets scarce. That no snapshot runs below the reserve is up to the runs themselves.</summary>
internal sealed class DiskWatch(ReplicaHost host, LimitOptions limits, TimeProvider time, ILogger<DiskWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, HealthLevel> _levels = [];
    private IReadOnlyList<DiskVolume> _volumes = [];

    public IReadOnlyList<DiskVolume> Volumes => Volatile.Read(ref _volumes);

    public long ReserveBytes { get; } = limits.DiskReserveBytes ?? ReplicaSettingsReader.DefaultReserveBytes;

    public HealthLevel LevelOf(DiskVolume volume)
        => volume.FreeBytes < ReserveBytes ? HealthLevel.Failed : volume.FreeBytes < limits.DiskWarnBytes ? HealthLevel.Warning : HealthLevel.Ok;

    /// <summary>Looks now.</summary>
    public void Look()
    {
        lock (_gate) LookLocked();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        host.Changed += Look; // replicas that join may lie elsewhere, and a snapshot may have filled the disk
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                Look();
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // asked to end
        }
        finally
        {
            host.Changed -= Look;
        }
    }

    private void LookLocked()
    {
        Volatile.Write(ref _volumes, DiskVolume.Of(host.Replicas.Select(hosted => hosted.Replica?.Location.StorageFolder).OfType<string>()));
        foreach (var volume in Volumes)
        {
            var level = LevelOf(volume);
            if (level == _levels.GetValueOrDefault(volume.Path)) continue;
            _levels[volume.Path] = level;
            if (level == HealthLevel.Ok) logger.LogInformation("{Volume}: {Free} bytes are free again", volume.Path, volume.FreeBytes);
            else if (level == HealthLevel.Warning) logger.LogWarning("{Volume}: {Free} bytes are free; below {Reserve} no snapshot runs", volume.Path, volume.FreeBytes, ReserveBytes);
            else logger.LogError("{Volume}: {Free} bytes are free, less than the reserve of {Reserve}: no snapshot runs", volume.Path, volume.FreeBytes, ReserveBytes);
        }
    }
}
