namespace Cvmfs.Net.Proxy.Storage;

/// <summary>A file of small objects, one behind the other, open as long as it is there.</summary>
internal sealed class Segment(uint number, string path, ObjectFile file, long end)
{
    private long _live;
    private long _end = end;

    /// <summary>Its number; never used twice.</summary>
    public uint Number => number;

    public string Path => path;

    public ObjectFile File => file;

    /// <summary>Bytes written.</summary>
    public long End
    {
        get => Volatile.Read(ref _end);
        set => Volatile.Write(ref _end, value);
    }

    /// <summary>Bytes of objects that are still wanted.</summary>
    public long Live => Volatile.Read(ref _live);

    /// <summary>Whether it may be emptied: nothing more is written to it, and all that is in it is known.</summary>
    public bool IsSettled { get; set; }

    public void AddLive(long bytes) => Interlocked.Add(ref _live, bytes);
}
