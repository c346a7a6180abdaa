// A folder of the cache that may fail. All writing goes through one queue and one worker; what does not fit in the queue is not written.
//
//   Add ─► queue, found there meanwhile ─► worker: write, evict, reclaim, snapshot ─► DiskFolder
//   any failure ─► suspended: nothing is written, reading goes on ─ every 30 s ─► tried again
using System.Collections.Concurrent;
using System.Threading.Channels;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Proxy.Storage;

/// <summary>One folder's share of the cache. Safe for concurrent use. Never throws because of the disk.</summary>
internal sealed partial class DiskTier : IAsyncDisposable
{
    private const int MaxQueued = 16 << 10;
    private const long MaxQueuedBytes = 64 << 20;
    private const int MaxBatch = 512;
    private const long MaxBatchBytes = 4 << 20;

    private readonly string _root;
    private readonly DiskSettings _settings;
    private readonly ProxyStorageOptions _options;
    private readonly StorageFiles _files;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Channel<Work> _queue = Channel.CreateBounded<Work>(new BoundedChannelOptions(MaxQueued) { SingleReader = true });
    private readonly ConcurrentDictionary<ContentHash, PendingObject> _pending = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly ITimer _timer;
    private Task _worker = Task.CompletedTask;
    private Task _recovery = Task.CompletedTask;
    private Task _scrubbing = Task.CompletedTask;
    private volatile DiskFolder? _folder;
    private long _queuedBytes;

    private DiskTier(string root, DiskSettings settings, ProxyStorageOptions options, StorageFiles files, TimeProvider clock, ILogger logger)
    {
        (_root, _settings, _options, _files, _clock, _logger) = (root, settings, options, files, clock, logger);
        _timer = clock.CreateTimer(_ => Post(new Work(WorkKind.Tick)), null, options.RetryInterval, options.RetryInterval);
    }

    private enum WorkKind : byte
    {
        Write,
        Wake,
        Tick,
        Flush,
    }

    /// <summary>What happened here.</summary>
    public TierCounters Counters { get; } = new();

    /// <summary>Objects on their way to the disk.</summary>
    public int Pending => _pending.Count;

    /// <summary>Their bytes.</summary>
    public long PendingBytes => Interlocked.Read(ref _queuedBytes);

    /// <summary>The folder, while it is open.</summary>
    public DiskFolder? Folder => _folder;

    /// <summary>Opens a folder. One that fails is tried again later.</summary>
    /// <exception cref="CacheFolderInUseException">Another process has it.</exception>
    public static DiskTier Open(string root, DiskSettings settings, ProxyStorageOptions options, StorageFiles files, TimeProvider clock, ILogger logger)
    {
        var tier = new DiskTier(root, settings, options, files, clock, logger);
        bool isOpen = false;
        try
        {
            tier.OpenFolder();
            isOpen = true;
        }
        catch (Exception failure) when (IsOfDisk(failure) && failure is not CacheFolderInUseException)
        {
            tier.Suspend(failure, isWrite: true);
            isOpen = true;
        }
        finally
        {
            if (!isOpen)
            {
                tier._timer.Dispose();
                tier._closing.Dispose();
            }
        }

        tier._worker = tier.WorkAsync();
        if (options.ScrubBytesPerSecond > 0) tier._scrubbing = tier.ScrubAsync(tier._closing.Token);
        return tier;
    }

    /// <summary>Finds an object that is on its way to the disk, or in a file that is open.</summary>
    /// <param name="hash">The object.</param>
    /// <param name="found">It.</param>
    /// <param name="isAskedForAgain">Whether it was found here before.</param>
    public bool TryFind(in ContentHash hash, out CachedObject found, out bool isAskedForAgain)
    {
        isAskedForAgain = false;
        if (!_pending.IsEmpty && _pending.TryGetValue(hash, out var pending))
        {
            found = new CachedObject(pending.Bytes, pending.FetchedAt);
            return true;
        }

        if (_folder is { } folder && folder.TryFind(hash, out found, out var entry))
        {
            isAskedForAgain = entry.Touches > 0;
            return true;
        }

        found = default;
        return false;
    }

    /// <summary>Finds an object for which something has to be read first.</summary>
    public ValueTask<CachedObject?> FindAsync(ContentHash hash, CancellationToken cancellationToken)
        => _folder is { } folder && folder.Contains(hash) ? FindInAsync(folder, hash, cancellationToken) : default;

    /// <summary>Writes an object in the background. Found from now on, if it is taken.</summary>
    /// <returns>False when the disk takes nothing now, or its queue is full.</returns>
    public bool TryAdd(PendingObject pending)
    {
        var hash = pending.Key.Hash;
        if (_folder is { } folder && folder.Contains(hash)) return true;
        if (!IsWritable || Interlocked.Read(ref _queuedBytes) + pending.Bytes.Length > MaxQueuedBytes)
        {
            Counters.CountUnwritten();
            return false;
        }

        if (!_pending.TryAdd(hash, pending)) return true;
        Interlocked.Add(ref _queuedBytes, pending.Bytes.Length);
        if (Post(new Work(WorkKind.Write, pending))) return true;
        Done(pending);
        Counters.CountUnwritten();
        return false;
    }

    /// <summary>Begins a file; null when the disk takes nothing now.</summary>
    public (ObjectFile File, string Path)? Stage(long? length)
    {
        if (!IsWritable || _folder is not { } folder || length > _settings.MaxBytes) return null;
        try
        {
            return folder.Stage();
        }
        catch (Exception failure) when (IsOfDisk(failure))
        {
            Suspend(failure, isWrite: true);
            return null;
        }
    }

