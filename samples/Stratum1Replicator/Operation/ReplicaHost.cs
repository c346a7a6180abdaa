// The replicas of a host.
//
//   ConfigurationService ► ReplicaHost.ApplyAsync ► Replicator (snapshots)   ► ReplicaActivity ► status, metrics, health
//                                                 ► MaintenanceService (collection, check, scrub) ►┘
// Must stay true
//   - A replica whose settings did not change does not notice that others were added, changed or removed.
//   - A replica is disposed only after its last run has ended.
using Cvmfs.Net.Replication;
using Cvmfs.Net.Replication.Configuration;
using Cvmfs.Net.Server;
using Cvmfs.Net.Transport;
using Stratum1Replicator.Configuration;

namespace Stratum1Replicator.Operation;

/// <summary>Keeps the replicas of the configuration up to date. They come, change and go while it runs.</summary>
internal sealed class ReplicaHost : BackgroundService
{
    private readonly CvmfsServer _server;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly Replicator _replicator;
    private readonly HttpConnections _connections;
    private readonly SharedTransfers _transfers;
    private readonly SharedStores _stores = new();
    private readonly ByteRateLimit[] _rateLimits;
    private readonly SemaphoreSlim _applying = new(1);
    private IReadOnlyList<HostedReplica> _replicas = []; // replaced as a whole

    public ReplicaHost(LimitOptions limits, CvmfsServer server, TimeProvider time, ILoggerFactory loggers)
    {
        (_server, _time, _loggers, _logger) = (server, time, loggers, loggers.CreateLogger<ReplicaHost>());
        _connections = new HttpConnections(new HttpConnectionsOptions
        {
            MaxConnections = limits.MaxConnections,
            MaxConnectionsPerServer = Math.Min(limits.MaxConnectionsPerServer, limits.MaxConnections),
            TimeProvider = time,
        });
        _transfers = new SharedTransfers(limits.MaxTransfers);
        _rateLimits = limits.MaxBytesPerSecond > 0 ? [new ByteRateLimit(limits.MaxBytesPerSecond, time)] : [];
        _replicator = new Replicator(
            [], limits.MaxSnapshots, time, logger: loggers.CreateLogger<Replicator>(), maxFirstSnapshots: limits.MaxFirstSnapshots)
        {
            Progress = replica => Find(replica)?.Activity.BeginSnapshot(time.GetUtcNow()),
            SnapshotEnded = EndedAsync,
        };
    }

    /// <summary>By alias.</summary>
    public IReadOnlyList<HostedReplica> Replicas => Volatile.Read(ref _replicas);

    /// <summary>Hears of the end of every snapshot, before the wait for the next. An exception from it ends the host.</summary>
    public Func<HostedReplica, SnapshotReport, CancellationToken, ValueTask>? SnapshotEnded { get; set; }

    /// <summary>Raised when a snapshot ended, and when replicas came or went.</summary>
    public event Action? Changed;

    /// <summary>Somebody says that a repository has changed. False if it is none of this host's.</summary>
    public bool Hint(string repository) => _replicator.Hint(repository);

