using System.Formats.Asn1;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Cvmfs.Net.Trust;

/// <summary>A certificate revocation list (RFC 5280, section 5). The class library writes these but does not read them.</summary>
/// <remarks>Whatever is not understood makes the list unusable, and an unusable list is none: partial lists, indirect lists, unknown critical
/// extensions, digests older than SHA-2.</remarks>
internal sealed class RevocationList
{
    private const string DocumentName = "revocation list";

    private static readonly Asn1Tag ExtensionsTag = new(TagClass.ContextSpecific, 0);

    private readonly byte[] _signed;
    private readonly byte[] _signature;
    private readonly string _signatureAlgorithm;
    private readonly byte[] _issuer;
    private readonly HashSet<BigInteger> _revoked;
    private readonly DateTimeOffset _thisUpdate;
    private readonly DateTimeOffset _nextUpdate;

    private RevocationList(
        byte[] signed, byte[] signature, string algorithm, byte[] issuer, HashSet<BigInteger> revoked, DateTimeOffset thisUpdate, DateTimeOffset nextUpdate)
        => (_signed, _signature, _signatureAlgorithm, _issuer, _revoked, _thisUpdate, _nextUpdate)
            = (signed, signature, algorithm, issuer, revoked, thisUpdate, nextUpdate);

    /// <summary>Parses a list.</summary>
    /// <exception cref="CvmfsFormatException">It is no list, or one that is not understood.</exception>
    public static RevocationList Parse(ReadOnlyMemory<byte> der, string name = DocumentName)
    {
        try
        {
            return Read(der);
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException)
        {
            throw new CvmfsFormatException(name, "the revocation list cannot be read.", innerException: e);
        }
    }

    /// <summary>Whether this list is current at an instant and signed by the issuer.</summary>
    public bool IsBy(X509Certificate2 issuer, DateTimeOffset now)
        => issuer.SubjectName.RawData.AsSpan().SequenceEqual(_issuer) && _thisUpdate <= now && now < _nextUpdate && MaySign(issuer) && VerifySignature(issuer);

    /// <summary>Whether the list names a certificate of its issuer.</summary>
    public bool Names(X509Certificate2 certificate) => _revoked.Contains(new BigInteger(certificate.SerialNumberBytes.Span, isBigEndian: true));

    private static RevocationList Read(ReadOnlyMemory<byte> der)
    {
        var outer = new AsnReader(der, AsnEncodingRules.DER);
        var list = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        byte[] signed = list.PeekEncodedValue().ToArray();
        var body = list.ReadSequence();
        byte[] algorithmOutside = list.ReadEncodedValue().ToArray();
        byte[] signature = list.ReadBitString(out int unusedBits);
        if (unusedBits != 0) throw new CryptographicException("The signature is not a whole number of bytes.");
        list.ThrowIfNotEmpty();

        if (body.PeekTag().HasSameClassAndValue(Asn1Tag.Integer)) body.ReadInteger();
        byte[] algorithm = body.ReadEncodedValue().ToArray();
        if (!algorithm.AsSpan().SequenceEqual(algorithmOutside)) throw new CryptographicException("The two signature algorithms differ.");
        byte[] issuer = body.ReadEncodedValue().ToArray();
        var thisUpdate = ReadTime(body);
        var nextUpdate = ReadTime(body); // required by RFC 5280: a list that never ages proves nothing
        var revoked = body.HasData && body.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence) ? ReadEntries(body.ReadSequence()) : [];
        if (body.HasData) RefuseCritical(body.ReadSequence(ExtensionsTag).ReadSequence());
        body.ThrowIfNotEmpty();
        return new RevocationList(
            signed, signature, new AsnReader(algorithm, AsnEncodingRules.DER).ReadSequence().ReadObjectIdentifier(), issuer, revoked, thisUpdate, nextUpdate);
    }

    private static HashSet<BigInteger> ReadEntries(AsnReader entries)
    {
        var revoked = new HashSet<BigInteger>();
        while (entries.HasData)
        {
            var entry = entries.ReadSequence();
            revoked.Add(entry.ReadInteger());
            ReadTime(entry);
            if (entry.HasData) RefuseCritical(entry.ReadSequence());
        }

        return revoked;
    }

    private static DateTimeOffset ReadTime(AsnReader reader)
        => reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();

    private static void RefuseCritical(AsnReader extensions)
    {
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            string id = extension.ReadObjectIdentifier();
            if (extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean())
            {
                throw new CryptographicException(string.Create(CultureInfo.InvariantCulture, $"The critical extension {id} is not known."));
            }
        }
    }

    private static bool MaySign(X509Certificate2 issuer)
        => issuer.Extensions.OfType<X509KeyUsageExtension>().All(static usage => (usage.KeyUsages & X509KeyUsageFlags.CrlSign) != 0);

    private bool VerifySignature(X509Certificate2 issuer)
    {
        try
        {
            return _signatureAlgorithm switch
            {
                "1.2.840.113549.1.1.11" => VerifyRsa(issuer, HashAlgorithmName.SHA256),
                "1.2.840.113549.1.1.12" => VerifyRsa(issuer, HashAlgorithmName.SHA384),
                "1.2.840.113549.1.1.13" => VerifyRsa(issuer, HashAlgorithmName.SHA512),
                "1.2.840.10045.4.3.2" => VerifyEcdsa(issuer, HashAlgorithmName.SHA256),
                "1.2.840.10045.4.3.3" => VerifyEcdsa(issuer, HashAlgorithmName.SHA384),
                "1.2.840.10045.4.3.4" => VerifyEcdsa(issuer, HashAlgorithmName.SHA512),
                _ => false,
            };
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private bool VerifyRsa(X509Certificate2 issuer, HashAlgorithmName hash)
    {
        using var key = issuer.GetRSAPublicKey();
        return key is not null && key.VerifyData(_signed, _signature, hash, RSASignaturePadding.Pkcs1);
    }

    private bool VerifyEcdsa(X509Certificate2 issuer, HashAlgorithmName hash)
    {
        using var key = issuer.GetECDsaPublicKey();
        return key is not null && key.VerifyData(_signed, _signature, hash, DSASignatureFormat.Rfc3279DerSequence);
    }
}
