// Storage/ keeps objects of all repositories under their hashes alone: the hot small ones in memory, all others in folders.
//
//   Add (≤ 4 KiB) ────────────────► MemoryTier ◄─ asked for twice ─┐
//   Add ─► queue ──► DiskTier ─► DiskFolder: segments, large files, index ─► sent from the file
//   Stage ─► file that others read while it grows ─ Commit ─┘
//
// Must stay true
//   - Nothing that is not whole can be found, and nothing of an earlier run is given out before it was hashed.
//   - TryFind waits for nothing and allocates nothing. It may miss what is there; FindAsync does not.
//   - No request fails because of a disk: what cannot be written is not stored, what cannot be read is not there.
//   - An object belongs to one folder, by its digest: losing a folder loses its share only.
using System.Threading.Channels;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cvmfs.Net.Proxy.Storage;

/// <summary>Objects of all repositories under their hashes alone. Safe for concurrent use. A failing disk makes misses, never errors.</summary>
internal sealed class ObjectCache : IAsyncDisposable
{
    /// <summary>Names of nothing: what they name is known without being kept.</summary>
    private static readonly ContentHash[] Empty =
    [
        .. new[] { HashAlgorithmId.Sha1, HashAlgorithmId.RipeMd160, HashAlgorithmId.Shake128 }
            .Where(static algorithm => algorithm != HashAlgorithmId.Shake128 || System.Security.Cryptography.Shake128.IsSupported)
            .Select(static algorithm => ContentHash.Compute(algorithm, [])),
    ];

    private const int MaxPromotions = 1024;
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    private readonly ProxyStorageOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly RepositoryNumbers _repositories;
    private readonly MemoryTier _memory;
    private readonly FolderRing _ring;
    private readonly List<DiskTier> _disks;
    private readonly Channel<Promotion> _promotions = Channel.CreateBounded<Promotion>(new BoundedChannelOptions(MaxPromotions) { SingleReader = true });
    private readonly RecentHashes _promoted = new();
    private readonly ITimer _timer;
    private readonly Task _promoting;

    private ObjectCache(ProxyStorageOptions options, RepositoryNumbers repositories, List<DiskTier> disks, TimeProvider clock, ILogger logger)
    {
        (_options, _repositories, _disks, _clock, _logger) = (options, repositories, disks, clock, logger);
        _memory = new MemoryTier(options.MemoryBytes, options.MaxMemoryObjectBytes, QuotasOf(options));
        _ring = new FolderRing(options.Folders);
        _timer = clock.CreateTimer(_ => SetMinute(), null, s_minute, s_minute);
        SetMinute();
        _promoting = PromoteAsync();
    }

    /// <summary>Objects on disk, or on their way there; without folders, in memory.</summary>
    public long Count => _disks.Count == 0 ? _memory.Table.Count : _disks.Sum(static disk => disk.Pending + (disk.Folder?.Table.Count ?? 0L));

    /// <summary>Their bytes, as they are counted there.</summary>
    public long Bytes => _disks.Count == 0 ? _memory.Table.Bytes : _disks.Sum(static disk => disk.PendingBytes + (disk.Folder?.Table.Bytes ?? 0));

    /// <summary>The tier in memory.</summary>
    public TierFigures MemoryFigures => new(
        _memory.Table.Bytes, _options.MemoryBytes, _memory.Table.Count, InstantOf(_memory.Table.OldestUse), _memory.Counters.Evictions, _memory.Counters.EvictedBytes);

    /// <summary>All folders together.</summary>
    public TierFigures DiskFigures
    {
        get
        {
            var sum = new TierFigures { LimitBytes = _disks.Count > 0 ? _options.MaxBytes : 0 };
            foreach (var disk in _disks)
            {
                var (folder, counters) = (disk.Folder, disk.Counters);
                var oldest = InstantOf(folder?.Table.OldestUse);
                sum = new TierFigures(
                    sum.UsedBytes + (folder?.UsedBytes ?? 0),
                    sum.LimitBytes,
                    sum.Objects + (folder?.Table.Count ?? 0),
                    sum.OldestUse is null || oldest < sum.OldestUse ? oldest ?? sum.OldestUse : sum.OldestUse,
                    sum.Evictions + counters.Evictions,
                    sum.EvictedBytes + counters.EvictedBytes,
                    sum.WriteErrors + counters.WriteErrors,
                    sum.ReadErrors + counters.ReadErrors,
                    sum.Damaged + counters.Damaged,
                    sum.Scrubbed + counters.Scrubbed,
                    sum.Unwritten + counters.Unwritten,
                    sum.Suspended + (disk.IsSuspended || disk.IsSpaceLow ? 1 : 0));
            }

            return sum;
        }
    }

