// Repairing/ sets right what check and scrub find:
//
//   key of a missing or damaged object ► fetched from the upstream, verified as it comes ► renamed over what is there
//
// Must stay true
//   - What is there is replaced in one step or stays. Nothing is removed for being bad, unless it is moved aside on request.
//   - A catalog that is missing comes after everything that it refers to: a catalog that is there has its subtree.
//   - Nobody else writes meanwhile: the caller of RepairAsync gets the replica's lock taken for as long as it lasts.
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Diagnostics;
using Cvmfs.Net.Replication.Planning;
using Cvmfs.Net.Replication.Publishing;
using Cvmfs.Net.Transport;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Replication.Repairing;

/// <summary>Brings objects of a replica again.</summary>
/// <param name="location">The replica.</param>
/// <param name="source">Where from.</param>
/// <param name="setsAside">Whether damaged objects that cannot be had again are moved out of sight; otherwise they stay.</param>
/// <param name="log">Takes note.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Hears of each repair.</param>
internal sealed class ObjectRepairer(ReplicaLocation location, IRepositorySource source, bool setsAside, RepairLog log, TimeProvider time, ILogger logger)
{
    private const string DamagedFolder = "damaged";
    private const int Transfers = 16;
    private const long MaxDatabaseBytes = 16L << 30;

    private readonly FileObjectStore _store = new(location.StorageFolder);
    private readonly CatalogOpener _opener = new(Path.Combine(location.StorageFolder, ObjectPath.TransactionFolder), MaxDatabaseBytes);
    private readonly VerifiedFetcher _fetcher = new(source, new VerifiedFetcherOptions { Retry = new RetryOptions { TimeProvider = time } }, logger);
    private readonly RootFolder _storage = new(location.StorageFolder);

