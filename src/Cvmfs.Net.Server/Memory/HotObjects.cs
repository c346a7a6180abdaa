// Memory/ keeps the objects that are asked for again and again.
//
//   miss ─► Doorkeeper: seen lately? ─ no ─► served from disk, noted
//                └─ yes ─► hash checked ─► HotObjects ─► every later request, without a system call for the file
//
// Must stay true
//   - Bytes that do not match their name never get in: a damaged file cannot become a damaged memory that outlives its repair.
//   - What is asked for once, as by a replica that copies everything, changes nothing here.
using System.Collections.Concurrent;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Server.Memory;

/// <summary>Content of objects in memory, up to a number of bytes. Safe for concurrent use; reading takes no lock.</summary>
internal sealed class HotObjects(long maxBytes, int maxObjectBytes)
{
    private const int OverheadBytes = 200; // of an entry in dictionary and queue
    private const byte MostTouches = 3;

    private readonly ConcurrentDictionary<HotKey, Entry> _entries = new();
    private readonly Queue<Entry> _ring = new();
    private readonly Lock _gate = new();
    private readonly Doorkeeper _doorkeeper = new();
    private long _bytes;

    /// <summary>Longest object that is kept.</summary>
    public int MaxObjectBytes { get; } = (int)Math.Min(maxObjectBytes, maxBytes / 4);

    /// <summary>Bytes held.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Objects held.</summary>
    public int Count => _entries.Count;

    /// <summary>The content of an object; null where it is not here.</summary>
    public byte[]? Find(HotKey key)
    {
        if (!_entries.TryGetValue(key, out var entry)) return null;
        if (entry.Touches < MostTouches) entry.Touches++; // a lost update does not matter
        return entry.Content;
    }

    /// <summary>Offers what was read from disk.</summary>
    /// <returns>False if the content is not what its name says.</returns>
    public bool Offer(HotKey key, byte[] content)
    {
        if (content.Length > MaxObjectBytes || !_doorkeeper.HasSeen(key)) return true;
        if (ContentHash.Compute(key.Key.Hash.Algorithm, content) != key.Key.Hash) return false;
        var added = new Entry(key, content);
        lock (_gate)
        {
            if (!_entries.TryAdd(key, added)) return true;
            _ring.Enqueue(added);
            _bytes += content.Length + OverheadBytes;
            while (_bytes > maxBytes) EvictOne();
        }

        return true;
    }

    /// <summary>The oldest goes, unless it was asked for since it was last looked at: then it goes to the end of the queue.</summary>
    private void EvictOne()
    {
        while (true)
        {
            var oldest = _ring.Dequeue();
            if (oldest.Touches > 0)
            {
                oldest.Touches--;
                _ring.Enqueue(oldest);
                continue;
            }

            _entries.TryRemove(oldest.Key, out _);
            _bytes -= oldest.Content.Length + OverheadBytes;
            return;
        }
    }

    private sealed class Entry(HotKey key, byte[] content)
    {
        public HotKey Key { get; } = key;

        public byte[] Content { get; } = content;

        public byte Touches { get; set; }
    }
}
