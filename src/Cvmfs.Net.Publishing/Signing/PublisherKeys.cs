using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Publishing.Signing;

/// <summary>The secrets of one repository: the master key, which signs whitelists, and the certificate with its key, which signs manifests.</summary>
/// <remarks>The master key may be absent: it belongs offline, and commits do not need it. Safe for concurrent use; the owner disposes it.</remarks>
public sealed class PublisherKeys : IDisposable
{
    /// <summary>Bits of a new RSA key: what the reference makes.</summary>
    public const int DefaultKeyBits = 2048;

    private static readonly TimeSpan CertificateValidity = TimeSpan.FromDays(365); // nobody checks it; the reference's value

    private readonly RSA? _masterKey;
    private readonly RSA _certificateKey;
    private readonly Lock _lock = new(); // RSA objects are not thread-safe

    private PublisherKeys(RepositoryName repository, RSA? masterKey, string masterPublicKeyPem, RSA certificateKey, string certificatePem)
    {
        Repository = repository;
        _masterKey = masterKey;
        _certificateKey = certificateKey;
        MasterPublicKeyPem = masterPublicKeyPem;
        CertificatePem = certificatePem;
        using var certificate = X509Certificate2.CreateFromPem(certificatePem);
        CertificateDer = certificate.RawData;
    }

    /// <summary>The repository that the certificate was made for.</summary>
    public RepositoryName Repository { get; }

    /// <summary>What clients are configured with: the public master key, PEM.</summary>
    public string MasterPublicKeyPem { get; }

    /// <summary>The publisher's certificate, PEM with line feeds.</summary>
    public string CertificatePem { get; }

    /// <summary>Whether whitelists can be signed.</summary>
    public bool HasMasterKey => _masterKey is not null;

    /// <summary>The certificate, DER: what fingerprints are made of.</summary>
    internal byte[] CertificateDer { get; }

    /// <summary>The public master key as readers want it.</summary>
    public MasterKeys TrustedKeys => MasterKeys.FromPem(MasterPublicKeyPem);

    /// <summary>Makes new keys and a self-signed certificate.</summary>
    /// <param name="repository">Goes into the certificate's name.</param>
    /// <param name="keyBits">Bits of both keys; 2048 in the reference.</param>
    /// <param name="timeProvider">The clock for the certificate's dates.</param>
    /// <exception cref="ArgumentException">The name is missing.</exception>
    public static PublisherKeys Create(RepositoryName repository, int keyBits = DefaultKeyBits, TimeProvider? timeProvider = null)
    {
        var masterKey = RSA.Create(keyBits);
        return Create(repository, masterKey, keyBits, timeProvider);
    }

