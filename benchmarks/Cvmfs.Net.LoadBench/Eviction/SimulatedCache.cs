using Cvmfs.Net.Hashing;
using Cvmfs.Net.Proxy.Storage;

namespace Cvmfs.Net.LoadBench.Eviction;

/// <summary>A cache of sizes without contents. Objects are numbers.</summary>
internal abstract class SimulatedCache(string name)
{
    public string Name => name;

    /// <summary>Asks for an object and keeps it, if the policy wants to. True for a hit.</summary>
    public abstract bool Request(int id, long size);
}

/// <summary>What the proxy itself uses: the same code.</summary>
internal sealed class ProxyTable(string name, long capacity, ContentHash[] hashes, double largeFactor) : SimulatedCache(name)
{
    private readonly ObjectTable<int> _table = new(capacity, static size => size, largeFactor: largeFactor);

    public override bool Request(int id, long size)
    {
        if (_table.TryRead(hashes[id], out _)) return true;
        _table.Insert(new TableEntry<int>(hashes[id], id, size, 0, false, 0));
        while (_table.TryEvict(out _))
        {
        }

        return false;
    }
}

/// <summary>The one used longest ago goes: what squid does.</summary>
internal sealed class LeastRecentlyUsed(long capacity) : SimulatedCache("LRU")
{
    private readonly Dictionary<int, LinkedListNode<(int Id, long Size)>> _entries = [];
    private readonly LinkedList<(int Id, long Size)> _byUse = [];
    private long _bytes;

    public override bool Request(int id, long size)
    {
        if (_entries.TryGetValue(id, out var node))
        {
            _byUse.Remove(node);
            _byUse.AddLast(node);
            return true;
        }

        if (size > capacity) return false;
        _entries[id] = _byUse.AddLast((id, size));
        _bytes += size;
        while (_bytes > capacity)
        {
            var oldest = _byUse.First!;
            _byUse.RemoveFirst();
            _entries.Remove(oldest.Value.Id);
            _bytes -= oldest.Value.Size;
        }

        return false;
    }
}

/// <summary>One queue, one bit, a hand that moves from the oldest to the newest and takes the first without the bit.</summary>
internal sealed class Sieve(long capacity) : SimulatedCache("SIEVE")
{
    private sealed class Entry(int id, long size)
    {
        public int Id => id;

        public long Size => size;

        public bool Visited { get; set; }
    }

    private readonly Dictionary<int, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byAge = []; // newest last
    private LinkedListNode<Entry>? _hand;
    private long _bytes;

    public override bool Request(int id, long size)
    {
        if (_entries.TryGetValue(id, out var node))
        {
            node.Value.Visited = true;
            return true;
        }

        if (size > capacity) return false;
        while (_bytes + size > capacity)
        {
            _hand ??= _byAge.First!;
            while (_hand.Value.Visited)
            {
                _hand.Value.Visited = false;
                _hand = _hand.Next ?? _byAge.First!;
            }

            var victim = _hand;
            _hand = _hand.Next;
            _byAge.Remove(victim);
            _entries.Remove(victim.Value.Id);
            _bytes -= victim.Value.Size;
        }

        _entries[id] = _byAge.AddLast(new Entry(id, size));
        _bytes += size;
        return false;
    }
}
