using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.References;

namespace Cvmfs.Net.Replication.Collection;

/// <summary>Which catalogs lie in the storage, whoever put them there: a catalog that is there must not lose anything that it needs.</summary>
/// <remarks>Folders that did not change since they were listed are not listed again, so that the second look, for which snapshots have to wait, is short.</remarks>
/// <param name="storageFolder">The replica's storage folder.</param>
/// <param name="workers">Folders listed at once.</param>
internal sealed class CatalogStock(string storageFolder, int workers)
{
    /// <summary>File systems keep times in steps; the coarsest in use take two seconds.</summary>
    private static readonly TimeSpan Grain = TimeSpan.FromSeconds(2);

    private readonly DateTimeOffset?[] _changed = new DateTimeOffset?[StorageListing.Folders];
    private readonly bool[] _isSettled = new bool[StorageListing.Folders];
    private long _objects;

    /// <summary>Names looked at so far.</summary>
    public long ObjectsListed => Interlocked.Read(ref _objects);

    /// <summary>The catalogs in all folders that may have changed since the last call; in all, the first time.</summary>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    public async Task<List<ObjectKey>> FindAsync(CancellationToken cancellationToken)
    {
        var found = new List<ObjectKey>();
        var gate = new Lock();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(Enumerable.Range(0, StorageListing.Folders), parallel, (folder, token) =>
        {
            var listing = new StorageListing(storageFolder, 0, "");
            var changed = listing.ChangedAt((byte)folder);
            if (_isSettled[folder] && changed == _changed[folder]) return ValueTask.CompletedTask;

            // The clock of the files, not that of the run: what came in the same instant, after the reading, would not show.
            _isSettled[folder] = changed is null || changed < TimeProvider.System.GetUtcNow() - Grain;
            _changed[folder] = changed;
            var catalogs = listing.ReadCatalogs((byte)folder, token).ToList();
            Interlocked.Add(ref _objects, listing.Objects);
            lock (gate) found.AddRange(catalogs);
            return ValueTask.CompletedTask;
        }).ConfigureAwait(false);
        return found;
    }
}