    /// <summary>Makes a new certificate under a master key that exists: several repositories may share one.</summary>
    /// <param name="repository">Goes into the certificate's name.</param>
    /// <param name="masterKey">Private master key; taken over.</param>
    /// <param name="keyBits">Bits of the certificate's key.</param>
    /// <param name="timeProvider">The clock for the certificate's dates.</param>
    public static PublisherKeys Create(RepositoryName repository, RSA masterKey, int keyBits = DefaultKeyBits, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(masterKey);
        if (repository.IsEmpty) throw new ArgumentException("Keys are made for a repository.", nameof(repository));
        var certificateKey = RSA.Create(keyBits);
        var request = new CertificateRequest($"CN={repository} CernVM-FS Release Managers", certificateKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var now = (timeProvider ?? TimeProvider.System).GetUtcNow();
        using var certificate = request.CreateSelfSigned(now, now + CertificateValidity);
        return new PublisherKeys(
            repository, masterKey, masterKey.ExportSubjectPublicKeyInfoPem() + "\n", certificateKey, certificate.ExportCertificatePem() + "\n");
    }

    /// <summary>Loads <c>&lt;name&gt;.crt</c>, <c>.key</c>, <c>.pub</c> and, where it is there, <c>.masterkey</c> from a folder.</summary>
    /// <exception cref="FileNotFoundException">One of the first three is missing.</exception>
    /// <exception cref="CvmfsPublishException">A file holds something else, or the key is not the certificate's.</exception>
    public static async Task<PublisherKeys> LoadAsync(string folder, RepositoryName repository, CancellationToken cancellationToken = default)
    {
        string certificatePem = await ReadAsync("crt").ConfigureAwait(false);
        string keyPem = await ReadAsync("key").ConfigureAwait(false);
        string publicPem = await ReadAsync("pub").ConfigureAwait(false);
        string masterPath = FileName(folder, repository, "masterkey");
        string? masterPem = File.Exists(masterPath) ? await ReadAsync("masterkey").ConfigureAwait(false) : null;
        return FromPem(repository, masterPem, publicPem, keyPem, certificatePem);

        Task<string> ReadAsync(string extension) => File.ReadAllTextAsync(FileName(folder, repository, extension), Encoding.Latin1, cancellationToken);
    }

    /// <summary>Takes keys from PEM texts.</summary>
    /// <param name="repository">The repository they belong to.</param>
    /// <param name="masterKeyPem">Private master key, or null when it is kept elsewhere.</param>
    /// <param name="masterPublicKeyPem">Public master key.</param>
    /// <param name="certificateKeyPem">Private key of the certificate.</param>
    /// <param name="certificatePem">The certificate.</param>
    /// <exception cref="CvmfsPublishException">A text holds something else, or a private key does not belong to its public part.</exception>
    public static PublisherKeys FromPem(
        RepositoryName repository, string? masterKeyPem, string masterPublicKeyPem, string certificateKeyPem, string certificatePem)
    {
        RSA? masterKey = masterKeyPem is null ? null : ImportKey(masterKeyPem, $"{repository}.masterkey");
        var certificateKey = ImportKey(certificateKeyPem, $"{repository}.key");
        var publicKey = ImportKey(masterPublicKeyPem, $"{repository}.pub");
        using (publicKey)
        {
            if (masterKey is not null && !SamePublicKey(masterKey, publicKey))
                throw new CvmfsPublishException($"{repository}.masterkey", "does not belong to the public master key.");
        }

        try
        {
            using var certificate = X509Certificate2.CreateFromPem(certificatePem);
            using var certified = certificate.GetRSAPublicKey();
            if (certified is null || !SamePublicKey(certified, certificateKey))
                throw new CvmfsPublishException($"{repository}.key", "does not belong to the certificate.");
        }
        catch (CryptographicException refused)
        {
            throw new CvmfsPublishException($"{repository}.crt", "is no certificate in PEM.", refused);
        }

        return new PublisherKeys(repository, masterKey, masterPublicKeyPem, certificateKey, certificatePem);
    }

    /// <summary>Writes <c>&lt;name&gt;.masterkey</c>, <c>.pub</c>, <c>.crt</c> and <c>.key</c>; the private ones for the owner only (mode 0600).</summary>
    /// <exception cref="IOException">A file exists already or cannot be written: keys are never overwritten.</exception>
    public async Task SaveAsync(string folder, CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(folder);
        if (_masterKey is not null) await WriteAsync("masterkey", _masterKey.ExportPkcs8PrivateKeyPem() + "\n", secret: true).ConfigureAwait(false);
        await WriteAsync("key", _certificateKey.ExportPkcs8PrivateKeyPem() + "\n", secret: true).ConfigureAwait(false);
        await WriteAsync("pub", MasterPublicKeyPem, secret: false).ConfigureAwait(false);
        await WriteAsync("crt", CertificatePem, secret: false).ConfigureAwait(false);

        async Task WriteAsync(string extension, string pem, bool secret)
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
                options.UnixCreateMode = secret ? Private : Private | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
            }

            var file = new FileStream(FileName(folder, Repository, extension), options);
            await using var disposal = file.ConfigureAwait(false);
            await file.WriteAsync(Encoding.ASCII.GetBytes(pem), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Fingerprint of the certificate, as whitelists list it.</summary>
    public Fingerprint Fingerprint(HashAlgorithmId algorithm = HashAlgorithmId.Sha1) => Trust.Fingerprint.Compute(algorithm, CertificateDer);

    /// <summary>Signs a manifest.</summary>
    internal byte[] SignManifest(ManifestFields fields)
    {
        lock (_lock) return ManifestSigner.Sign(fields, _certificateKey);
    }

    /// <summary>Signs a whitelist that lists this certificate.</summary>
    /// <exception cref="CvmfsPublishException">The master key is not here.</exception>
    internal byte[] SignWhitelist(RepositoryName repository, DateTimeOffset created, DateTimeOffset expires, HashAlgorithmId algorithm)
    {
        if (_masterKey is null) throw new CvmfsPublishException(repository.ToString(), "the whitelist cannot be signed without the master key.");
        lock (_lock) return WhitelistWriter.Write(repository, created, expires, [Fingerprint(algorithm)], _masterKey, algorithm);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _masterKey?.Dispose();
        _certificateKey.Dispose();
    }

    private static string FileName(string folder, RepositoryName repository, string extension) => Path.Combine(folder, $"{repository}.{extension}");

    private static RSA ImportKey(string pem, string name)
    {
        var key = RSA.Create();
        try
        {
            key.ImportFromPem(pem);
            return key;
        }
        catch (Exception refused) when (refused is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new CvmfsPublishException(name, "is no RSA key in PEM.", refused);
        }
    }

    private static bool SamePublicKey(RSA left, RSA right)
        => left.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(right.ExportSubjectPublicKeyInfo());
}
