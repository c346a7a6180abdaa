namespace Cvmfs.Net.Trust;

/// <summary>Why a repository's statement is not believed. The value is the reference's manifest code times 100 plus its whitelist code, so
/// that both tables can be told apart: see <see cref="TrustFailureExtensions"/>.</summary>
public enum TrustFailure
{
    /// <summary>Manifest or certificate could not be loaded (1).</summary>
    ManifestLoad = 100,

    /// <summary>The manifest lacks a required field, or a field is malformed (2).</summary>
    ManifestIncomplete = 200,

    /// <summary>The manifest is for another repository (3).</summary>
    ManifestNameMismatch = 300,

    /// <summary>The manifest is for another root path (4).</summary>
    ManifestRootMismatch = 400,

    /// <summary>The manifest is older than one that is known (5).</summary>
    ManifestOutdated = 500,

    /// <summary>The certificate is absent from the manifest, has another hash, or cannot be read (6).</summary>
    BadCertificate = 600,

    /// <summary>The manifest's frame, hash line or signature is wrong (7).</summary>
    BadManifestSignature = 700,

    /// <summary>The whitelist could not be loaded (8, whitelist 1).</summary>
    WhitelistLoad = 801,

    /// <summary>The whitelist is empty (8, whitelist 2).</summary>
    WhitelistEmpty = 802,

    /// <summary>A line of the whitelist has not the length or form it must have (8, whitelist 3).</summary>
    WhitelistMalformed = 803,

    /// <summary>The whitelist is for another repository (8, whitelist 4).</summary>
    WhitelistNameMismatch = 804,

    /// <summary>The whitelist has expired (8, whitelist 5).</summary>
    WhitelistExpired = 805,

    /// <summary>The whitelist's hash line is wrong, or no master key verifies its signature (8, whitelist 6).</summary>
    BadWhitelistSignature = 806,

    /// <summary>The whitelist wants a PKCS#7 document, which could not be loaded (8, whitelist 7).</summary>
    Pkcs7Load = 807,

    /// <summary>The PKCS#7 document is empty (8, whitelist 8).</summary>
    Pkcs7Empty = 808,

    /// <summary>The whitelist inside the PKCS#7 document is malformed, expired or for another repository (8, whitelist 9).</summary>
    Pkcs7Whitelist = 809,

    /// <summary>No signer of the PKCS#7 document carries the URI <c>cvmfs:&lt;fqrn&gt;</c> (8, whitelist 10).</summary>
    Pkcs7SignerMismatch = 810,

    /// <summary>The PKCS#7 document does not verify against the trusted authorities (8, whitelist 11).</summary>
    BadPkcs7 = 811,

    /// <summary>The whitelist demands a chain of trusted authorities, and the certificate has none (9, whitelist 12).</summary>
    CertificateChain = 912,

    /// <summary>The certificate is not on the whitelist (9, whitelist 13).</summary>
    CertificateNotListed = 913,

    /// <summary>The certificate is on the blacklist (9, whitelist 14).</summary>
    CertificateBlacklisted = 914,

    /// <summary>The revision is below the one that the blacklist allows. Not in the reference's tables: it fails the mount instead.</summary>
    RevisionBlacklisted = 1000,

    /// <summary>There is no master key to verify with. Not in the reference's tables: it does not start without keys.</summary>
    NoMasterKeys = 1100,
}

/// <summary>The reference's own numbers.</summary>
public static class TrustFailureExtensions
{
    /// <summary>The code in the reference's table of manifest failures, 1–10.</summary>
    public static int ManifestCode(this TrustFailure failure) => (int)failure / 100;

    /// <summary>The code in the reference's table of whitelist failures, 1–14; 0 where the whitelist is not at fault.</summary>
    public static int WhitelistCode(this TrustFailure failure) => (int)failure % 100;

    /// <summary>Whether another server may have better bytes: everything but a failed load, which the transport already repeated, and a
    /// decision about the certificate, which is policy.</summary>
    public static bool IsWorthAnotherHost(this TrustFailure failure) => failure.ManifestCode() is not (1 or 9 or 10 or 11);
}
