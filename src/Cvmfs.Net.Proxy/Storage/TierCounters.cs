namespace Cvmfs.Net.Proxy.Storage;

/// <summary>What happened in a tier since the start. Read at any time; each figure is right, together they may be a moment apart.</summary>
internal sealed class TierCounters
{
    private long _evictions;
    private long _evictedBytes;
    private long _writeErrors;
    private long _readErrors;
    private long _damaged;
    private long _scrubbed;
    private long _unwritten;

    /// <summary>Objects removed to make room.</summary>
    public long Evictions => Interlocked.Read(ref _evictions);

    /// <summary>Their bytes.</summary>
    public long EvictedBytes => Interlocked.Read(ref _evictedBytes);

    /// <summary>Times the disk could not be written.</summary>
    public long WriteErrors => Interlocked.Read(ref _writeErrors);

    /// <summary>Times the disk could not be read.</summary>
    public long ReadErrors => Interlocked.Read(ref _readErrors);

    /// <summary>Objects removed because their bytes were not what their names say.</summary>
    public long Damaged => Interlocked.Read(ref _damaged);

    /// <summary>Objects that were hashed in the background.</summary>
    public long Scrubbed => Interlocked.Read(ref _scrubbed);

    /// <summary>Objects that were not written because the disk was slower than they came, full, or given up.</summary>
    public long Unwritten => Interlocked.Read(ref _unwritten);

    public void Evicted(long bytes)
    {
        Interlocked.Increment(ref _evictions);
        Interlocked.Add(ref _evictedBytes, bytes);
    }

    public void CountWriteError() => Interlocked.Increment(ref _writeErrors);

    public void CountReadError() => Interlocked.Increment(ref _readErrors);

    public void CountDamaged() => Interlocked.Increment(ref _damaged);

    public void CountScrubbed() => Interlocked.Increment(ref _scrubbed);

    public void CountUnwritten() => Interlocked.Increment(ref _unwritten);
}
