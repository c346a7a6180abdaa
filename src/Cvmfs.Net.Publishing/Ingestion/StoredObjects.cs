using System.Collections.Concurrent;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Publishing.Ingestion;

/// <summary>Puts each object into the store once, whoever of the workers comes first. Safe for concurrent use.</summary>
internal sealed class StoredObjects(IObjectStore store, IngestCounters counters)
{
    private readonly ConcurrentDictionary<ObjectKey, bool> _seen = new();

    public IObjectStore Store => store;

    /// <summary>Stores bytes under their name unless the object is there.</summary>
    public async ValueTask StoreAsync(ObjectKey key, ReadOnlyMemory<byte> stored, CancellationToken cancellationToken)
    {
        bool isNew = _seen.TryAdd(key, true) && !await store.ContainsAsync(key, cancellationToken).ConfigureAwait(false);
        if (isNew) await store.PutAsync(key, stored, cancellationToken).ConfigureAwait(false);
        counters.CountObject(isNew, stored.Length);
    }

    /// <summary>Makes a staged object visible unless it is there.</summary>
    public async ValueTask CommitAsync(StagedObject staged, CancellationToken cancellationToken)
    {
        bool isNew = _seen.TryAdd(staged.Key, true) && !await store.ContainsAsync(staged.Key, cancellationToken).ConfigureAwait(false);
        if (isNew) await staged.CommitAsync(cancellationToken).ConfigureAwait(false);
        counters.CountObject(isNew, staged.Length);
    }
}
