namespace Cvmfs.Net.Proxy;

/// <summary>A repository's share of the cache.</summary>
public sealed class RepositoryQuota
{
    /// <summary>Bytes it may take at most. Default: no limit of its own.</summary>
    public long MaxBytes { get; set; } = long.MaxValue;

    /// <summary>Bytes that others cannot take from it. Default 0.</summary>
    public long FloorBytes { get; set; }
}