    /// <summary>Opens the folders and loads their indexes. A folder whose disk fails is tried again later.</summary>
    /// <param name="options">Settings that were validated; must not be changed afterwards.</param>
    /// <param name="clock">Source of time; the system's where null.</param>
    /// <param name="logger">Where messages go; nowhere where null.</param>
    /// <param name="files">The disk; a real one where null.</param>
    /// <exception cref="CacheFolderInUseException">Another process uses one of the folders.</exception>
    public static ObjectCache Open(ProxyStorageOptions options, TimeProvider? clock = null, ILogger? logger = null, StorageFiles? files = null)
    {
        clock ??= TimeProvider.System;
        logger ??= NullLogger.Instance;
        var repositories = new RepositoryNumbers(options.Quotas.Keys.Order(StringComparer.Ordinal));
        var disks = new List<DiskTier>();
        var settings = new DiskSettings(
            options.MaxBytes / Math.Max(1, options.Folders.Count), options.MaxOpenFiles / Math.Max(1, options.Folders.Count), SharesOf(options), repositories);
        bool isOpen = false;
        try
        {
            foreach (string folder in options.Folders) disks.Add(DiskTier.Open(Path.GetFullPath(folder), settings, options, files ?? new StorageFiles(), clock, logger));
            isOpen = true;
            return new ObjectCache(options, repositories, disks, clock, logger);
        }
        finally
        {
            if (!isOpen)
            {
                foreach (var disk in disks) _ = disk.DisposeAsync().AsTask(); // the one that failed says why; the others only close
            }
        }
    }

    /// <summary>Finds an object without waiting for anything: in memory, or in a file that is open. The caller disposes what it got.</summary>
    /// <returns>False also for what only <see cref="FindAsync"/> can find.</returns>
    public bool TryFind(in ContentHash hash, out CachedObject found)
    {
        if (_memory.TryFind(hash, out found)) return true;
        if (Empty.AsSpan().Contains(hash))
        {
            found = new CachedObject([], default);
            return true;
        }

        if (DiskOf(hash) is not { } disk || !disk.TryFind(hash, out found, out bool isAskedForAgain)) return false;
        if (isAskedForAgain && found.Length <= _memory.MaxObjectBytes && _promoted.Add(hash)) _promotions.Writer.TryWrite(new Promotion(hash));
        return true;
    }

    /// <summary>Finds an object; opens its file, and hashes it when it is read for the first time since a restart. Never blocks the caller:
    /// what takes time goes on elsewhere. The caller disposes what it got.</summary>
    public ValueTask<CachedObject?> FindAsync(ContentHash hash, CancellationToken cancellationToken)
    {
        if (TryFind(hash, out var found)) return new(found);
        return DiskOf(hash)?.FindAsync(hash, cancellationToken) ?? default;
    }

    /// <summary>Adds a whole object whose hash was compared. Returns at once; the disk follows in the background.</summary>
    /// <param name="key">The object.</param>
    /// <param name="repository">Whose request brought it here, for quotas and figures.</param>
    /// <param name="verified">Its bytes, not to be changed any more. An empty object is not kept: it is known anyway.</param>
    /// <param name="fetchedAt">When it left its server.</param>
    public void Add(ObjectKey key, string repository, byte[] verified, FetchTime fetchedAt)
    {
        if (verified.Length == 0) return;
        int number = _repositories.NumberOf(repository);
        bool isWritten = DiskOf(key.Hash)?.TryAdd(new PendingObject(key, number, verified, fetchedAt)) ?? false;
        if (!isWritten || MemoryTier.IsKeptAtOnce(verified.Length)) _memory.Add(key.Hash, verified, number, key.Suffix == ObjectSuffix.Catalog, fetchedAt);
    }

    /// <summary>Adds a whole object whose hash was compared to the memory alone, where it is small enough for that.</summary>
    /// <param name="key">The object.</param>
    /// <param name="repository">Whose request brought it here, for quotas and figures.</param>
    /// <param name="verified">Its bytes, not to be changed any more.</param>
    /// <param name="fetchedAt">When it left its server.</param>
    public void AddToMemory(ObjectKey key, string repository, byte[] verified, FetchTime fetchedAt)
    {
        if (verified.Length > 0) _memory.Add(key.Hash, verified, _repositories.NumberOf(repository), key.Suffix == ObjectSuffix.Catalog, fetchedAt);
    }

    /// <summary>Begins a larger object.</summary>
    /// <param name="key">The object.</param>
    /// <param name="repository">Whose request brought it here, for quotas and figures.</param>
    /// <param name="length">Its length in bytes, where it was announced.</param>
    /// <param name="fetchedAt">When it left its server.</param>
    /// <returns>Null when no disk can take it now: the request goes on without.</returns>
    public StagedFile? Stage(ObjectKey key, string repository, long? length, FetchTime fetchedAt)
        => DiskOf(key.Hash) is { } disk && disk.Stage(length) is { } begun ? new StagedFile(disk, key, _repositories.NumberOf(repository), begun.File, begun.Path, fetchedAt) : null;

