using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Cvmfs.Net.Trust;

/// <summary>Certificate authorities and their revocation lists, for repositories that demand them (<c>Vpkcs7</c>, <c>Wcachain</c>).</summary>
/// <remarks>
/// <para>Fails closed: a chain must end at one of these certificates, and a current list of every issuer on it must be here, or there is no
/// chain. Nothing is ever downloaded.</para>
/// <para>Immutable and safe for concurrent use. The certificates live as long as the process: sites have one set.</para>
/// </remarks>
public sealed class CertificateAuthorities
{
    private const string CertificateLabel = "CERTIFICATE";
    private const string RevocationListLabel = "X509 CRL";

    // Grid sites hold some hundred authorities with lists of some megabytes.
    private const long MaxFileBytes = 64 << 20;

    private static readonly string[] Extensions = [".pem", ".crt", ".cer", ".crl", ".der"];

    private readonly X509Certificate2Collection _certificates = [];
    private readonly List<RevocationList> _revocationLists = [];

    private CertificateAuthorities()
    {
    }

    /// <summary>No authority: every demand for a chain is refused.</summary>
    public static CertificateAuthorities None { get; } = new();

    /// <summary>How many certificates there are.</summary>
    public int Count => _certificates.Count;

    /// <summary>How many revocation lists there are.</summary>
    public int RevocationListCount => _revocationLists.Count;

    /// <summary>Takes authorities and revocation lists from PEM texts (<c>CERTIFICATE</c>, <c>X509 CRL</c>).</summary>
    /// <exception cref="CvmfsFormatException">A block cannot be read.</exception>
    public static CertificateAuthorities FromPem(params IEnumerable<string> pems)
    {
        ArgumentNullException.ThrowIfNull(pems);
        var authorities = new CertificateAuthorities();
        foreach (string pem in pems) authorities.AddPem(pem, "authority");
        return authorities;
    }

    /// <summary>Loads a folder such as <c>/etc/grid-security/certificates</c>: certificates and revocation lists, PEM or DER, by the usual extensions
    /// (<c>.pem .crt .cer .crl .der</c>) and OpenSSL's hash names (<c>.0</c>, <c>.r0</c>).</summary>
    /// <exception cref="CvmfsFormatException">A file with such a name cannot be read as what it should be.</exception>
    /// <exception cref="IOException">The folder or a file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder or a file may not be read.</exception>
    public static async Task<CertificateAuthorities> LoadAsync(string folder, CancellationToken cancellationToken = default)
    {
        var authorities = new CertificateAuthorities();
        foreach (string file in Directory.EnumerateFiles(folder).Where(IsRelevant).Order(StringComparer.Ordinal))
        {
            if (new FileInfo(file) is { Exists: true, Length: > MaxFileBytes } tooLong)
            {
                throw new CvmfsFormatException(file, $"{tooLong.Length} bytes are too long, at most {MaxFileBytes} are read.");
            }

            byte[] content = await File.ReadAllBytesAsync(file, cancellationToken).ConfigureAwait(false);
            if (content.AsSpan().IndexOf("-----BEGIN "u8) >= 0) authorities.AddPem(Encoding.Latin1.GetString(content), file);
            else authorities.AddDer(content, file);
        }

        return authorities;
    }

    /// <summary>Demands a chain from a certificate to an authority, no link of it revoked.</summary>
    internal void RequireChain(byte[] certificate, DateTimeOffset now, TrustFailure failure)
    {
        try
        {
            using var leaf = X509CertificateLoader.LoadCertificate(certificate);
            RequireChain(leaf, [], now, failure);
        }
        catch (CryptographicException refused)
        {
            throw new CvmfsTrustException(failure, "The certificate cannot be read.", refused);
        }
    }

    /// <inheritdoc cref="RequireChain(byte[], DateTimeOffset, TrustFailure)"/>
    internal void RequireChain(X509Certificate2 certificate, X509Certificate2Collection intermediates, DateTimeOffset now, TrustFailure failure)
    {
        if (Count == 0) throw new CvmfsTrustException(failure, "A chain of certificate authorities is demanded, and none are configured.");
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_certificates);
        chain.ChainPolicy.ExtraStore.AddRange(intermediates);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck; // the platform would look for lists on the network; ours are checked below
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        try
        {
            if (!chain.Build(certificate))
            {
                string problems = string.Join(", ", chain.ChainStatus.Select(static status => status.Status));
                throw new CvmfsTrustException(failure, $"\"{certificate.Subject}\" has no chain to one of {Count} authorities: {problems}.");
            }

            for (int i = 0; i < chain.ChainElements.Count; i++)
            {
                int issuer = Math.Min(i + 1, chain.ChainElements.Count - 1); // the last one is its own issuer
                RequireNotRevoked(chain.ChainElements[i].Certificate, chain.ChainElements[issuer].Certificate, now, failure);
            }
        }
        finally
        {
            foreach (var element in chain.ChainElements) element.Certificate.Dispose();
        }
    }

    private static bool IsRelevant(string file)
    {
        string extension = Path.GetExtension(file);
        return Extensions.Contains(extension, StringComparer.OrdinalIgnoreCase)
            || extension.Length > 1 && !extension.AsSpan(extension[1] == 'r' ? 2 : 1).ContainsAnyExceptInRange('0', '9');
    }

    private void RequireNotRevoked(X509Certificate2 certificate, X509Certificate2 issuer, DateTimeOffset now, TrustFailure failure)
    {
        bool isCovered = false;
        foreach (var list in _revocationLists.Where(list => list.IsBy(issuer, now)))
        {
            isCovered = true;
            if (list.Names(certificate)) throw new CvmfsTrustException(failure, $"\"{certificate.Subject}\" was revoked by \"{issuer.Subject}\".");
        }

        if (!isCovered) throw new CvmfsTrustException(failure, $"There is no current revocation list by \"{issuer.Subject}\".");
    }

    private void AddPem(string pem, string name)
    {
        var rest = pem.AsSpan();
        while (PemEncoding.TryFind(rest, out var block))
        {
            byte[] der = Convert.FromBase64String(rest[block.Base64Data].ToString());
            if (rest[block.Label] is CertificateLabel) AddCertificate(der, name);
            else if (rest[block.Label] is RevocationListLabel) _revocationLists.Add(RevocationList.Parse(der, name));
            rest = rest[block.Location.End..];
        }
    }

    private void AddDer(byte[] der, string name)
    {
        bool isList = Path.GetExtension(name) is ".crl" || Path.GetExtension(name).StartsWith(".r", StringComparison.Ordinal);
        if (isList) _revocationLists.Add(RevocationList.Parse(der, name));
        else AddCertificate(der, name);
    }

    private void AddCertificate(byte[] der, string name)
    {
        try
        {
            _certificates.Add(X509CertificateLoader.LoadCertificate(der));
        }
        catch (CryptographicException refused)
        {
            throw new CvmfsFormatException(name, "the certificate cannot be read.", innerException: refused);
        }
    }
}
