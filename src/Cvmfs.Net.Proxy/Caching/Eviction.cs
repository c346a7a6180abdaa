using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Proxy.Caching;

/// <summary>Counts the bytes that are stored and names what to remove: the objects that were not used for longest. Thread-safe.</summary>
internal sealed class Eviction(long maxBytes)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, LinkedListNode<(ObjectKey Key, long Bytes)>> _entries = [];
    private readonly LinkedList<(ObjectKey Key, long Bytes)> _byUse = []; // least recently used first

    /// <summary>Bytes of all objects that are counted.</summary>
    public long Bytes { get; private set; }

    /// <summary>Number of objects that are counted.</summary>
    public int Count
    {
        get { lock (_lock) return _entries.Count; }
    }

    /// <summary>Counts an object in, as the one used last; an object that is counted already only moves.</summary>
    public void Add(ObjectKey key, long bytes)
    {
        lock (_lock)
        {
            if (MoveToEnd(key)) return;
            _entries[key] = _byUse.AddLast((key, bytes));
            Bytes += bytes;
        }
    }

    /// <summary>Counts in an object that was found on disk and has not been asked for since: the first to go.</summary>
    public void AddUnused(ObjectKey key, long bytes)
    {
        lock (_lock)
        {
            if (_entries.ContainsKey(key)) return;
            _entries[key] = _byUse.AddFirst((key, bytes));
            Bytes += bytes;
        }
    }

    /// <summary>Notes that an object was asked for. False when it is not counted yet.</summary>
    public bool Touch(ObjectKey key)
    {
        lock (_lock) return MoveToEnd(key);
    }

    /// <summary>Counts an object out.</summary>
    public void Remove(ObjectKey key)
    {
        lock (_lock)
        {
            if (!_entries.Remove(key, out var node)) return;
            _byUse.Remove(node);
            Bytes -= node.Value.Bytes;
        }
    }

    /// <summary>Counts out the next object to remove, while there are more bytes than may be.</summary>
    public bool TryTakeVictim(out ObjectKey victim, out long bytes)
    {
        lock (_lock)
        {
            (victim, bytes) = (default, 0);
            if (Bytes <= maxBytes || _byUse.First is not { } oldest) return false;
            (victim, bytes) = (oldest.Value.Key, oldest.Value.Bytes);
            _byUse.RemoveFirst();
            _entries.Remove(victim);
            Bytes -= oldest.Value.Bytes;
            return true;
        }
    }

    private bool MoveToEnd(ObjectKey key)
    {
        if (!_entries.TryGetValue(key, out var node)) return false;
        _byUse.Remove(node);
        _byUse.AddLast(node);
        return true;
    }
}
