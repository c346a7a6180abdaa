using Cvmfs.Net.Manifests;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Server.RootFiles;

/// <summary>Manifest and whitelists that belong together. Never changes; a newer set takes its place as a whole.</summary>
/// <param name="Manifest">Bytes of the manifest.</param>
/// <param name="Whitelist">Bytes of the whitelist; null where there is none.</param>
/// <param name="Pkcs7Whitelist">Bytes of the other form of the whitelist; null where there is none.</param>
/// <param name="Statement">What the manifest says. Not verified: a server has no keys.</param>
/// <param name="WhitelistExpiry">When the whitelist ends; null where that cannot be read.</param>
internal sealed record RootFileSet(byte[] Manifest, byte[]? Whitelist, byte[]? Pkcs7Whitelist, Manifest Statement, DateTimeOffset? WhitelistExpiry)
{
    /// <summary>Names of the files of a set.</summary>
    public static bool Names(ReadOnlySpan<char> name)
        => name.SequenceEqual(RootFileNames.Manifest) || name.SequenceEqual(RootFileNames.Whitelist) || name.SequenceEqual(RootFileNames.Pkcs7Whitelist);

    /// <summary>A file of the set; null where there is none.</summary>
    public byte[]? Find(ReadOnlySpan<char> name) => name switch
    {
        RootFileNames.Manifest => Manifest,
        RootFileNames.Whitelist => Whitelist,
        _ => Pkcs7Whitelist,
    };
}
