namespace Cvmfs.Net.Proxy.Storage;

/// <summary>An object in memory.</summary>
/// <param name="Bytes">All of it; never changed.</param>
internal readonly record struct MemoryObject(byte[] Bytes)
{
    /// <summary>What an object takes besides its bytes: its entry, its share of the buckets, the head of the array.</summary>
    private const int OverheadBytes = 64 + 8 + 24;

    private const int Alignment = 8;

    /// <summary>Bytes of memory that an object of a length takes.</summary>
    public static long CostOf(long length) => OverheadBytes + (length + Alignment - 1) / Alignment * Alignment;
}
