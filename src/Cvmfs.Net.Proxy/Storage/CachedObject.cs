namespace Cvmfs.Net.Proxy.Storage;

/// <summary>An object that was found, ready to be sent: either all its bytes, or a part of an open file. Disposed exactly once, when it was sent.</summary>
internal readonly struct CachedObject : IDisposable
{
    /// <summary>An object in memory.</summary>
    public CachedObject(byte[] bytes, FetchTime fetchedAt) => (Bytes, Length, FetchedAt) = (bytes, bytes.Length, fetchedAt);

    /// <summary>An object in a file, whose lease it takes over.</summary>
    public CachedObject(ObjectFile file, long offset, long length, FetchTime fetchedAt) => (File, Offset, Length, FetchedAt) = (file, offset, length, fetchedAt);

    /// <summary>The whole object; must not be changed. Null when it is in a file.</summary>
    public byte[]? Bytes { get; }

    /// <summary>The file it is in; null when it is in memory.</summary>
    public ObjectFile? File { get; }

    /// <summary>Where in the file it begins.</summary>
    public long Offset { get; }

    /// <summary>Its length in bytes.</summary>
    public long Length { get; }

    /// <summary>When it left its server.</summary>
    public FetchTime FetchedAt { get; }

    /// <summary>Where it was found.</summary>
    public CacheTier Tier => File is null ? CacheTier.Memory : CacheTier.Disk;

    /// <summary>Lets go of the file.</summary>
    public void Dispose() => File?.Release();
}
