using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Diagnostics;
using Cvmfs.Net.Replication.References;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Replication.Collection;

/// <summary>Removes what is on a list: catalogs one after the other, in their order, and when the disk has that, what they refer to, several folders at a time.</summary>
/// <remarks>The caller holds both locks, and is asked between two batches whether it still wants to.</remarks>
/// <param name="files">The store.</param>
/// <param name="options">How.</param>
/// <param name="aside">Folder for what is moved aside; null to remove for good.</param>
/// <param name="logger">Hears of what cannot be removed.</param>
internal sealed class GarbageRemoval(FileObjectStore files, CollectionOptions options, string? aside, ILogger logger)
{
    private readonly int _workers = Math.Clamp(Environment.ProcessorCount, 2, 8);
    private readonly List<Filter> _keepers = [];
    private long _removed;
    private long _bytes;
    private long _bytesUnreferenced;
    private long _failures;

    /// <summary>Objects that were there and are gone.</summary>
    public long Removed => Interlocked.Read(ref _removed);

    /// <summary>Their stored bytes.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Of those, bytes of objects that only a listing found.</summary>
    public long BytesUnreferenced => Interlocked.Read(ref _bytesUnreferenced);

    /// <summary>Objects that could not be removed.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>Hears of every object that is asked to go, in their order.</summary>
    public Action<CondemnedObject>? OnRemoved { get; init; }

    /// <summary>Called before each step that a crash may end at.</summary>
    public Action<string>? Step { get; init; }

    /// <summary>Leaves some objects alone from now on.</summary>
    public void Keep(SortedObjects? objects)
    {
        if (objects is not null) _keepers.Add(new Filter(objects));
    }

    /// <summary>Removes the catalogs of a list. The first that cannot be removed ends it: what is below it must stay.</summary>
    /// <param name="list">The list.</param>
    /// <param name="isCondemned">Whether a catalog is still to go.</param>
    /// <param name="cancellationToken">Cancels between two.</param>
    /// <returns>Whether all are gone.</returns>
    /// <exception cref="IOException">The disk does not take it in.</exception>
    public bool RemoveCatalogs(CondemnedList list, Func<ObjectKey, bool> isCondemned, CancellationToken cancellationToken)
    {
        foreach (var condemned in list.Read(0, list.Catalogs))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var key = condemned.Record.ToKey();
            if (!isCondemned(key)) continue;
            Step?.Invoke("catalog");
            Remove(condemned);
            if (Failures > 0) return false;
            OnRemoved?.Invoke(condemned);
        }

        // A power loss must not leave a catalog whose objects are gone.
        if (options.Sync && list.Catalogs > 0) files.Flush();
        return true;
    }

    /// <summary>Removes the next batch of other objects.</summary>
    /// <param name="batch">Where they are, in order.</param>
    /// <param name="cancellationToken">Cancels; those that were begun are finished.</param>
    public async Task RemoveObjectsAsync(List<CondemnedObject> batch, CancellationToken cancellationToken)
    {
        batch.RemoveAll(condemned => _keepers.Exists(keeper => keeper.Has(condemned.Record)));
        if (batch.Count == 0) return;
        Step?.Invoke("objects");
        int part = Math.Max(64, 1 + (batch.Count - 1) / (_workers * 4)); // neighbours lie in the same folder
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = _workers, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(Enumerable.Range(0, 1 + (batch.Count - 1) / part), parallel, (index, token) =>
        {
            for (int i = index * part; i < Math.Min(batch.Count, (index + 1) * part); i++)
            {
                token.ThrowIfCancellationRequested();
                Step?.Invoke("object");
                Remove(batch[i]);
            }

            return ValueTask.CompletedTask;
        }).ConfigureAwait(false);
        if (OnRemoved is { } heard) batch.ForEach(heard);
    }

    private void Remove(CondemnedObject condemned)
    {
        var key = condemned.Record.ToKey();
        try
        {
            var file = new FileInfo(files.PathOf(key));
            if (options.CountBytes || aside is not null)
            {
                if (!file.Exists) return;
                Interlocked.Add(ref _bytes, file.Length);
                if (condemned.IsUnreferenced) Interlocked.Add(ref _bytesUnreferenced, file.Length);
            }

            if (aside is not null) files.SetAside(key, aside);
            else file.Delete();
            Interlocked.Increment(ref _removed);
        }
        catch (DirectoryNotFoundException)
        {
            // Not there: that is what was wanted.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Interlocked.Increment(ref _failures);
            logger.RemovalFailed(key, e.Message);
        }
    }

    /// <summary>Answers questions that come in order.</summary>
    private sealed class Filter(SortedObjects objects)
    {
        private IEnumerator<ObjectRecord>? _next;
        private bool _hasNext;
        private ObjectRecord _last;

        public bool Has(ObjectRecord record)
        {
            if (_next is null || record.CompareTo(_last) < 0) // certificates and the like begin anew
            {
                _next?.Dispose();
                _next = objects.Read().GetEnumerator();
                _hasNext = _next.MoveNext();
            }

            _last = record;
            while (_hasNext && _next.Current.CompareTo(record) < 0) _hasNext = _next.MoveNext();
            return _hasNext && _next.Current == record;
        }
    }
}
