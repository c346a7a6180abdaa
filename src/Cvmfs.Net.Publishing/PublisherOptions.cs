using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Publishing.Chunking;
using Cvmfs.Net.Publishing.Trees;

namespace Cvmfs.Net.Publishing;

/// <summary>How a repository is written. The defaults are the reference's. Immutable; change with <c>with</c>.</summary>
/// <remarks>What a repository itself records (algorithm, life time, garbage collection…) is null by default: an existing repository keeps what it
/// has, a new one gets the reference's value.</remarks>
public sealed record PublisherOptions
{
    /// <summary>Algorithm of all new hashes; a repository may mix them. Null: the root catalog's, SHA-1 for a new repository.</summary>
    public HashAlgorithmId? HashAlgorithm { get; init; }

    /// <summary>Compression of file content: zlib (default) or none. Catalogs and other metadata are always zlib.</summary>
    public CompressionId Compression { get; init; } = CompressionId.Zlib;

    /// <summary>zlib level for file content, 1–9. Default 6, the reference's.</summary>
    public int ZlibLevel { get; init; } = ZlibCodec.DefaultLevel;

    /// <summary>How large files are cut.</summary>
    public ChunkingOptions Chunking { get; init; } = new();

    /// <summary>Whether file content stays outside the store: it is hashed, uncompressed, and flagged external; a web server must have it.</summary>
    public bool ExternalData { get; init; }

    /// <summary>Life time that clients take from the root catalog, whole seconds. Null: as it is, 240 s for a new repository.</summary>
    public TimeSpan? Ttl { get; init; }

    /// <summary>Whether objects may be collected (manifest field G). Null: as it is, no for a new repository.</summary>
    public bool? IsGarbageCollectable { get; init; }

    /// <summary>Whether root catalog and certificate are to be fetched by <c>.cvmfsalt-</c> names (field A), for stores with protected data.
    /// Null: as it is, no for a new repository.</summary>
    public bool? HasAlternativePaths { get; init; }

    /// <summary>Whether clients should evict this repository's files first. Null: as it is, no for a new repository.</summary>
    public bool? IsVolatile { get; init; }

    /// <summary>Access policy <c>helper%membership</c>, which concerns clients only; empty for public. Null: as it is, public for a new repository.</summary>
    public string? VomsAuthz { get; init; }

    /// <summary>Meta information in JSON. Null: as it is, none for a new repository.</summary>
    public string? MetaInfo { get; init; }

    /// <summary>Whether each commit is tagged <c>generic-YYYY-MM-DDThh:mm:ssZ</c>. Default yes.</summary>
    public bool AutoTags { get; init; } = true;

    /// <summary>Whether times are recorded to the nanosecond. Default yes; the reference records whole seconds unless told otherwise.</summary>
    public bool RecordNanoseconds { get; init; } = true;

    /// <summary>Which extended attributes a directory scan takes over.</summary>
    public XattrSelection Xattrs { get; init; } = XattrSelection.UserAndCapability;

    /// <summary>Owners to write instead of those found; null to write what was found.</summary>
    public OwnerMap? Owners { get; init; }

    /// <summary>Entries above which a catalog is split without being told so, or null (default) to split at markers and <c>.cvmfsdirtab</c> only.</summary>
    public int? AutoCatalogMaxEntries { get; init; }

    /// <summary>Fewest entries that make an automatic nested catalog worth it. Default 1000, the reference's.</summary>
    public int AutoCatalogMinEntries { get; init; } = 1000;

    /// <summary>
    /// Whether a file that has the size, time, mode and owner of the previous revision's entry is taken to be unchanged without reading it.
    /// Default no: every file is read. Needs nanosecond times to be safe.
    /// </summary>
    public bool TrustFileTimes { get; init; }

    /// <summary>Workers that compress and hash. Default: one per processor.</summary>
    public int Parallelism { get; init; } = Environment.ProcessorCount;

    /// <summary>How long a whitelist that is made here is valid. Default 30 days, the reference's.</summary>
    public TimeSpan WhitelistValidity { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Whether a new repository may be replicated: writes <c>.cvmfs_master_replica</c>. Default yes.</summary>
    public bool AllowReplication { get; init; } = true;

    /// <exception cref="ArgumentException">A value is out of range.</exception>
    internal void Validate()
    {
        if (HashAlgorithm is < HashAlgorithmId.Sha1 or > HashAlgorithmId.Shake128)
            throw new ArgumentException($"{HashAlgorithm} makes no content hashes: expected Sha1, RipeMd160 or Shake128.");
        if (Compression is not (CompressionId.Zlib or CompressionId.None))
            throw new ArgumentException($"Compression {Compression} is not written: expected Zlib or None.");
        if (ZlibLevel is < 1 or > 9) throw new ArgumentException($"zlib level {ZlibLevel} is outside 1–9.");
        if (Parallelism is < 1 or > 1024) throw new ArgumentException($"{Parallelism} workers are outside 1–1024.");
        if (Ttl is { } ttl && (ttl < TimeSpan.FromSeconds(1) || ttl.TotalSeconds > uint.MaxValue)) throw new ArgumentException($"A TTL of {Ttl} is outside 1–{uint.MaxValue} s.");
        if (AutoCatalogMaxEntries is < 2) throw new ArgumentException($"A catalog of at most {AutoCatalogMaxEntries} entries cannot be split.");
        if (WhitelistValidity <= TimeSpan.Zero) throw new ArgumentException($"A whitelist cannot be valid for {WhitelistValidity}.");
        Chunking.Validate();
    }
}
