using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Replication.Diagnostics;

/// <summary>Remembers the few slowest of any number of transfers. Written by all workers; nearly every call ends at its first comparison.</summary>
internal sealed class SlowestTransfers
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<(ObjectKey Key, long Bytes, TimeSpan Duration), TimeSpan> _slowest = new();
    private long _leastTicks = -1; // of the remembered, once there are enough of them

    /// <summary>Takes note of a transfer.</summary>
    public void Add(ObjectKey key, long bytes, TimeSpan duration)
    {
        if (duration.Ticks <= Volatile.Read(ref _leastTicks)) return;
        lock (_gate)
        {
            _slowest.Enqueue((key, bytes, duration), duration);
            if (_slowest.Count > SnapshotReport.MaxListedSlowTransfers) _slowest.Dequeue();
            if (_slowest.Count == SnapshotReport.MaxListedSlowTransfers) Volatile.Write(ref _leastTicks, _slowest.Peek().Duration.Ticks);
        }
    }

    /// <summary>The slowest, slowest first.</summary>
    /// <param name="urlOf">Names the place of an object.</param>
    public IReadOnlyList<SlowTransfer> ToList(Func<ObjectKey, string> urlOf)
    {
        lock (_gate)
        {
            return [.. _slowest.UnorderedItems.Select(item => item.Element).OrderByDescending(item => item.Duration)
                .Select(item => new SlowTransfer(item.Key, urlOf(item.Key), item.Bytes, item.Duration))];
        }
    }
}
