namespace Cvmfs.Net.Replication.Transfer;

/// <summary>The storage has no room, or less than the reserve.</summary>
internal sealed class StorageFullException(string message) : IOException(message)
{
    private const int NoSpaceLeft = 28;             // ENOSPC
    private const int QuotaExceededLinux = 122;     // EDQUOT
    private const int DiskFullWindows = unchecked((int)0x80070070);

    /// <summary>Whether an I/O error means a full storage.</summary>
    public static bool Is(IOException e) => e is StorageFullException || e.HResult is NoSpaceLeft or QuotaExceededLinux or DiskFullWindows;
}
