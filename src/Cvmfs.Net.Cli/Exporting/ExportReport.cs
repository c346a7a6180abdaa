namespace Cvmfs.Net.Cli.Exporting;

/// <summary>What was copied so far. Counters are written while others read them.</summary>
internal sealed class ExportReport
{
    private long _entries;
    private long _bytes;
    private long _lostAttributes;

    public long Entries => Interlocked.Read(ref _entries);

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Extended attributes that the file system or the user's rights did not allow.</summary>
    public long LostAttributes => Interlocked.Read(ref _lostAttributes);

    /// <summary>Entries that cannot be copied: devices and sockets.</summary>
    public List<string> Skipped { get; } = [];

    public void AddEntry() => Interlocked.Increment(ref _entries);

    public void AddBytes(long count) => Interlocked.Add(ref _bytes, count);

    public void AddLostAttribute() => Interlocked.Increment(ref _lostAttributes);
}