    /// <summary>Writes to a staged file.</summary>
    /// <exception cref="IOException">The disk cannot take it.</exception>
    public void Write(ObjectFile file, ReadOnlySpan<byte> bytes, long offset, string path)
    {
        try
        {
            _files.Write(file.Handle, bytes, offset, path);
            CountWritten(bytes.Length);
        }
        catch (Exception failure) when (IsOfDisk(failure))
        {
            Suspend(failure, isWrite: true);
            if (failure is IOException) throw;
            throw new IOException($"{path}: {failure.Message}", failure);
        }
    }

    /// <summary>Makes a staged file an object. Takes over the lease of whoever staged it.</summary>
    public bool Commit(ObjectKey key, int repository, ObjectFile file, string path, long length, FetchTime fetchedAt)
    {
        try
        {
            if (length is > 0 and < Location.OwnFileBytes) return CommitSmall(key, repository, file, path, (int)length, fetchedAt);
            if (length > 0 && _folder is { } folder) return folder.Commit(key, repository, file, path, length, fetchedAt);
            Discard(file, path);
            return false;
        }
        catch (Exception failure) when (IsOfDisk(failure))
        {
            Suspend(failure, isWrite: true);
            Guarded(() => _files.Delete(path)); // where it still has that name: nobody else would before the next start
            return false;
        }
        finally
        {
            Post(new Work(WorkKind.Wake));
        }
    }

    /// <summary>Removes a staged file.</summary>
    public void Discard(ObjectFile file, string path)
    {
        file.Release();
        Guarded(() => _files.Delete(path)); // where that fails the next start sweeps it
    }

    /// <summary>Removes an object.</summary>
    public bool Remove(in ContentHash hash)
    {
        bool removed = _pending.TryRemove(hash, out var pending);
        if (removed) Interlocked.Add(ref _queuedBytes, -pending!.Bytes.Length);
        try
        {
            return (_folder?.Remove(hash) ?? false) || removed;
        }
        catch (Exception failure) when (IsOfDisk(failure))
        {
            Suspend(failure, isWrite: true);
            return true;
        }
    }

    /// <summary>The number of the repository that an object belongs to; 0 where it is unknown.</summary>
    public int RepositoryOf(in ContentHash hash) => _folder is { } folder && folder.Table.TryGet(hash, isUse: false, out var entry) ? entry.Repository : 0;

    /// <summary>Completes when everything that was added before is on disk, and what an earlier run left is known.</summary>
    public async Task FlushAsync()
    {
        await _recovery.ConfigureAwait(false);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _queue.Writer.WriteAsync(new Work(WorkKind.Flush, Done: done)).ConfigureAwait(false);
        await done.Task.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        await _closing.CancelAsync().ConfigureAwait(false);
        _queue.Writer.TryComplete();
        await _worker.ConfigureAwait(false);
        await _recovery.ConfigureAwait(false);
        await _scrubbing.ConfigureAwait(false);
        if (_folder is { } folder && !IsSuspended) Guarded(folder.WriteSnapshot);
        _folder?.Dispose();
        _closing.Dispose();
    }

    private async ValueTask<CachedObject?> FindInAsync(DiskFolder folder, ContentHash hash, CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // opening a file may wait for the disk: not on the caller's thread
        try
        {
            var found = await folder.FindAsync(hash, cancellationToken).ConfigureAwait(false);
            if (found is not null) _unreadable.Forget(hash);
            return found;
        }
        catch (Exception failure) when (IsOfDisk(failure))
        {
            ReadFailed(folder, hash, failure);
            return null;
        }
    }

    /// <summary>A file that turned out short goes where short objects go.</summary>
    private bool CommitSmall(ObjectKey key, int repository, ObjectFile file, string path, int length, FetchTime fetchedAt)
    {
        byte[] bytes = new byte[length];
        try
        {
            if (_files.Read(file.Handle, bytes, 0, path) < length) throw new IOException($"{path}: shorter than the {length} bytes that were written.");
        }
        finally
        {
            Discard(file, path);
        }

        return TryAdd(new PendingObject(key, repository, bytes, fetchedAt));
    }

    private bool Post(Work work) => _queue.Writer.TryWrite(work);

    private void Done(PendingObject pending)
    {
        if (_pending.TryRemove(new KeyValuePair<ContentHash, PendingObject>(pending.Key.Hash, pending))) Interlocked.Add(ref _queuedBytes, -pending.Bytes.Length);
    }

    private async Task WorkAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var batch = new List<PendingObject>();
        var flushes = new List<TaskCompletionSource>();
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            bool isTick = false;
            long bytes = 0;
            while (batch.Count < MaxBatch && bytes < MaxBatchBytes && flushes.Count == 0 && _queue.Reader.TryRead(out var work))
            {
                isTick |= work.Kind == WorkKind.Tick;
                if (work.Object is { } pending) batch.Add(pending);
                bytes += work.Object?.Bytes.Length ?? 0;
                if (work.Done is { } done) flushes.Add(done);
            }

            if (isTick) Guarded(Tick);
            Guarded(() => WriteBatch(batch));
            foreach (var pending in batch) Done(pending);
            foreach (var done in flushes) done.SetResult();
            batch.Clear();
            flushes.Clear();
        }
    }

    private void WriteBatch(List<PendingObject> batch)
    {
        if (_folder is not { } folder || IsSuspended) return;
        if (IsWritable) folder.Write([.. batch.Where(pending => _pending.ContainsKey(pending.Key.Hash))]);
        foreach (var pending in batch) CountWritten(pending.Bytes.Length);
        folder.MakeRoom();
        if (IsSnapshotDue(folder))
        {
            folder.WriteSnapshot();
            SnapshotWritten();
        }
    }

    private readonly record struct Work(WorkKind Kind, PendingObject? Object = null, TaskCompletionSource? Done = null);
}
