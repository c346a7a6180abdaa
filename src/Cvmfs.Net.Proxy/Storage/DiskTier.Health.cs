using Cvmfs.Net.Hashing;
using Cvmfs.Net.Proxy.Diagnostics;

namespace Cvmfs.Net.Proxy.Storage;

internal sealed partial class DiskTier
{
    private const long BytesBetweenLooks = 64 << 20;
    private const long MinLogBytes = 1 << 20;

    /// <summary>What has to be free after a disk was full: with less it would be full again at once, and told again.</summary>
    private const long FreeAfterFull = 64 << 20;

    private const int NoSpace = 28; // ENOSPC
    private const int OverQuota = 122; // EDQUOT
    private const int NoSpaceOnWindows = unchecked((int)0x80070070);
    private static readonly TimeSpan s_snapshotInterval = TimeSpan.FromSeconds(60);

    private readonly Lock _health = new();
    private readonly RecentHashes _unreadable = new();
    private long _unreadableTold;
    private long _writtenSinceLook;
    private long _lastSnapshot;
    private volatile bool _isSuspended;
    private volatile bool _isSpaceLow;
    private volatile bool _isFull;
    private volatile bool _wantsSnapshot;

    /// <summary>Whether the disk failed, and nothing is written until it works again.</summary>
    public bool IsSuspended => _isSuspended;

    /// <summary>Whether others need the space that is left.</summary>
    public bool IsSpaceLow => _isSpaceLow;

    private bool IsWritable => !_isSuspended && !_isSpaceLow;

    /// <summary>Whether an exception says that the disk fails, or that its folder was given up meanwhile.</summary>
    private static bool IsOfDisk(Exception failure) => failure is IOException or UnauthorizedAccessException or ObjectDisposedException;

    private static bool IsOfSpace(Exception failure) => failure is IOException { HResult: NoSpace or OverQuota or NoSpaceOnWindows };

    /// <summary>Notes that somebody could not read an object that was found here.</summary>
    public void ReadFailed(in ContentHash hash, Exception failure)
    {
        if (_folder is { } folder) ReadFailed(folder, hash, failure);
    }

    /// <summary>The first time all of the folder is in doubt. An object that fails again is at fault itself, and is let go: otherwise one bad place on
    /// the disk would have everything hashed anew each time a client asks for what lies there.</summary>
    private void ReadFailed(DiskFolder folder, ContentHash hash, Exception failure)
    {
        Counters.CountReadError();
        if (_unreadable.Add(hash)) folder.DistrustAll();
        else Guarded(() => folder.Remove(hash));
        long now = _clock.GetTimestamp();
        long before = Interlocked.Read(ref _unreadableTold);
        bool isNews = before == 0 || _clock.GetElapsedTime(before, now) >= _options.RetryInterval;
        if (isNews && Interlocked.CompareExchange(ref _unreadableTold, Math.Max(now, 1), before) == before) _logger.CacheUnreadable(_root, failure);
    }

    private void Guarded(Action work)
    {
        try
        {
            work();
        }
        catch (Exception failure)
        {
            Failed(failure, isWrite: true);
        }
    }

    /// <summary>Suspends the folder, whatever it was. What is no fault of a disk is one of this program: it is told each time, and costs the folder, not the proxy.</summary>
    private void Failed(Exception failure, bool isWrite)
    {
        if (!IsOfDisk(failure)) _logger.CacheFaulted(_root, failure);
        Suspend(failure, isWrite);
    }

    private void Suspend(Exception failure, bool isWrite)
    {
        if (isWrite) Counters.CountWriteError();
        lock (_health)
        {
            if (_isSuspended) return;
            _isSuspended = true;
            if (IsOfSpace(failure)) _isFull = true;
        }

        _folder?.DistrustAll();
        _logger.CacheSuspended(_root, _options.RetryInterval, failure);
    }

    private void OpenFolder()
    {
        var folder = DiskFolder.Open(_files, _root, _settings, Counters, _logger);
        folder.Table.SetMinute(Minutes.Of(_clock.GetUtcNow()));
        _folder = folder;
        LookAtSpace();
        _logger.CacheOpened(_root, folder.Table.Count, folder.Table.Bytes);
        _recovery = RecoverAsync(folder, _recovery, _closing.Token);
    }

    private async Task RecoverAsync(DiskFolder folder, Task before, CancellationToken cancellationToken)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            folder.Recover(cancellationToken);
            _wantsSnapshot = true;
            Post(new Work(WorkKind.Wake));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _logger.CacheRecoveryStopped(_root);
        }
        catch (Exception failure)
        {
            if (folder == _folder) Failed(failure, isWrite: false);
        }
    }

    /// <summary>What is due now and then: space, a folder that was taken away, a disk that may work again.</summary>
    private void Tick()
    {
        _folder?.Table.SetMinute(Minutes.Of(_clock.GetUtcNow()));
        Guarded(LookAtSpace);
        if (!_isSuspended && _folder is { IsInPlace: false }) Suspend(new DirectoryNotFoundException($"{_root}: the folder was removed or replaced."), isWrite: true);
        if (_isSuspended) TryResume();
    }

    private void TryResume()
    {
        try
        {
            if (_folder is { IsInPlace: false } lost)
            {
                _folder = null;
                lost.Dispose();
            }

            if (_folder is { } folder)
            {
                folder.Probe();
                folder.WriteSnapshot(); // records may be missing in the log
                if (!folder.IsRecovered && _recovery.IsCompleted) _recovery = RecoverAsync(folder, _recovery, _closing.Token);
            }
            else
            {
                OpenFolder();
            }

            LookAtSpace(); // before anything is written: a few bytes are always to be had
            _isSuspended = false;
            if (!_isSpaceLow) _logger.CacheResumed(_root);
        }
        catch (Exception failure)
        {
            Counters.CountWriteError();
            if (IsOfDisk(failure)) _logger.CacheStillSuspended(_root, failure);
            else _logger.CacheFaulted(_root, failure);
        }
    }

    private void CountWritten(long bytes)
    {
        if (Interlocked.Add(ref _writtenSinceLook, bytes) >= BytesBetweenLooks) Guarded(LookAtSpace);
    }

    private void LookAtSpace()
    {
        Interlocked.Exchange(ref _writtenSinceLook, 0);
        if (_folder is null) return;
        var (free, total) = _files.Space(_root);
        long least = Math.Max(_options.MinFreeBytes, (long)(total * _options.MinFreeShare));
        if (_isFull) least = Math.Max(least, Math.Min(FreeAfterFull, total / 8));
        bool isLow = free < least;
        if (!isLow) _isFull = false;
        if (isLow == _isSpaceLow) return;
        _isSpaceLow = isLow;
        if (isLow) _logger.CacheSpaceLow(_root, free);
        else _logger.CacheSpaceFree(_root, free);
    }

    private bool IsSnapshotDue(DiskFolder folder)
        => _wantsSnapshot
            || (folder.IsRecovered && folder.LogBytes > Math.Max(MinLogBytes, folder.SnapshotBytes / 4) && _clock.GetElapsedTime(_lastSnapshot) >= s_snapshotInterval);

    private void SnapshotWritten()
    {
        _wantsSnapshot = false;
        _lastSnapshot = _clock.GetTimestamp();
    }
}
