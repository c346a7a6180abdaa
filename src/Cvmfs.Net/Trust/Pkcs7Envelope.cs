using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Trust;

internal static class Pkcs7Envelope
{
    public static byte[] Open(ReadOnlyMemory<byte> document, RepositoryName repository, CertificateAuthorities authorities, DateTimeOffset now)
        => throw new CvmfsTrustException(TrustFailure.BadPkcs7, "No certificate authorities are configured.");
}
