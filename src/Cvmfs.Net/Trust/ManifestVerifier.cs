using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Trust;

/// <summary>Decides whether a repository's documents form one chain of trust: master key → whitelist → certificate → manifest.</summary>
/// <remarks>Pure: bytes in, a <see cref="VerifiedManifest"/> or a <see cref="CvmfsTrustException"/> out. No network, no files, and one instant for all
/// checks of a run. Immutable and safe for concurrent use.</remarks>
public sealed class ManifestVerifier
{
    private readonly MasterKeys _keys;
    private readonly Blacklist _blacklist;
    private readonly CertificateAuthorities _authorities;
    private readonly TimeProvider _time;

    /// <summary>Creates a verifier.</summary>
    /// <param name="keys">Keys that may sign whitelists.</param>
    /// <param name="blacklist">What is refused although it is signed; default nothing.</param>
    /// <param name="authorities">Trusted authorities for <c>Vpkcs7</c> and <c>Wcachain</c>; without them such repositories are refused.</param>
    /// <param name="timeProvider">The clock for the whitelist's expiry; default the system's.</param>
    public ManifestVerifier(
        MasterKeys keys, Blacklist? blacklist = null, CertificateAuthorities? authorities = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(keys);
        _keys = keys;
        _blacklist = blacklist ?? Blacklist.Empty;
        _authorities = authorities ?? CertificateAuthorities.None;
        _time = timeProvider ?? TimeProvider.System;
    }

    /// <summary>Verifies a complete set of documents.</summary>
    /// <param name="repository">The repository that is expected.</param>
    /// <param name="manifest">The file <c>.cvmfspublished</c>.</param>
    /// <param name="certificateObject">The object that the manifest's field X names, as stored.</param>
    /// <param name="whitelist">The file <c>.cvmfswhitelist</c>.</param>
    /// <param name="pkcs7">The file <c>.cvmfswhitelist.pkcs7</c>, where there is one.</param>
    /// <param name="minimumTimestamp">Unix seconds; a manifest signed before is refused as outdated. 0 for none.</param>
    /// <exception cref="CvmfsTrustException">Some link does not hold.</exception>
    public VerifiedManifest Verify(
        RepositoryName repository,
        ReadOnlyMemory<byte> manifest,
        ReadOnlyMemory<byte> certificateObject,
        ReadOnlyMemory<byte> whitelist,
        byte[]? pkcs7 = null,
        ulong minimumTimestamp = 0)
    {
        var statement = CheckStatement(repository, manifest, minimumTimestamp);
        byte[] certificate = CheckSignature(statement, certificateObject);
        return CheckWhitelist(repository, statement, certificateObject, certificate, whitelist, pkcs7);
    }

    /// <summary>Steps 2–5: everything that the manifest says about itself. Nothing is authenticated yet.</summary>
    internal static Manifest CheckStatement(RepositoryName repository, ReadOnlyMemory<byte> document, ulong minimumTimestamp)
    {
        if (repository.IsEmpty) throw new ArgumentException("The expected repository's name is needed.", nameof(repository));
        Manifest manifest;
        try
        {
            manifest = Manifest.Parse(document);
        }
        catch (CvmfsFormatException malformed)
        {
            throw new CvmfsTrustException(TrustFailure.ManifestIncomplete, malformed.Message, malformed);
        }

        if (!string.Equals(manifest.RepositoryName, repository.ToString(), StringComparison.Ordinal))
        {
            throw new CvmfsTrustException(
                TrustFailure.ManifestNameMismatch, $"The manifest is for \"{Shown(manifest.RepositoryName)}\", expected \"{repository}\".");
        }

        if (manifest.RootPathHash != PathHash.Root)
        {
            throw new CvmfsTrustException(TrustFailure.ManifestRootMismatch, "The manifest's root path (field R) is not the MD5 of the empty path.");
        }

        if (manifest.PublishedAt < minimumTimestamp)
        {
            throw new CvmfsTrustException(
                TrustFailure.ManifestOutdated, $"The manifest was signed at {manifest.PublishedAt}, before {minimumTimestamp} which is known.");
        }

        return manifest.Certificate.IsNull
            ? throw new CvmfsTrustException(TrustFailure.BadCertificate, "The manifest names no certificate (field X).")
            : manifest;
    }

    /// <summary>Steps 7–9: the certificate is the one named, and its key signed the manifest.</summary>
    /// <returns>The certificate, DER.</returns>
    internal static byte[] CheckSignature(Manifest manifest, ReadOnlyMemory<byte> certificateObject)
    {
        byte[] certificate = PublisherCertificate.Read(manifest.Certificate, certificateObject);
        SignedLetter letter;
        try
        {
            letter = SignedLetter.Split(manifest.Bytes, "manifest");
        }
        catch (CvmfsFormatException malformed)
        {
            throw new CvmfsTrustException(TrustFailure.BadManifestSignature, malformed.Message, malformed);
        }

        if (!letter.IsHashRight)
        {
            throw new CvmfsTrustException(TrustFailure.BadManifestSignature, $"The manifest's text does not have the hash of its hash line, {letter.Hash}.");
        }

        return PublisherCertificate.Verify(certificate, letter.HashLine.Span, letter.Signature.Span)
            ? certificate
            : throw new CvmfsTrustException(
                TrustFailure.BadManifestSignature, $"The manifest's signature ({letter.Signature.Length} bytes) is not by its certificate's key.");
    }

    /// <summary>Steps 10–12: a master key vouches for the certificate.</summary>
    internal VerifiedManifest CheckWhitelist(
        RepositoryName repository,
        Manifest manifest,
        ReadOnlyMemory<byte> certificateObject,
        byte[] certificate,
        ReadOnlyMemory<byte> whitelistDocument,
        byte[]? pkcs7)
    {
        var now = _time.GetUtcNow();
        var checker = new WhitelistChecker(repository, now);
        var whitelist = checker.Check(whitelistDocument, pkcs7, _keys, _authorities);
        if (_blacklist.Contains(certificate))
        {
            throw new CvmfsTrustException(
                TrustFailure.CertificateBlacklisted, $"The certificate {Fingerprint.Compute(HashAlgorithmId.Sha1, certificate)} is on the blacklist.");
        }

        if (!whitelist.Fingerprints.Any(fingerprint => fingerprint.Matches(certificate)))
        {
            throw new CvmfsTrustException(
                TrustFailure.CertificateNotListed,
                $"The certificate {Fingerprint.Compute(HashAlgorithmId.Sha1, certificate)} is none of the {whitelist.Fingerprints.Count} on the whitelist.");
        }

        if (whitelist.DemandsCaChain) _authorities.RequireChain(certificate, now, TrustFailure.CertificateChain);
        ulong minimumRevision = _blacklist.MinimumRevision(repository);
        if (manifest.Revision < minimumRevision)
        {
            throw new CvmfsTrustException(
                TrustFailure.RevisionBlacklisted, $"Revision {manifest.Revision} of {repository} is refused by the blacklist, which allows {minimumRevision} and later.");
        }

        return new VerifiedManifest(
            repository, manifest, certificateObject, certificate, whitelistDocument, whitelist.UsedPkcs7 ? pkcs7 : null, whitelist.ExpiresAt, now);
    }

    private static string Shown(string name) => name.Length > RepositoryName.MaxLength ? name[..RepositoryName.MaxLength] + "…" : name;
}
