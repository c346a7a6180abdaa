using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Tests.Trust;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Tests.Transport;

public sealed class VerifiedManifestFetcherTests
{
    private static readonly SignedSet Good = new();

    private static ObjectKey CertificateKey => new(Good.Fields.Certificate, ObjectSuffix.Certificate);

    private static string CertificatePath => ObjectPath.Of(CertificateKey);

    [Fact]
    [Conforms("protocol", 24)]
    public async Task Brings_a_verified_statement_in_three_requests()
    {
        var server = new DocumentServer("http://one", Good);
        var verified = await Fetcher(server).FetchAsync();
        Assert.Equal(7ul, verified.Manifest.Revision);
        Assert.Equal(server.Files[RootFileNames.Whitelist], verified.WhitelistBytes.ToArray());
        Assert.Equal(SignedSet.Now, verified.CheckedAt);
        Assert.Equal([RootFileNames.Manifest, RootFileNames.Whitelist, CertificatePath], server.Requests);
    }

    [Fact]
    public async Task Takes_the_certificate_from_a_store_that_has_it()
    {
        var store = new MemoryObjectStore();
        await store.PutAsync(CertificateKey, Good.CertificateObject);
        var server = new DocumentServer("http://one", Good);
        var fetcher = new VerifiedManifestFetcher(server, Good.Name, Verifier(), store);
        Assert.Equal(7ul, (await fetcher.FetchAsync()).Manifest.Revision);
        Assert.Equal(2, server.Requests.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Conforms("protocol", 46)]
    public async Task Uses_the_alternative_name_where_the_manifest_says_so(bool cachedBadly)
    {
        var set = new SignedSet();
        set.Fields = set.Fields with { HasAlternativePaths = true };
        string name = $".cvmfsalt-{set.Fields.Certificate}X";
        var server = new DocumentServer("http://one", set);
        Assert.True(server.Files.TryRemove(CertificatePath, out _));
        server.Files[name] = set.CertificateObject;
        if (cachedBadly) server.Cached[name] = "stale"u8.ToArray();

        Assert.True((await Fetcher(server).FetchAsync()).Manifest.HasAlternativePaths);
        Assert.Equal(cachedBadly ? [name, name + " past caches"] : [name], server.Requests.Skip(2));
    }

    [Fact]
    [Conforms("protocol", 56)]
    public async Task Asks_for_a_wrong_certificate_once_more_past_caches()
    {
        var server = new DocumentServer("http://one", Good);
        server.Cached[CertificatePath] = "stale"u8.ToArray();
        Assert.Equal(7ul, (await Fetcher(server).FetchAsync()).Manifest.Revision);
        Assert.Equal([CertificatePath, CertificatePath + " past caches"], server.Requests.Skip(2));
    }

    [Fact]
    [Conforms("protocol", 8)]
    public async Task A_certificate_that_stays_wrong_is_refused()
    {
        var server = new DocumentServer("http://one", Good);
        server.Files[CertificatePath] = "wrong"u8.ToArray();
        Assert.Equal(TrustFailure.ManifestLoad, await RefusalAsync(server));
    }

    [Fact]
    [Conforms("protocol", 27)]
    public async Task Bad_content_makes_another_server_be_asked()
    {
        var bad = new DocumentServer("http://bad", Good);
        bad.Files[RootFileNames.Manifest][20] ^= 1;
        var good = new DocumentServer("http://good", Good);
        Assert.Equal(7ul, (await Fetcher(new FailoverSource([bad, good])).FetchAsync()).Manifest.Revision);
        Assert.NotEmpty(bad.Requests);
    }

    [Theory]
    [InlineData("expired")]
    [InlineData("whitelist gone")]
    [InlineData("whitelist changed")]
    [InlineData("other name")]
    [InlineData("cut")]
    [Conforms("protocol", 27)]
    public async Task Every_fault_of_content_is_worth_another_server(string fault)
    {
        var set = new SignedSet();
        if (fault == "expired") set.Expires = SignedSet.Now;
        if (fault == "other name") set.EditManifest = text => text.Replace("\nNmade", "\nNmake", StringComparison.Ordinal);
        var bad = new DocumentServer("http://bad", set);
        if (fault == "whitelist gone") bad.Files.TryRemove(RootFileNames.Whitelist, out _);
        if (fault == "whitelist changed") bad.Files[RootFileNames.Whitelist][^1] ^= 1;
        if (fault == "cut") bad.Files[RootFileNames.Manifest] = bad.Files[RootFileNames.Manifest][..30];

        var good = new DocumentServer("http://good", Good);
        Assert.Equal(7ul, (await Fetcher(new FailoverSource([bad, good])).FetchAsync()).Manifest.Revision);
    }

    [Fact]
    [Conforms("protocol", 27)]
    public async Task Only_one_other_server_is_asked()
    {
        DocumentServer[] servers = [Bad("http://one"), Bad("http://two"), new DocumentServer("http://three", Good)];
        Assert.Equal(TrustFailure.BadManifestSignature, await RefusalAsync(new FailoverSource(servers)));
        Assert.Empty(servers[2].Requests);

        static DocumentServer Bad(string origin)
        {
            var server = new DocumentServer(origin, Good);
            server.Files[RootFileNames.Manifest][^1] ^= 1;
            return server;
        }
    }

    [Fact]
    [Conforms("protocol", 27)]
    public async Task A_refused_certificate_is_a_decision_that_no_server_changes()
    {
        var first = new DocumentServer("http://one", new SignedSet { Fingerprints = [] });
        var second = new DocumentServer("http://two", Good);
        Assert.Equal(TrustFailure.CertificateNotListed, await RefusalAsync(new FailoverSource([first, second])));
        Assert.Empty(second.Requests);
    }

    [Fact]
    public async Task A_dead_server_is_passed_over()
    {
        var dead = new DocumentServer("http://dead") { IsDead = true };
        Assert.Equal(7ul, (await Fetcher(new FailoverSource([dead, new DocumentServer("http://good", Good)])).FetchAsync()).Manifest.Revision);
        await Assert.ThrowsAsync<CvmfsTransportException>(() => Fetcher(dead).FetchAsync());
    }

    [Fact]
    public async Task A_document_that_breaks_off_is_fetched_once_more()
    {
        var server = new DocumentServer("http://one", Good);
        server.Break(RootFileNames.Manifest, times: 1);
        Assert.Equal(7ul, (await Fetcher(server).FetchAsync()).Manifest.Revision);

        server.Break(RootFileNames.Whitelist, times: 2);
        Assert.True((await Assert.ThrowsAsync<CvmfsTransportException>(() => Fetcher(server).FetchAsync())).IsTransient);
    }

    [Fact]
    [Conforms("protocol", 40)]
    public async Task Absent_documents_have_reasons()
    {
        var server = new DocumentServer("http://one", Good);
        Assert.True(server.Files.TryRemove(RootFileNames.Whitelist, out _));
        Assert.Equal(TrustFailure.WhitelistLoad, await RefusalAsync(server));

        server = new DocumentServer("http://one", Good);
        Assert.True(server.Files.TryRemove(CertificatePath, out _));
        var absent = await Assert.ThrowsAsync<CvmfsTransportException>(() => Fetcher(server).FetchAsync());
        Assert.Contains(CertificatePath, absent.Message, StringComparison.Ordinal);
        Assert.False(absent.IsTransient);

        Assert.Contains(".cvmfspublished", (await Assert.ThrowsAsync<CvmfsTransportException>(() => Fetcher(new DocumentServer("http://none")).FetchAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    [Conforms("protocol", 57)]
    public async Task Documents_have_a_longest_form()
    {
        var server = new DocumentServer("http://one", Good);
        server.Files[RootFileNames.Manifest] = [.. server.Files[RootFileNames.Manifest], .. new byte[1 << 20]];
        Assert.Equal(TrustFailure.ManifestIncomplete, await RefusalAsync(server));

        server = new DocumentServer("http://one", Good);
        server.Files[RootFileNames.Whitelist] = new byte[(1 << 20) + 1];
        Assert.Equal(TrustFailure.WhitelistMalformed, await RefusalAsync(server));
    }

    [Fact]
    [Conforms("protocol", 37)]
    public async Task Fetches_the_PKCS7_document_only_where_it_is_demanded()
    {
        using var authority = new TestAuthority();
        string fingerprint = Fingerprint.Compute(HashAlgorithmId.Sha1, SignedSet.Certificate).ToString();
        byte[] inner = Encoding.ASCII.GetBytes($"20251201000000\nE20270101000000\nNmade.example.org\nVpkcs7\n{fingerprint}\n");
        using var signer = authority.Issue(SignedSet.Publisher, "cvmfs:made.example.org");
        var set = new SignedSet { Fingerprints = ["Vpkcs7"], Pkcs7 = TestAuthority.Envelope(inner, detached: false, signer) };
        var server = new DocumentServer("http://one", set);

        var fetcher = new VerifiedManifestFetcher(server, set.Name, Verifier(authority.Trusted));
        Assert.Equal(set.Pkcs7, (await fetcher.FetchAsync()).Pkcs7Bytes!.Value.ToArray());
        Assert.True(server.Files.TryRemove(RootFileNames.Pkcs7Whitelist, out _));
        Assert.Equal(TrustFailure.Pkcs7Load, (await Assert.ThrowsAsync<CvmfsTrustException>(() => fetcher.FetchAsync())).Failure);
    }

    [Fact]
    public async Task Older_statements_than_asked_for_are_refused()
    {
        var server = new DocumentServer("http://one", Good);
        Assert.Equal(
            TrustFailure.ManifestOutdated,
            (await Assert.ThrowsAsync<CvmfsTrustException>(() => Fetcher(server).FetchAsync(minimumTimestamp: 1_700_000_001))).Failure);
    }

    [Fact]
    public async Task Every_repository_of_the_reference_is_fetched_from_its_folder()
    {
        foreach (string name in TestData.Names)
        {
            using var repository = TestData.Unpack(name);
            await using var source = RepositorySource.Open(repository.Path);
            var fetcher = new VerifiedManifestFetcher(source, Net.Manifests.RepositoryName.Parse(name), await MasterKeys.LoadAsync(repository.PublicKeyPath));
            Assert.Equal(name, (await fetcher.FetchAsync()).Manifest.RepositoryName);
        }
    }

    private static ManifestVerifier Verifier(CertificateAuthorities? authorities = null)
        => new(MasterKeys.FromKey(SignedSet.Master), authorities: authorities, timeProvider: new FakeClock(SignedSet.Now));

    private static VerifiedManifestFetcher Fetcher(IRepositorySource source) => new(source, Good.Name, Verifier());

    private static async Task<TrustFailure> RefusalAsync(IRepositorySource source)
        => (await Assert.ThrowsAsync<CvmfsTrustException>(() => Fetcher(source).FetchAsync())).Failure;
}
