// One folder of the cache, as long as it works: what is in it, and every change of it.
//
//   object ≥ 64 KiB ─► staging/n ─ rename ─► objects/aa/bb…  ┐
//   smaller ones ─► end of segments/n ───────────────────────┴─► IndexLog ─► ObjectTable: from here on it can be found
//
// Must stay true
//   - An object is in the table only when its bytes are whole in their place. Its place in a segment is never written again.
//   - What was found at the start, or before an error of the disk, is hashed before it is given out: its Verified is not the current epoch.
//   - One thread writes segments, evicts and reclaims (DiskTier's worker); large objects are committed by anybody, under _publish.
using System.Collections.Concurrent;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Proxy.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Proxy.Storage;

/// <summary>A folder that is open. Methods throw <see cref="IOException"/> when the disk fails; nothing that is in the table is lost by it.</summary>
internal sealed partial class DiskFolder : IDisposable
{
    private readonly StorageFiles _files;
    private readonly FolderLayout _layout;
    private readonly DiskSettings _settings;
    private readonly ILogger _logger;
    private readonly TierCounters _counters;
    private readonly SafeFileHandle _lock;
    private readonly ObjectTable<Location> _table;
    private readonly OpenFiles _open;
    private readonly IndexLog _log;
    private readonly ConcurrentDictionary<uint, Segment> _segments = new();
    private readonly ConcurrentDictionary<ContentHash, Lazy<Task<bool>>> _checks = new();
    private readonly Lock _publish = new(); // a record of the log and the entry of the table come together, or a snapshot could miss both
    private int _epoch = 1;
    private long _ownBytes;
    private long _segmentBytes;
    private long _staged;

    private DiskFolder(StorageFiles files, FolderLayout layout, DiskSettings settings, TierCounters counters, ILogger logger, SafeFileHandle @lock)
    {
        (_files, _layout, _settings, _counters, _logger, _lock) = (files, layout, settings, counters, logger, @lock);
        _table = new ObjectTable<Location>(settings.MaxBytes, Location.CostOf, settings.Quotas, Math.Max(settings.MaxBytes / 100, Location.OwnFileBytes + SegmentRecord.HeadBytes));
        _open = new OpenFiles(settings.MaxOpenFiles);
        _log = new IndexLog(files, layout, settings.Names);
    }

    /// <summary>What is in it.</summary>
    public ObjectTable<Location> Table => _table;

    /// <summary>Bytes of its files: objects, and what evicted ones left in segments until they are reclaimed.</summary>
    public long UsedBytes => Interlocked.Read(ref _ownBytes) + Interlocked.Read(ref _segmentBytes);

    /// <summary>Whether the folder is still the one that was opened.</summary>
    public bool IsInPlace => _files.IsSame(_lock, _layout.Lock);

    private byte Epoch => (byte)Volatile.Read(ref _epoch);

