namespace Cvmfs.Net.LoadBench.Eviction;

/// <summary>A window of 1 % by last use, behind it a main part (80 % protected) that lets in only what was asked for more often than what it replaces,
/// by a count-min sketch of 4 bits that is halved now and then.</summary>
internal sealed class WindowTinyLfu : SimulatedCache
{
    private const int Hashes = 4;

    private readonly Segment _window;
    private readonly Segment _probation;
    private readonly Segment _protected;
    private readonly long _main;
    private readonly Dictionary<int, LinkedListNode<Entry>> _entries = [];
    private readonly byte[] _sketch;
    private readonly int _period;
    private int _counted;

    public WindowTinyLfu(long capacity, int expectedObjects)
        : base("W-TinyLFU")
    {
        _window = new Segment(capacity / 100);
        _main = capacity - _window.Capacity;
        _protected = new Segment(_main * 8 / 10);
        _probation = new Segment(_main);
        _sketch = new byte[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)expectedObjects * 4)];
        _period = expectedObjects * 10;
    }

    public override bool Request(int id, long size)
    {
        CountIn(id);
        if (_entries.TryGetValue(id, out var node))
        {
            Hit(node);
            return true;
        }

        if (size > _main) return false;
        _entries[id] = _window.Add(new Entry(id, size));
        while (_window.Bytes > _window.Capacity) MoveOut(_window.Oldest);
        return false;
    }

    private void Hit(LinkedListNode<Entry> node)
    {
        var entry = node.Value;
        var to = entry.Segment == _window ? _window : _protected;
        entry.Segment!.Remove(node);
        _entries[entry.Id] = to.Add(entry);
        while (_protected.Bytes > _protected.Capacity)
        {
            var demoted = _protected.Oldest;
            _protected.Remove(demoted);
            _entries[demoted.Value.Id] = _probation.Add(demoted.Value);
        }
    }

    private void MoveOut(LinkedListNode<Entry> candidate)
    {
        var entry = candidate.Value;
        _window.Remove(candidate);
        _entries.Remove(entry.Id);
        int frequency = Estimate(entry.Id);
        while (_probation.Bytes + _protected.Bytes + entry.Size > _main)
        {
            var victim = _probation.Bytes > 0 ? _probation.Oldest : _protected.Oldest;
            if (Estimate(victim.Value.Id) >= frequency) return;
            victim.Value.Segment!.Remove(victim);
            _entries.Remove(victim.Value.Id);
        }

        _entries[entry.Id] = _probation.Add(entry);
    }

    private void CountIn(int id)
    {
        for (int i = 0; i < Hashes; i++)
        {
            ref byte counter = ref _sketch[Place(id, i)];
            if (counter < 15) counter++;
        }

        if (++_counted < _period) return;
        _counted = 0;
        for (int i = 0; i < _sketch.Length; i++) _sketch[i] >>= 1;
    }

    private int Estimate(int id)
    {
        int least = 15;
        for (int i = 0; i < Hashes; i++) least = Math.Min(least, _sketch[Place(id, i)]);
        return least;
    }

    private int Place(int id, int i)
    {
        ulong mixed = ((ulong)(uint)id + 1) * 0x9E3779B97F4A7C15 * (ulong)(2 * i + 1);
        return (int)((mixed ^ (mixed >> 29)) >> 13) & (_sketch.Length - 1);
    }

    private sealed class Entry(int id, long size)
    {
        public int Id => id;

        public long Size => size;

        public Segment? Segment { get; set; }
    }

    private sealed class Segment(long capacity)
    {
        private readonly LinkedList<Entry> _byUse = [];

        public long Capacity => capacity;

        public long Bytes { get; private set; }

        public LinkedListNode<Entry> Oldest => _byUse.First!;

        public LinkedListNode<Entry> Add(Entry entry)
        {
            entry.Segment = this;
            Bytes += entry.Size;
            return _byUse.AddLast(entry);
        }

        public void Remove(LinkedListNode<Entry> node)
        {
            Bytes -= node.Value.Size;
            _byUse.Remove(node);
        }
    }
}
