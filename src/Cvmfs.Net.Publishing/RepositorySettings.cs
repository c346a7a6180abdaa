using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Publishing;

/// <summary>What a repository records about itself: what it has, where the options do not say otherwise.</summary>
internal sealed record RepositorySettings(
    HashAlgorithmId HashAlgorithm, TimeSpan Ttl, bool IsGarbageCollectable, bool HasAlternativePaths, bool IsVolatile, string? VomsAuthz)
{
    private static readonly TimeSpan DefaultTtl = TimeSpan.FromSeconds(240); // the reference's

    /// <summary>Settings of a new repository.</summary>
    public static RepositorySettings ForNew(PublisherOptions options) => new(
        options.HashAlgorithm ?? HashAlgorithmId.Sha1,
        options.Ttl ?? DefaultTtl,
        options.IsGarbageCollectable ?? false,
        options.HasAlternativePaths ?? false,
        options.IsVolatile ?? false,
        options.VomsAuthz is { Length: > 0 } policy ? policy : null);

    /// <summary>Settings of a repository that exists.</summary>
    public static RepositorySettings For(PublisherOptions options, Manifest manifest, Catalog root) => new(
        options.HashAlgorithm ?? manifest.RootCatalog.Algorithm,
        options.Ttl ?? root.Ttl,
        options.IsGarbageCollectable ?? manifest.IsGarbageCollectable,
        options.HasAlternativePaths ?? manifest.HasAlternativePaths,
        options.IsVolatile ?? root.IsVolatile,
        (options.VomsAuthz ?? root.VomsAuthz) is { Length: > 0 } policy ? policy : null);
}
