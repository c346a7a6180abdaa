namespace Cvmfs.Net.Replication.Transfer;

/// <summary>Ends a run before the disk is full: other services may live on it, and a full disk breaks more than a replica.</summary>
internal sealed class FreeSpaceGuard(string folder, long reserveBytes)
{
    private const long LookEveryBytes = 16 << 20; // a look is one system call

    private long _sinceLook;

    /// <summary>Looks at the free space.</summary>
    /// <exception cref="StorageFullException">Less is free than the reserve.</exception>
    public void Check()
    {
        if (reserveBytes == 0) return;
        long free = new DriveInfo(folder).AvailableFreeSpace;
        if (free < reserveBytes) throw new StorageFullException($"{folder}: {free} bytes are free; {reserveBytes} are kept in reserve.");
    }

    /// <summary>Counts what was stored, and looks now and then.</summary>
    /// <exception cref="StorageFullException">Less is free than the reserve.</exception>
    public void Stored(long bytes)
    {
        if (Interlocked.Add(ref _sinceLook, bytes) < LookEveryBytes) return;
        Interlocked.Exchange(ref _sinceLook, 0);
        Check();
    }
}