    /// <summary>Makes the replicas those of the settings. Those that are as before go on undisturbed.</summary>
    public async Task ApplyAsync(IReadOnlyList<ReplicaSettings> wanted, CancellationToken cancellationToken)
    {
        await _applying.WaitAsync(cancellationToken);
        try
        {
            var before = Replicas.ToDictionary(replica => replica.Alias, StringComparer.Ordinal);
            var after = new List<HostedReplica>();
            var leaving = new List<HostedReplica>();
            var joining = new List<ReplicaSettings>();
            foreach (var settings in wanted)
            {
                if (before.Remove(settings.Alias, out var known))
                {
                    // One with a problem is looked at again: it may be gone.
                    if (known.Settings.Fingerprint == settings.Fingerprint && known.Settings.Problem is null && settings.Problem is null)
                    {
                        after.Add(known);
                        continue;
                    }

                    if (known.Settings.Fingerprint != settings.Fingerprint) _logger.LogInformation("{Alias}: settings changed", settings.Alias);
                    leaving.Add(known);
                }
                else
                {
                    _logger.LogInformation("{Alias}: joins, from {Origin}", settings.Alias, settings.Origin);
                }

                joining.Add(settings);
            }

            foreach (var gone in before.Values) _logger.LogInformation("{Alias}: leaves; what is stored stays", gone.Alias);
            leaving.AddRange(before.Values);
            await Task.WhenAll(leaving.Select(EndAsync)); // before its successor begins: both would want the same lock

            var joined = new List<HostedReplica>();
            foreach (var settings in joining) joined.Add(Make(await LookOverAsync(settings, cancellationToken)));
            Volatile.Write(ref _replicas, [.. after.Concat(joined).OrderBy(replica => replica.Alias, StringComparer.Ordinal)]);
            foreach (var hosted in joined)
            {
                foreach (string note in hosted.Settings.Notes) _logger.LogWarning("{Alias}: {Note}", hosted.Alias, note);
                if (hosted.Settings.Problem is { } problem && leaving.Find(before => before.Alias == hosted.Alias)?.Settings.Problem != problem) _logger.LogError("{Alias}: is not kept up to date: {Problem}", hosted.Alias, problem);
                if (hosted.Replica is { } replica) _replicator.Add(replica);
            }
        }
        finally
        {
            _applying.Release();
        }

        Changed?.Invoke();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await _replicator.RunAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            _logger.LogInformation("Stopped; what was stored stays for the next run.");
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        foreach (var hosted in Replicas) await hosted.DisposeAsync();
        await _connections.DisposeAsync();
    }

    public override void Dispose()
    {
        _applying.Dispose();
        base.Dispose();
    }

    /// <summary>What other tools have kept is looked over before anything of it is touched. An obstacle leaves it to them, until the next look at the configuration.</summary>
    private async Task<ReplicaSettings> LookOverAsync(ReplicaSettings settings, CancellationToken cancellationToken)
    {
        if (settings.LookOver is null || settings.Options is not { IsPassThrough: false } options) return settings;
        // Where nothing is yet, or only this program has been, there is nothing to take over.
        if (!Directory.Exists(options.StorageFolder)) return settings;
        string? obstacle = null;
        foreach (var finding in await settings.LookOver(cancellationToken))
        {
            // Somebody at work is no obstacle: both take the same locks.
            bool isObstacle = finding.Level == AdoptionLevel.Obstacle && finding.Subject != "locks";
            if (isObstacle) obstacle ??= $"It cannot be taken over. {finding.Subject}: {finding.Message}";
            else if (finding.Level is AdoptionLevel.Warning or AdoptionLevel.Obstacle) _logger.LogWarning("{Alias}: {Subject}: {Finding}", settings.Alias, finding.Subject, finding.Message);
            else _logger.LogInformation("{Alias}: {Subject}: {Finding}", settings.Alias, finding.Subject, finding.Message);
        }

        return obstacle is null ? settings : settings with { Problem = obstacle, Options = null };
    }

    private HostedReplica Make(ReplicaSettings settings)
    {
        if (settings.Options is null) return new HostedReplica(settings, null, _time);
        var services = new ReplicaServices
        {
            TimeProvider = _time,
            Logger = _loggers.CreateLogger<Replica>(),
            Connections = _connections,
            Transfers = _transfers,
            Stores = _stores,
            RateLimits = _rateLimits,
        };
        try
        {
            return new HostedReplica(settings, new Replica(settings.Options, settings.Keys, services), _time);
        }
        catch (Exception e) when (e is ArgumentException or Cvmfs.Net.CvmfsException)
        {
            return new HostedReplica(settings with { Problem = e.Message, Options = null }, null, _time);
        }
    }

    private async Task EndAsync(HostedReplica hosted)
    {
        if (hosted.Replica is { } replica) await _replicator.RemoveAsync(replica);
        await hosted.DisposeAsync();
    }

    private HostedReplica? Find(Replica replica) => Replicas.FirstOrDefault(hosted => hosted.Replica == replica);

    private async ValueTask EndedAsync(Replica replica, SnapshotReport report, CancellationToken cancellationToken)
    {
        if (Find(replica) is not { } hosted) return;
        hosted.Activity.EndSnapshot(report, _time.GetUtcNow());
        hosted.ForgetFacts();
        _server.Refresh(hosted.Alias); // what is new is served at once
        Changed?.Invoke();
        if (SnapshotEnded is { } ended) await ended(hosted, report, cancellationToken);
    }
}
