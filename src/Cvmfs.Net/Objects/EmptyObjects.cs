using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Objects;

/// <summary>The only objects that are zero bytes long: uncompressed empty content. Every other empty file in a store is a corpse.</summary>
internal static class EmptyObjects
{
    private static readonly ContentHash[] s_hashes =
    [
        ContentHash.Compute(HashAlgorithmId.Sha1, []),
        ContentHash.Compute(HashAlgorithmId.RipeMd160, []),
        ContentHash.Compute(HashAlgorithmId.Shake128, []),
    ];

    public static bool Contains(ObjectKey key) => s_hashes.AsSpan().Contains(key.Hash);
}
