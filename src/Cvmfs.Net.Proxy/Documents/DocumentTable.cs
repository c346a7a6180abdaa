using System.Collections.Concurrent;

namespace Cvmfs.Net.Proxy.Documents;

/// <summary>Documents by name, within limits of number and bytes. Reading takes no lock. Thread-safe.</summary>
/// <remarks>Removal follows SIEVE: a hand goes from the oldest to the newest, spares what was used since it last came by, and takes the first
/// that was not. A flood of names that nobody asks for again therefore pushes itself out, and not the documents in use.</remarks>
internal sealed class DocumentTable(int maxDocuments, long maxBytes)
{
    private const int Overhead = 400; // bytes of an entry beside body and name

    private readonly ConcurrentDictionary<string, Slot> _slots = new(StringComparer.Ordinal);
    private readonly LinkedList<Slot> _order = new();
    private readonly Lock _lock = new();
    private LinkedListNode<Slot>? _hand;
    private long _bytes;

    /// <summary>Documents held.</summary>
    public int Count => _slots.Count;

    /// <summary>Bytes held, names included.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Finds a document, whatever its age.</summary>
    public CachedDocument? Find(ReadOnlySpan<char> name)
    {
        if (!_slots.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out var slot)) return null;
        slot.IsUsed = true;
        return slot.Document;
    }

    /// <summary>Keeps a document under a name, in the place of an older one.</summary>
    public void Set(string name, CachedDocument document)
    {
        lock (_lock)
        {
            if (_slots.TryGetValue(name, out var slot))
            {
                _bytes += document.Body.Length - slot.Document.Body.Length;
                slot.Document = document;
            }
            else
            {
                slot = new Slot(name, document);
                _bytes += slot.Size;
                _slots[name] = slot;
                slot.Node = _order.AddLast(slot);
            }

            while (_slots.Count > 1 && (_slots.Count > maxDocuments || _bytes > maxBytes)) RemoveOne(slot);
        }
    }

    /// <summary>Removes what a condition holds for. Walks over everything: for rare events.</summary>
    public void RemoveWhere(Func<CachedDocument, bool> condition)
    {
        lock (_lock)
        {
            for (var node = _order.First; node is not null;)
            {
                var (slot, next) = (node.Value, node.Next);
                if (condition(slot.Document)) Remove(slot);
                node = next;
            }
        }
    }

    /// <summary>What is held now.</summary>
    public IReadOnlyList<(string Name, CachedDocument Document)> ToList()
    {
        lock (_lock) return [.. _order.Select(static slot => (slot.Name, slot.Document))];
    }

    private void RemoveOne(Slot keep)
    {
        // Ends: every slot passed loses its mark, and at most one is exempt.
        while (true)
        {
            var node = _hand ?? _order.First!;
            _hand = node.Next;
            if (node.Value == keep) continue;
            if (node.Value.IsUsed)
            {
                node.Value.IsUsed = false;
                continue;
            }

            Remove(node.Value);
            return;
        }
    }

    private void Remove(Slot slot)
    {
        if (_hand == slot.Node) _hand = slot.Node!.Next;
        _order.Remove(slot.Node!);
        _slots.TryRemove(slot.Name, out _);
        _bytes -= slot.Size;
    }

    private sealed class Slot(string name, CachedDocument document)
    {
        private volatile CachedDocument _document = document;
        private volatile bool _isUsed;

        public string Name => name;

        public CachedDocument Document { get => _document; set => _document = value; }

        public bool IsUsed { get => _isUsed; set => _isUsed = value; }

        public LinkedListNode<Slot>? Node { get; set; }

        public long Size => Overhead + (2 * name.Length) + _document.Body.Length;
    }
}
