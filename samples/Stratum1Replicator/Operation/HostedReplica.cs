using Cvmfs.Net.Replication;
using Stratum1Replicator.Configuration;

namespace Stratum1Replicator.Operation;

/// <summary>A replica that this host keeps, or would keep if its configuration were right.</summary>
internal sealed class HostedReplica(ReplicaSettings settings, Replica? replica, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan FactsLifetime = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _leave = new();
    private Task _maintenance = Task.CompletedTask;
    private bool _isLeaving;
    private (ReplicaFacts Facts, long At)? _facts;

    public ReplicaSettings Settings { get; } = settings;

    /// <summary>Null where the configuration has a problem.</summary>
    public Replica? Replica { get; } = replica;

    public string Alias => Settings.Alias;

    /// <summary>Name of the repository; the alias where that is not known.</summary>
    public string Name => Settings.Options?.Repository ?? Alias;

    /// <summary>Whether it is updated and maintained.</summary>
    public bool IsActive => Replica is { Options: { IsActive: true, IsPassThrough: false } };

    public ReplicaActivity Activity { get; } = new();

    /// <summary>The maintenance that is going on, or the last one.</summary>
    public Task Maintenance
    {
        get
        {
            lock (_gate) return _maintenance;
        }
    }

    /// <summary>What lies on the disk, looked at once a second at most.</summary>
    public ReplicaFacts Facts
    {
        get
        {
            lock (_gate)
            {
                if (Replica is null) return new ReplicaFacts { Problem = Settings.Problem };
                if (_facts is { } known && time.GetElapsedTime(known.At) < FactsLifetime) return known.Facts;
                var facts = ReplicaFacts.Read(Replica.Location.StorageFolder);
                _facts = (facts, time.GetTimestamp());
                return facts;
            }
        }
    }

    /// <summary>Has the next look at the disk be a new one.</summary>
    public void ForgetFacts()
    {
        lock (_gate) _facts = null;
    }

    /// <summary>Runs a piece of maintenance, unless one is going on or the replica is leaving.</summary>
    /// <returns>Null if it was not begun; else its end.</returns>
    public Task? TryMaintain(Func<CancellationToken, Task> work)
    {
        lock (_gate)
        {
            if (_isLeaving || !_maintenance.IsCompleted) return null;
            return _maintenance = work(_leave.Token);
        }
    }

    /// <summary>Lets no maintenance begin any more, ends the one that is going on, and lets go of the replica, of which no snapshot may be going on.</summary>
    public async ValueTask DisposeAsync()
    {
        Task maintenance;
        lock (_gate) (_isLeaving, maintenance) = (true, _maintenance);
        await _leave.CancelAsync();
        await maintenance.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // whoever began it hears how it ended
        _leave.Dispose();
        if (Replica is not null) await Replica.DisposeAsync();
    }
}
