using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Proxy.Storage;

/// <summary>An open file that several read at once: a segment, the file of a large object, or one that is still being written. It is closed when
/// the last of them has let go, so a file that was evicted meanwhile stays readable to its end.</summary>
internal sealed class ObjectFile(SafeFileHandle handle)
{
    private int _holders = 1;
    private int _used;

    /// <summary>For reading at offsets. Valid while a lease is held.</summary>
    public SafeFileHandle Handle => handle;

    /// <summary>The plain descriptor, for system calls. Valid while a lease is held.</summary>
    public int Descriptor { get; } = (int)handle.DangerousGetHandle();

    /// <summary>Takes a lease. False when the file is closed already: it is as if it had not been found.</summary>
    public bool TryAcquire()
    {
        int holders = Volatile.Read(ref _holders);
        while (holders > 0)
        {
            int seen = Interlocked.CompareExchange(ref _holders, holders + 1, holders);
            if (seen == holders) return true;
            holders = seen;
        }

        return false;
    }

    /// <summary>Gives a lease back, once for each taken; the one that made the file counts as one.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0) handle.Dispose();
    }

    /// <summary>Notes a use, for whoever has to close one of many files.</summary>
    public void Touch()
    {
        if (_used == 0) _used = 1;
    }

    /// <summary>Whether it was used since this was asked last.</summary>
    public bool TakeTouched() => Interlocked.Exchange(ref _used, 0) != 0;
}
