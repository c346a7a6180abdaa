namespace Cvmfs.Net.Proxy.Storage;

/// <summary>Where a cached object was found.</summary>
internal enum CacheTier : byte
{
    /// <summary>In memory.</summary>
    Memory,

    /// <summary>In a file, whose pages the kernel may have in memory too.</summary>
    Disk,
}
