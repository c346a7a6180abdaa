using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Repositories;

/// <summary>A cache in memory: an exact list, most recently used first.</summary>
internal sealed class MemoryObjectCache(long maxBytes) : ObjectCache(new MemoryObjectStore(), maxBytes)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, LinkedListNode<(ObjectKey Key, long Bytes)>> _nodes = [];
    private readonly LinkedList<(ObjectKey Key, long Bytes)> _recent = new();
    private long _bytes;

    internal override void Touch(ObjectKey key)
    {
        lock (_lock)
        {
            if (!_nodes.TryGetValue(key, out var node)) return;
            _recent.Remove(node);
            _recent.AddFirst(node);
        }
    }

    internal override async ValueTask AddedAsync(ObjectKey key, long bytes, CancellationToken cancellationToken)
    {
        List<ObjectKey> evicted = [];
        lock (_lock)
        {
            if (_nodes.ContainsKey(key)) return;
            _nodes[key] = _recent.AddFirst((key, bytes));
            for (_bytes += bytes; _bytes > MaxBytes && _recent.Last is { } last; _bytes -= last.Value.Bytes)
            {
                _recent.RemoveLast();
                _nodes.Remove(last.Value.Key);
                evicted.Add(last.Value.Key);
            }
        }

        foreach (var victim in evicted) await Store.DeleteAsync(victim, cancellationToken).ConfigureAwait(false);
    }

    internal override async ValueTask RemoveAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_nodes.Remove(key, out var node))
            {
                _recent.Remove(node);
                _bytes -= node.Value.Bytes;
            }
        }

        await Store.DeleteAsync(key, cancellationToken).ConfigureAwait(false);
    }
}
