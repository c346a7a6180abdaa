// Which object goes: S3-FIFO, counted in bytes (docs/proxy-eviction.md says why this one).
//
//   new ─► small queue, a tenth ─ asked for again ─► main queue ─ asked for since ─► its end again
//               └─ not ─► out, its hash among the ghosts      └─ not ─► out
//   ghost or catalog ─► main queue at once
//
// An object of more than twice the mean size has to be asked for twice to stay: for its bytes many others can.
// A pass over many objects that are asked for once fills the small queue only. A hit costs a counter.
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Proxy.Storage;

internal sealed partial class ObjectTable<TValue>
{
    private const double SmallShare = 0.1;
    private const int MinGhosts = 1024;
    private const int MaxSteps = 1 << 16;

    private readonly long _largestAtOnce;
    private readonly double _largeFactor;
    private readonly GhostList _ghosts = new(MinGhosts);
    private readonly Partition[] _partitions;
    private long[] _repositoryBytes = new long[16];
    private ulong _random = 0x9E3779B97F4A7C15;

    /// <summary>Bytes that the objects of a repository take.</summary>
    public long BytesOf(int repository)
    {
        lock (_lock) return repository < _repositoryBytes.Length ? _repositoryBytes[repository] : 0;
    }

    /// <summary>Minute of the last use of what would go next; null when there is nothing.</summary>
    public uint? OldestUse
    {
        get
        {
            lock (_lock)
            {
                uint? oldest = null;
                foreach (var partition in _partitions)
                {
                    int slot = partition.Main.Oldest != None ? partition.Main.Oldest : partition.Small.Oldest;
                    if (slot != None) oldest = Math.Min(oldest ?? uint.MaxValue, At(slot).Minute);
                }

                return oldest;
            }
        }
    }

    /// <summary>Whether an object of that length would be let in now. Noted as a first coming if not.</summary>
    public bool Admits(in ContentHash hash, long length)
    {
        if (_costOf(length) <= _largestAtOnce) return true;
        lock (_lock)
        {
            bool isKnown = _ghosts.Take(hash.Prefix64, Math.Max(_count, MinGhosts));
            _ghosts.Add(hash.Prefix64); // the one who asks comes back with the object
            return isKnown;
        }
    }

    /// <summary>Removes the next object to go while more bytes are taken than may be, in all or by a repository.</summary>
    public bool TryEvict(out TableEntry<TValue> victim)
    {
        lock (_lock)
        {
            if (ChoosePartition() is not { } partition)
            {
                victim = default;
                return false;
            }

            int slot = ChooseVictim(partition);
            victim = At(slot);
            if (!victim.IsMain) _ghosts.Add(victim.Hash.Prefix64);
            Unlink(slot);
            return true;
        }
    }

    /// <summary>The repository that is most over its quota; where none is, one of those above their floors by chance, by their bytes above it.</summary>
    private Partition? ChoosePartition()
    {
        Partition? over = null;
        long excess = 0;
        long above = 0;
        foreach (var partition in _partitions)
        {
            if (partition.Bytes > partition.MaxBytes && partition.Bytes - partition.MaxBytes > excess) (over, excess) = (partition, partition.Bytes - partition.MaxBytes);
            above += Math.Max(0, partition.Bytes - partition.FloorBytes);
        }

        if (over is not null) return over;
        if (_bytes <= Capacity) return null;
        if (_partitions.Length == 1) return _partitions[0];
        _random ^= _random << 13;
        _random ^= _random >> 7;
        _random ^= _random << 17;
        bool isAbove = above > 0; // floors that do not fit together are not kept
        long at = (long)(_random % (ulong)(isAbove ? above : _bytes));
        foreach (var partition in _partitions)
        {
            at -= isAbove ? Math.Max(0, partition.Bytes - partition.FloorBytes) : partition.Bytes;
            if (at < 0) return partition;
        }

        return null;
    }

    private int ChooseVictim(Partition partition)
    {
        for (int step = 0; ; step++)
        {
            bool fromSmall = partition.Small.Oldest != None && (partition.Main.Oldest == None || partition.Small.Bytes > SmallShare * partition.Bytes);
            int slot = fromSmall ? partition.Small.Oldest : partition.Main.Oldest;
            ref var entry = ref At(slot);
            uint touches = entry.Touches;
            bool isLarge = _costOf(entry.Length) > _largeFactor * _bytes / _count;
            if (touches < (isLarge ? 2 : 1) || step >= MaxSteps) return slot;
            Dequeue(slot);
            entry.Use = (entry.Use & ~0xffu) | (fromSmall ? 0 : touches - 1);
            entry.IsMain = true;
            Enqueue(slot);
        }
    }

    private Partition PartitionOf(int repository) => _partitions[repository < _partitions.Length ? repository : 0];

    private void Enqueue(int slot)
    {
        ref var entry = ref At(slot);
        long cost = _costOf(entry.Length);
        var partition = PartitionOf(entry.Repository);
        ref var queue = ref entry.IsMain ? ref partition.Main : ref partition.Small;
        entry.Newer = None;
        entry.Older = queue.Newest;
        if (queue.Newest != None) At(queue.Newest).Newer = slot;
        else queue.Oldest = slot;
        queue.Newest = slot;
        queue.Bytes += cost;
        CountBytes(entry.Repository, cost);
    }

    private void Dequeue(int slot)
    {
        ref var entry = ref At(slot);
        long cost = _costOf(entry.Length);
        var partition = PartitionOf(entry.Repository);
        ref var queue = ref entry.IsMain ? ref partition.Main : ref partition.Small;
        if (entry.Older != None) At(entry.Older).Newer = entry.Newer;
        else queue.Oldest = entry.Newer;
        if (entry.Newer != None) At(entry.Newer).Older = entry.Older;
        else queue.Newest = entry.Older;
        queue.Bytes -= cost;
        CountBytes(entry.Repository, -cost);
    }

    private void CountBytes(int repository, long bytes)
    {
        if (repository >= _repositoryBytes.Length) Array.Resize(ref _repositoryBytes, Math.Max(repository + 1, 2 * _repositoryBytes.Length));
        _repositoryBytes[repository] += bytes;
        Volatile.Write(ref _bytes, _bytes + bytes);
    }

    private struct Queue()
    {
        public int Oldest = None;
        public int Newest = None;
        public long Bytes;
    }

    private sealed class Partition(long maxBytes, long floorBytes)
    {
        public Queue Small = new();
        public Queue Main = new();

        public long MaxBytes => maxBytes;

        public long FloorBytes => floorBytes;

        public long Bytes => Small.Bytes + Main.Bytes;
    }
}
