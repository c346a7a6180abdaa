using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Diagnostics;

/// <summary>What a collector would read, told apart from other tests' runs by the repository's name.</summary>
public sealed class ReplicationMetricsTests : IDisposable
{
    private const string Name = "metrics.example.org";

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, double> _sums = new();
    private readonly ConcurrentDictionary<string, double> _gauges = new();

    public ReplicationMetricsTests()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Cvmfs.Net.Replication") listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    [Conforms("stratum1", 96)]
    public async Task Runs_are_counted_and_gauges_follow_them()
    {
        using var upstream = await new RepositoryBuilder(Name).Files("/a", 7).Revision().File("/f", "2").BuildAsync();
        upstream.RollBackTo(1);
        await using var replica = new ReplicaSetup(upstream.Path, Name, upstream.TrustedKeys);
        await replica.SnapshotAsync();
        await replica.SnapshotAsync();

        Assert.Equal(1, _sums["snapshots outcome=updated"]);
        Assert.Equal(1, _sums["snapshots outcome=unchanged"]);
        Assert.True(_sums["objects.fetched object.kind=file outcome=new"] >= 7);
        Assert.Equal(0, _sums["snapshot.running"]);
        Collect();
        Assert.Equal((1, 1, 0, 1, 0), (_gauges["revision"], _gauges["upstream.revision"], _gauges["lag"], _gauges["upstream.up"], _gauges["snapshot.consecutive_failures"]));
        Assert.True(_gauges["snapshot.last_success.timestamp"] >= _gauges["snapshot.started.timestamp"]);
        Assert.True(_gauges["whitelist.expiry.timestamp"] > _gauges["snapshot.started.timestamp"]);

        upstream.RollBackTo(2);
        upstream.Remove(upstream.KeyOf("/f"));
        await replica.SnapshotAsync();
        Collect();
        Assert.Equal((1, 2, 1), (_gauges["revision"], _gauges["upstream.revision"], _gauges["snapshot.consecutive_failures"]));
        Assert.True(_gauges["lag"] >= 0);
        Assert.Equal(1, _sums["publish.refused reason=incomplete"]);
        Assert.Equal(1, _sums["objects.fetched object.kind=any outcome=missing_upstream"]);
    }

    private void Collect()
    {
        _gauges.Clear();
        _listener.RecordObservableInstruments();
    }

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string key = instrument.Name["cvmfs.replica.".Length..];
        bool isOurs = false;
        foreach (var (tag, content) in tags)
        {
            if (tag == "repository") isOurs = Name.Equals(content);
            else key += $" {tag}={content}";
        }

        if (!isOurs) return;
        if (instrument.IsObservable) _gauges[key] = value;
        else _sums.AddOrUpdate(key, value, (_, sum) => sum + value);
    }
}
