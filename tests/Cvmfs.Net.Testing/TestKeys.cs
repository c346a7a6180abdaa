using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Publishing.Signing;

namespace Cvmfs.Net.Testing;

/// <summary>Keys of a test repository, private parts included. Small ones, made once per name and process: they sign nothing of worth.</summary>
public sealed class TestKeys
{
    private const int KeyBits = 1024; // quick to make and to sign with; RSA of any size is the same to the code under test

    private static readonly ConcurrentDictionary<RepositoryName, Lazy<TestKeys>> Cache = new();

    private TestKeys(RepositoryName name)
    {
        MasterKey = RSA.Create(KeyBits);
        CertificateKey = RSA.Create(KeyBits);
        var request = new CertificateRequest($"CN={name} CernVM-FS Release Managers", CertificateKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var start = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using var certificate = request.CreateSelfSigned(start, start.AddYears(1)); // expired on purpose: nobody may mind
        Publisher = PublisherKeys.FromPem(
            name, MasterKey.ExportPkcs8PrivateKeyPem(), MasterKey.ExportSubjectPublicKeyInfoPem() + "\n", CertificateKey.ExportPkcs8PrivateKeyPem(),
            certificate.ExportCertificatePem() + "\n");
    }

    /// <summary>Keys as the publisher wants them; shared, not to be disposed.</summary>
    public PublisherKeys Publisher { get; }

    /// <summary>Private master key; shared, and to be locked on.</summary>
    public RSA MasterKey { get; }

    /// <summary>Private key of the certificate; shared, and to be locked on.</summary>
    public RSA CertificateKey { get; }

    /// <summary>The keys of a repository.</summary>
    public static TestKeys For(RepositoryName name) => Cache.GetOrAdd(name, static name => new Lazy<TestKeys>(() => new TestKeys(name))).Value;

    /// <summary>Other keys, which nobody was told about.</summary>
    public static TestKeys Stranger { get; } = new(RepositoryName.Parse("stranger.example.org"));
}
