using System.Security.Cryptography.X509Certificates;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Publishing.Signing;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Publishing.Tests.Signing;

[System.Runtime.Versioning.SupportedOSPlatform("linux")] // file modes
public sealed class PublisherKeysTests
{
    private static readonly RepositoryName Name = RepositoryName.Parse("keys.example.org");

    [Fact]
    public async Task Saves_private_keys_for_their_owner_only_and_loads_them_again()
    {
        using var folder = new TempFolder();
        using var made = PublisherKeys.Create(Name, 1024);
        await made.SaveAsync(folder.Path);

        Assert.Equal(["keys.example.org.crt", "keys.example.org.key", "keys.example.org.masterkey", "keys.example.org.pub"], folder.Files());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.Combine("keys.example.org.masterkey")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.Combine("keys.example.org.key")));
        Assert.StartsWith("-----BEGIN PUBLIC KEY-----\n", File.ReadAllText(folder.Combine("keys.example.org.pub")), StringComparison.Ordinal);
        using var loaded = await PublisherKeys.LoadAsync(folder.Path, Name);
        Assert.True(loaded.HasMasterKey);
        Assert.Equal(made.Fingerprint(), loaded.Fingerprint());
        await Assert.ThrowsAsync<IOException>(() => made.SaveAsync(folder.Path)); // keys are never overwritten
    }

    [Fact]
    public void Makes_a_certificate_as_the_reference_names_it()
    {
        var clock = new FakeClock();
        using var keys = PublisherKeys.Create(Name, 1024, clock);
        using var certificate = X509Certificate2.CreateFromPem(keys.CertificatePem);

        Assert.Equal("CN=keys.example.org CernVM-FS Release Managers", certificate.Subject);
        Assert.Equal(certificate.Subject, certificate.Issuer);
        Assert.Equal(TimeSpan.FromDays(365), certificate.NotAfter - certificate.NotBefore);
    }

    [Fact]
    public async Task Publishes_without_the_master_key_but_signs_no_whitelist()
    {
        using var repository = await new RepositoryBuilder().File("/f", "1").BuildAsync();
        using var online = PublisherKeys.FromPem(
            repository.Name, null, repository.Keys.Publisher.MasterPublicKeyPem, repository.Keys.CertificateKey.ExportPkcs8PrivateKeyPem(), repository.Keys.Publisher.CertificatePem);
        using var publisher = await RepositoryPublisher.OpenAsync(repository.Path, online, timeProvider: repository.Clock);

        await publisher.CommitAsync(new RepositoryBuilder().File("/f", "2").MakeTree());

        Assert.Equal(2UL, repository.Verify().Manifest.Revision);
        await Assert.ThrowsAsync<CvmfsPublishException>(() => publisher.ResignAsync(TimeSpan.FromDays(30)));
    }

    [Fact]
    public void Refuses_keys_that_do_not_belong_together()
    {
        var keys = TestKeys.For(Name);
        string stranger = TestKeys.Stranger.CertificateKey.ExportPkcs8PrivateKeyPem();

        Assert.Throws<CvmfsPublishException>(() => PublisherKeys.FromPem(Name, null, keys.Publisher.MasterPublicKeyPem, stranger, keys.Publisher.CertificatePem));
        Assert.Throws<CvmfsPublishException>(() => PublisherKeys.FromPem(
            Name, stranger, keys.Publisher.MasterPublicKeyPem, keys.CertificateKey.ExportPkcs8PrivateKeyPem(), keys.Publisher.CertificatePem));
        Assert.Throws<CvmfsPublishException>(() => PublisherKeys.FromPem(Name, null, "no key", stranger, keys.Publisher.CertificatePem));
    }

    [Fact]
    public async Task Signs_a_whitelist_of_any_validity()
    {
        using var repository = await new RepositoryBuilder().File("/f", "1").BuildAsync();
        using var publisher = await RepositoryPublisher.OpenAsync(repository.Path, repository.Keys.Publisher, timeProvider: repository.Clock);
        var before = repository.Manifest;
        repository.Clock.Advance(TimeSpan.FromDays(1));

        await publisher.ResignAsync(TimeSpan.FromDays(7));

        var verified = repository.Verify();
        Assert.Equal(repository.Clock.GetUtcNow() + TimeSpan.FromDays(7), verified.WhitelistExpires);
        Assert.Equal((before.Revision, before.RootCatalog), (verified.Manifest.Revision, verified.Manifest.RootCatalog));

        await publisher.ResignAsync(TimeSpan.FromDays(-1));
        Assert.Equal(TrustFailure.WhitelistExpired, Assert.Throws<CvmfsTrustException>(repository.Verify).Failure);
    }

    [Fact]
    public async Task Publishes_other_meta_information()
    {
        using var repository = await new RepositoryBuilder().BuildAsync();
        using var publisher = await RepositoryPublisher.OpenAsync(repository.Path, repository.Keys.Publisher, timeProvider: repository.Clock);
        var before = repository.Manifest.MetaInfo;

        await publisher.SetMetaInfoAsync("""{"administrator":"Somebody Else"}""");

        Assert.NotEqual(before, repository.Manifest.MetaInfo);
        Assert.Empty(RepositoryChecks.FindProblems(repository.Path));
    }

    [Theory]
    [InlineData(RepositoryFault.ExpiredWhitelist, TrustFailure.WhitelistExpired)]
    [InlineData(RepositoryFault.CertificateNotListed, TrustFailure.CertificateNotListed)]
    [InlineData(RepositoryFault.ManifestForOtherName, TrustFailure.ManifestNameMismatch)]
    public async Task A_repository_can_be_broken_in_one_place(RepositoryFault fault, TrustFailure expected)
    {
        using var repository = await new RepositoryBuilder().File("/f", "1").BuildAsync();

        Assert.Equal(expected, Assert.Throws<CvmfsTrustException>(repository.Break(fault).Verify).Failure);
    }

    [Fact]
    public async Task Every_fault_breaks_something()
    {
        foreach (var fault in Enum.GetValues<RepositoryFault>())
        {
            using var repository = await new RepositoryBuilder().File("/f", "1").Revision().File("/f", "2").BuildAsync();
            byte[] manifest = repository.Manifests[^1];
            repository.Break(fault);
            bool trusted = Trusted(repository);
            bool sound = trusted && RepositoryChecks.FindProblems(repository.Path).Count == 0;
            Assert.False(trusted && sound && File.ReadAllBytes(repository.RootFile(".cvmfspublished")).AsSpan().SequenceEqual(manifest), fault.ToString());
        }

        static bool Trusted(BuiltRepository repository)
        {
            try
            {
                repository.Verify();
                return true;
            }
            catch (Exception refused) when (refused is CvmfsTrustException or FileNotFoundException)
            {
                return false;
            }
        }
    }
}
