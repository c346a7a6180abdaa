using System.Security.Cryptography;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Trust;

/// <summary>Signs manifests, for publishers: RSASSA-PKCS1-v1_5 with SHA-1 over the printed hash, whatever the repository's algorithm.</summary>
public static class ManifestSigner
{
    /// <summary>Builds a signed manifest.</summary>
    /// <param name="fields">What it says; its certificate is the one of the key.</param>
    /// <param name="certificateKey">Private key of the certificate.</param>
    /// <param name="algorithm">Algorithm of the hash line; default the root catalog's, as in the reference.</param>
    /// <exception cref="InvalidOperationException">Root catalog or name is missing.</exception>
    /// <exception cref="CryptographicException">The key cannot sign.</exception>
    public static byte[] Sign(ManifestFields fields, RSA certificateKey, HashAlgorithmId? algorithm = null)
    {
        ArgumentNullException.ThrowIfNull(fields);
        ArgumentNullException.ThrowIfNull(certificateKey);
        return SignedLetter.Build(
            fields.ToBytes(),
            algorithm ?? fields.RootCatalog.Algorithm,
            hashLine => certificateKey.SignData(hashLine, HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1));
    }
}