    /// <summary>Hashes a stored object again, because a client has seen bad bytes somewhere; a damaged one is removed.</summary>
    /// <returns>False when there is no such object, or none any more.</returns>
    public async ValueTask<bool> RecheckAsync(ContentHash hash, CancellationToken cancellationToken)
    {
        bool isInMemory = false;
        if (_memory.TryFind(hash, out var held))
        {
            isInMemory = ContentHash.Compute(hash.Algorithm, held.Bytes) == hash;
            if (!isInMemory) _memory.Remove(hash);
        }

        if (DiskOf(hash) is not { } disk) return isInMemory;
        disk.Folder?.Distrust(hash);
        if (await disk.FindAsync(hash, cancellationToken).ConfigureAwait(false) is not { } found) return isInMemory;
        found.Dispose();
        return true;
    }

    /// <summary>Says that a file that was found here could not be read to its end: it is hashed before it is given out again.</summary>
    public void ReportUnreadable(in ContentHash hash, Exception failure) => DiskOf(hash)?.ReadFailed(hash, failure);

    /// <summary>Removes an object.</summary>
    /// <remarks>What is on its way to disk or to memory at this very moment may come back. Its bytes were compared with its name, so nothing is wrong with it.</remarks>
    /// <returns>Whether it was there.</returns>
    public bool Remove(ContentHash hash)
    {
        bool removed = _memory.Remove(hash);
        return (DiskOf(hash)?.Remove(hash) ?? false) || removed;
    }

    /// <summary>Bytes on disk by repository; "" is what belongs to none that is known.</summary>
    public IReadOnlyList<(string Repository, long Bytes)> UsageByRepository()
        => [.. Enumerable.Range(0, _repositories.Count)
            .Select(number => (Repository: _repositories[number], Bytes: _disks.Sum(disk => disk.Folder?.Table.BytesOf(number) ?? 0)))
            .Where(static usage => usage.Bytes > 0)];

    /// <summary>Completes when everything that was added before is on disk, what earlier runs left is known, and what was asked for again is in memory.</summary>
    public async Task FlushAsync()
    {
        foreach (var disk in _disks) await disk.FlushAsync().ConfigureAwait(false);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _promotions.Writer.WriteAsync(new Promotion(default, done)).ConfigureAwait(false);
        await done.Task.ConfigureAwait(false);
    }

    /// <summary>Stops background work and closes the files. What was added before is on disk then.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        _promotions.Writer.TryComplete();
        await _promoting.ConfigureAwait(false);
        foreach (var disk in _disks) await disk.DisposeAsync().ConfigureAwait(false);
    }

    private static List<RepositoryQuota> QuotasOf(ProxyStorageOptions options)
        => [.. options.Quotas.OrderBy(static quota => quota.Key, StringComparer.Ordinal).Select(static quota => quota.Value)];

    /// <summary>Each folder holds its share of each repository.</summary>
    private static List<RepositoryQuota> SharesOf(ProxyStorageOptions options)
        => [.. QuotasOf(options).Select(quota => new RepositoryQuota
        {
            MaxBytes = quota.MaxBytes == long.MaxValue ? long.MaxValue : quota.MaxBytes / Math.Max(1, options.Folders.Count),
            FloorBytes = quota.FloorBytes / Math.Max(1, options.Folders.Count),
        })];

    private static DateTimeOffset? InstantOf(uint? minute) => minute is { } known ? Minutes.ToInstant(known) : null;

    private DiskTier? DiskOf(in ContentHash hash) => _disks.Count switch
    {
        0 => null,
        1 => _disks[0],
        _ => _disks[_ring.IndexOf(hash)],
    };

    private void SetMinute() => _memory.Table.SetMinute(Minutes.Of(_clock.GetUtcNow()));

    /// <summary>Takes what is asked for again into memory.</summary>
    private async Task PromoteAsync()
    {
        await foreach (var (hash, done) in _promotions.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            done?.SetResult();
            if (done is not null || DiskOf(hash) is not { } disk) continue;
            try
            {
                await PromoteAsync(hash, disk).ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                _logger.PromotionFailed(hash, failure); // it stays where it is, and the next one has its turn
            }
        }
    }

    private async Task PromoteAsync(ContentHash hash, DiskTier disk)
    {
        if (await disk.FindAsync(hash, CancellationToken.None).ConfigureAwait(false) is not { } found) return;
        using (found)
        {
            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)found.Length);
            try
            {
                await RandomAccess.ReadAsync(found.File!.Handle, bytes, found.Offset).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                disk.ReadFailed(hash, failure);
                return;
            }

            // Hashed once more: what rotted since must not outlive its repair in memory.
            if (ContentHash.Compute(hash.Algorithm, bytes) == hash) _memory.Add(hash, bytes, disk.RepositoryOf(hash), isCatalog: false, found.FetchedAt);
            else disk.Folder?.Distrust(hash);
        }
    }

    private readonly record struct Promotion(ContentHash Hash, TaskCompletionSource? Done = null);
}
