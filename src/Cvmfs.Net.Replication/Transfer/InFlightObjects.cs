using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Planning;

namespace Cvmfs.Net.Replication.Transfer;

/// <summary>One transfer per object, however many catalogs ask for it: the first one claims the object, the others wait with it.</summary>
/// <remarks>
/// A claim is taken <em>before</em> the store is asked whether it has the object. The other order would let a second catalog look just before
/// the transfer ends and claim just after, and the object would come twice. Holds what is queued or in transfer, nothing else: its size is that of
/// the scheduler's queue.
/// </remarks>
internal sealed class InFlightObjects
{
    private const int Shards = 64; // objects are uniformly spread; enough for the locks never to matter

    private readonly Dictionary<ObjectKey, Waiters>[] _shards = new Dictionary<ObjectKey, Waiters>[Shards];

    public InFlightObjects()
    {
        for (int i = 0; i < Shards; i++) _shards[i] = [];
    }

    /// <summary>Makes a catalog wait for an object.</summary>
    /// <returns>True if the caller is the first: it has to bring the object, or to find it, and then to <see cref="Release"/> it.</returns>
    public bool Claim(ObjectKey key, CatalogNode waiter)
    {
        waiter.AddObject();
        var shard = Shard(key);
        lock (shard)
        {
            if (!shard.TryGetValue(key, out var waiters))
            {
                shard.Add(key, new Waiters(waiter, null));
                return true;
            }

            if (waiters.Others is { } others) others.Add(waiter);
            else shard[key] = waiters with { Others = [waiter] };
            return false;
        }
    }

    /// <summary>Ends a claim. The caller tells every waiter how it went.</summary>
    public Waiters Release(ObjectKey key)
    {
        var shard = Shard(key);
        lock (shard)
        {
            return shard.Remove(key, out var waiters) ? waiters : throw new InvalidOperationException($"{key} was not claimed.");
        }
    }

    private Dictionary<ObjectKey, Waiters> Shard(ObjectKey key) => _shards[key.Hash.Prefix64 % Shards];

    /// <summary>The catalogs that wait for an object. Almost always one, so the list is made only for a second.</summary>
    internal readonly record struct Waiters(CatalogNode First, List<CatalogNode>? Others);
}