    /// <summary>Opens a folder, making it if need be, and loads its index.</summary>
    /// <exception cref="CacheFolderInUseException">Another process has it.</exception>
    /// <exception cref="IOException">The disk fails.</exception>
    public static DiskFolder Open(StorageFiles files, string root, DiskSettings settings, TierCounters counters, ILogger logger)
    {
        var layout = new FolderLayout(root);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(root)) ?? root);
        if (!Directory.Exists(root)) files.MakeFolder(root); // one that is there may well be a link to a disk
        var @lock = files.Lock(layout.Lock);
        DiskFolder? folder = null;
        try
        {
            foreach (string part in new[] { layout.Index, layout.Segments, layout.Objects, layout.Staging }) files.MakeFolder(part);
            var opened = new DiskFolder(files, layout, settings, counters, logger, @lock);
            opened.Load();
            folder = opened;
            return folder;
        }
        finally
        {
            if (folder is null) StorageFiles.Unlock(@lock);
        }
    }

    /// <summary>Finds an object whose file is open. Takes no lock.</summary>
    public bool TryFind(in ContentHash hash, out CachedObject found, out TableEntry<Location> entry)
    {
        found = default;
        return _table.TryRead(hash, out entry) && entry.Verified == Epoch && TryLease(entry, out found);
    }

    /// <summary>Finds an object, opening its file and hashing it if need be.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public async ValueTask<CachedObject?> FindAsync(ContentHash hash, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < 3; attempt++) // it may be moved between two steps
        {
            if (!_table.TryGet(hash, isUse: true, out var entry)) return null;
            if (!TryLease(entry, out var found) && !TryOpen(entry, out found)) continue;
            byte epoch = Epoch;
            if (entry.Verified == epoch) return found;
            bool isRight = false;
            try
            {
                isRight = await CheckAsync(entry, found, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                if (!isRight) found.Dispose();
            }

            if (isRight) return found;
        }

        return null;
    }

    /// <summary>Whether an object is here; nothing is read.</summary>
    public bool Contains(in ContentHash hash) => _table.TryGet(hash, isUse: false, out _);

    /// <summary>Makes every object be hashed before it is given out again.</summary>
    public void DistrustAll()
    {
        int epoch = Volatile.Read(ref _epoch);
        Interlocked.CompareExchange(ref _epoch, epoch % byte.MaxValue + 1, epoch);
    }

    /// <summary>Makes one object be hashed before it is given out again.</summary>
    public void Distrust(in ContentHash hash)
    {
        if (_table.TryGet(hash, isUse: false, out var entry)) _table.TryReplace(hash, entry.Value, value => value == entry.Value, verified: 0);
    }

    /// <summary>Removes an object.</summary>
    /// <exception cref="IOException">The disk fails; it cannot be found any more all the same.</exception>
    public bool Remove(in ContentHash hash)
    {
        if (!_table.TryRemove(hash, out var removed)) return false;
        Delete([removed]);
        return true;
    }

    /// <summary>Hashes an object where it lies; a damaged one is removed. Leaves no trace of a use.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public async ValueTask ScrubAsync(TableEntry<Location> entry, CancellationToken cancellationToken)
    {
        if (!TryLease(entry, out var found))
        {
            if (!entry.Value.IsOwnFile || _files.Open(_layout.Object(entry.Hash)) is not { } handle) return;
            found = new CachedObject(new ObjectFile(handle), 0, entry.Length, entry.FetchedAt);
        }

        using (found) await CheckAsync(entry, found, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Tries whether the disk takes bytes.</summary>
    /// <exception cref="IOException">It does not.</exception>
    public void Probe()
    {
        var (file, path) = Stage();
        try
        {
            _files.Write(file.Handle, new byte[4096], 0, path);
        }
        finally
        {
            Discard(file, path);
        }
    }

    public void Dispose()
    {
        _open.Dispose();
        foreach (var segment in _segments.Values) segment.File.Release();
        _log.Dispose();
        StorageFiles.Unlock(_lock);
    }

    private bool TryLease(in TableEntry<Location> entry, out CachedObject found)
    {
        found = default;
        if (entry.Value.IsOwnFile)
        {
            if (!_open.TryAcquire(entry.Hash, out var file)) return false;
            found = new CachedObject(file!, 0, entry.Length, entry.FetchedAt);
            return true;
        }

        if (!_segments.TryGetValue(entry.Value.Segment, out var segment) || !segment.File.TryAcquire()) return false;
        found = new CachedObject(segment.File, entry.Value.Offset, entry.Length, entry.FetchedAt);
        return true;
    }

    /// <summary>Opens the file of a large object. One that is not there, not ours or of another length is forgotten.</summary>
    private bool TryOpen(in TableEntry<Location> entry, out CachedObject found)
    {
        found = default;
        if (!entry.Value.IsOwnFile)
        {
            if (!_segments.ContainsKey(entry.Value.Segment)) Forget(entry); // unless it was moved meanwhile: then it has another place
            return false;
        }

        var handle = _files.Open(_layout.Object(entry.Hash));
        if (handle is null || _files.LengthOf(handle) != entry.Length)
        {
            handle?.Dispose();
            Forget(entry);
            return false;
        }

        var file = new ObjectFile(handle);
        file.TryAcquire(); // one lease for the list of open files, one for the caller
        _open.Add(entry.Hash, file);
        found = new CachedObject(file, 0, entry.Length, entry.FetchedAt);
        return true;
    }

    private void Forget(in TableEntry<Location> entry)
    {
        var place = entry.Value;
        if (!_table.TryRemove(entry.Hash, out var removed, value => value == place)) return;
        Uncount(removed);
        _open.Remove(removed.Hash);
        _log.Removed([removed]);
    }

    /// <summary>Hashes an object; all who ask at the same time wait for one reading. A damaged one is removed.</summary>
    private async Task<bool> CheckAsync(TableEntry<Location> entry, CachedObject found, CancellationToken cancellationToken)
    {
        var check = _checks.GetOrAdd(entry.Hash, _ => new Lazy<Task<bool>>(() => HashAsync(entry, found)));
        return await check.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> HashAsync(TableEntry<Location> entry, CachedObject found)
    {
        bool isHeld = found.File!.TryAcquire(); // its own lease: those who wait may leave
        try
        {
            if (!isHeld) return false;
            byte epoch = Epoch;
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // nobody who only asks reads the disk
            var actual = StoredHash.Of(_files, found, entry.Hash.Algorithm, _layout.Root);
            var place = entry.Value;
            if (actual == entry.Hash) return _table.TryReplace(entry.Hash, place, value => value == place, epoch);
            _counters.CountDamaged();
            _logger.DamagedObject(_layout.Root, entry.Hash, actual);
            if (_table.TryRemove(entry.Hash, out var removed, value => value == place)) Delete([removed]);
            return false;
        }
        finally
        {
            _checks.TryRemove(entry.Hash, out _);
            if (isHeld) found.File.Release();
        }
    }

    private void Count(in TableEntry<Location> entry)
    {
        if (entry.Value.IsOwnFile) Interlocked.Add(ref _ownBytes, Location.CostOf(entry.Length));
        else if (_segments.TryGetValue(entry.Value.Segment, out var segment)) segment.AddLive(Location.CostOf(entry.Length));
    }

    private void Uncount(in TableEntry<Location> entry)
    {
        if (entry.Value.IsOwnFile) Interlocked.Add(ref _ownBytes, -Location.CostOf(entry.Length));
        else if (_segments.TryGetValue(entry.Value.Segment, out var segment)) segment.AddLive(-Location.CostOf(entry.Length));
    }
}
