using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Trust;

/// <summary>What a whitelist says once its signature holds. With PKCS#7 it is the embedded text that counts.</summary>
internal sealed record CheckedWhitelist(IReadOnlyList<Fingerprint> Fingerprints, DateTimeOffset ExpiresAt, bool DemandsCaChain, bool UsedPkcs7);

/// <summary>Checks a whitelist in the reference's order: form, expiry, name, then signature. One instant for all of it.</summary>
internal sealed class WhitelistChecker(RepositoryName repository, DateTimeOffset now)
{
    /// <exception cref="CvmfsTrustException">The whitelist cannot be believed.</exception>
    public CheckedWhitelist Check(ReadOnlyMemory<byte> document, byte[]? pkcs7, MasterKeys keys, CertificateAuthorities authorities)
    {
        if (document.IsEmpty) throw new CvmfsTrustException(TrustFailure.WhitelistEmpty, "The whitelist is empty.");
        var whitelist = Parse(document);
        if (!whitelist.IsPkcs7)
        {
            CheckMasterSignature(document, keys);
            return Accept(whitelist, usedPkcs7: false);
        }

        if (pkcs7 is null)
        {
            throw new CvmfsTrustException(TrustFailure.Pkcs7Load, "The whitelist is signed by PKCS#7 (flag Vpkcs7), and that document is not there.");
        }

        if (pkcs7.Length == 0) throw new CvmfsTrustException(TrustFailure.Pkcs7Empty, "The whitelist's PKCS#7 document is empty.");
        byte[] embedded = Pkcs7Envelope.Open(pkcs7, repository, authorities, now);
        try
        {
            return Accept(Parse(embedded), usedPkcs7: true);
        }
        catch (CvmfsTrustException inner)
        {
            throw new CvmfsTrustException(TrustFailure.Pkcs7Whitelist, $"Inside the PKCS#7 document: {inner.Message}", inner);
        }
    }

    private static CheckedWhitelist Accept(Whitelist whitelist, bool usedPkcs7)
        => new(whitelist.Fingerprints, whitelist.ExpiresAt, whitelist.DemandsCaChain, usedPkcs7);

    private static void CheckMasterSignature(ReadOnlyMemory<byte> document, MasterKeys keys)
    {
        SignedLetter letter;
        try
        {
            letter = SignedLetter.Split(document, "whitelist");
        }
        catch (CvmfsFormatException malformed)
        {
            throw new CvmfsTrustException(TrustFailure.BadWhitelistSignature, malformed.Message, malformed);
        }

        if (!letter.IsHashRight)
        {
            throw new CvmfsTrustException(TrustFailure.BadWhitelistSignature, $"The whitelist's text does not have the hash of its hash line, {letter.Hash}.");
        }

        if (!keys.Verify(letter.HashLine.Span, letter.Signature.Span))
        {
            throw new CvmfsTrustException(
                TrustFailure.BadWhitelistSignature,
                keys.Count == 0 ? "No master key is configured; the whitelist cannot be verified." : $"None of {keys.Count} master keys signed the whitelist.");
        }
    }

    private Whitelist Parse(ReadOnlyMemory<byte> document)
    {
        Whitelist whitelist;
        try
        {
            whitelist = Whitelist.Parse(document, "whitelist");
        }
        catch (CvmfsFormatException malformed)
        {
            throw new CvmfsTrustException(TrustFailure.WhitelistMalformed, malformed.Message, malformed);
        }

        if (whitelist.IsExpiredAt(now))
        {
            throw new CvmfsTrustException(
                TrustFailure.WhitelistExpired, $"The whitelist expired at {whitelist.ExpiresAt:u} (from the full hour on), it is {now:u}.");
        }

        return string.Equals(whitelist.RepositoryName, repository.ToString(), StringComparison.Ordinal)
            ? whitelist
            : throw new CvmfsTrustException(TrustFailure.WhitelistNameMismatch, $"The whitelist is for \"{whitelist.RepositoryName}\", expected \"{repository}\".");
    }
}