    /// <summary>Repairs what is named, under the lock of the replica's writers.</summary>
    /// <param name="wanted">Each object once, and whether it is to be brought even where there is none: what a scrub saw and is gone now was collected.</param>
    /// <param name="patience">How long to wait for the lock.</param>
    /// <param name="cancellationToken">Cancels; what is done stays.</param>
    /// <exception cref="IOException">The storage cannot take it.</exception>
    public async Task RepairAsync(IReadOnlyCollection<(ObjectKey Key, bool IsNeeded)> wanted, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (wanted.Count == 0) return;
        Directory.CreateDirectory(location.SpoolFolder);
        string lockFile = Path.Combine(location.SpoolFolder, ReplicaLock.FileName);
        using var alone = await ReplicaLock.TakeAsync(lockFile, patience, time, cancellationToken).ConfigureAwait(false);
        if (alone is null)
        {
            string holder = ReplicaLock.DescribeHolder(lockFile);
            foreach (var (key, _) in wanted) log.Add(new UnrepairedObject(key.ToString(), $"{lockFile} is held by another run{(holder.Length > 0 ? $" ({holder})" : "")}."));
            return;
        }

        _store.CreateFolders();
        var plain = wanted.Where(static one => one.Key.Suffix != ObjectSuffix.Catalog);
        var options = new ParallelOptions { MaxDegreeOfParallelism = Transfers, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(plain, options, async (one, token) =>
        {
            using var hasher = new ObjectFileHasher();
            await RepairPlainAsync(one.Key, one.IsNeeded, hasher, token).ConfigureAwait(false);
        }).ConfigureAwait(false);

        using var catalogHasher = new ObjectFileHasher();
        foreach (var (key, isNeeded) in wanted.Where(static one => one.Key.Suffix == ObjectSuffix.Catalog))
        {
            if (IsRight(key, isNeeded, catalogHasher)) continue;
            await RepairCatalogAsync(key, catalogHasher, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task RepairPlainAsync(ObjectKey key, bool isNeeded, ObjectFileHasher hasher, CancellationToken cancellationToken)
    {
        if (IsRight(key, isNeeded, hasher)) return;
        await AttemptAsync(key, async () =>
        {
            bool wasThere = File.Exists(_store.PathOf(key));
            if (await _fetcher.FetchAsync(key, _store, cancellationToken: cancellationToken).ConfigureAwait(false) is not { } length) return false;
            Repaired(key, wasThere, length);
            return true;
        }).ConfigureAwait(false);
    }

    /// <summary>Under the lock nothing changes any more; before it, somebody else may have replaced or collected the object.</summary>
    private bool IsRight(ObjectKey key, bool isNeeded, ObjectFileHasher hasher)
    {
        var found = hasher.Hash(_store.PathOf(key), key.Hash.Algorithm);
        return found.State == HashedFileState.Hashed ? found.Hash == key.Hash : found.State == HashedFileState.Missing && !isNeeded;
    }

    /// <summary>Brings a catalog, and before it becomes visible whatever is missing below it.</summary>
    /// <returns>Whether it is whole.</returns>
    private async Task<bool> RepairCatalogAsync(ObjectKey key, ObjectFileHasher hasher, CancellationToken cancellationToken) => await AttemptAsync(key, async () =>
    {
        bool wasThere = File.Exists(_store.PathOf(key));
        var staged = await _fetcher.StageAsync(key, _store, cancellationToken: cancellationToken).ConfigureAwait(false);
        if (staged is null) return false;
        await using var _ = staged.ConfigureAwait(false);
        bool isWhole = true;
        var nested = new List<ObjectKey>();
        var stored = await staged.OpenReadAsync(cancellationToken).ConfigureAwait(false);
        await using (stored.ConfigureAwait(false))
        {
            using var catalog = await _opener.OpenAsync(stored, new CatalogNode(key, RepositoryPath.Root, 0, RootKind.Nested), cancellationToken).ConfigureAwait(false);
            foreach (var reference in catalog.ReadObjectReferencesWithRepeats(cancellationToken))
            {
                if (await _store.ContainsAsync(reference.Key, cancellationToken).ConfigureAwait(false)) continue;
                isWhole &= await AttemptAsync(reference.Key, async () =>
                {
                    if (await _fetcher.FetchAsync(reference.Key, _store, cancellationToken: cancellationToken).ConfigureAwait(false) is not { } length) return false;
                    Repaired(reference.Key, wasThere: false, length);
                    return true;
                }).ConfigureAwait(false);
            }

            nested.AddRange(catalog.NestedCatalogs.Where(static below => !below.IsBind && !below.Hash.IsNull).Select(static below => new ObjectKey(below.Hash, ObjectSuffix.Catalog)));
        }

        foreach (var below in nested)
        {
            if (!IsRight(below, isNeeded: true, hasher)) isWhole &= await RepairCatalogAsync(below, hasher, cancellationToken).ConfigureAwait(false);
        }

        // One that was there, damaged, promised its subtree already. Where the subtree cannot be had, the right bytes make that no worse.
        if (!isWhole && !wasThere)
        {
            log.Add(new UnrepairedObject(key.ToString(), "something below this catalog could not be had."));
            return true;
        }

        await staged.CommitAsync(cancellationToken).ConfigureAwait(false);
        Repaired(key, wasThere, staged.Length);
        return true;
    }).ConfigureAwait(false) && await _store.ContainsAsync(key, cancellationToken).ConfigureAwait(false);

    /// <summary>Makes one attempt and takes note of what prevented it.</summary>
    /// <param name="key">The object.</param>
    /// <param name="bring">False where the source has no such object.</param>
    private async Task<bool> AttemptAsync(ObjectKey key, Func<Task<bool>> bring)
    {
        string reason;
        try
        {
            if (await bring().ConfigureAwait(false)) return true;
            reason = $"{source.Origin} does not have it.";
        }
        catch (CvmfsException e)
        {
            reason = e.Message; // nobody delivered the right bytes, or they make no catalog
        }

        if (setsAside && _store.SetAside(key, DamagedFolder)) reason += $" Moved to the store's folder of things set aside, \"{DamagedFolder}\".";
        log.Add(new UnrepairedObject(key.ToString(), reason));
        logger.NotRepaired(_storage.Location, key, reason);
        return false;
    }

    private void Repaired(ObjectKey key, bool wasThere, long length)
    {
        log.Add(new RepairedObject(key.ToString(), wasThere ? "replaced" : "brought", length));
        logger.Repaired(_storage.Location, key);
    }
}
