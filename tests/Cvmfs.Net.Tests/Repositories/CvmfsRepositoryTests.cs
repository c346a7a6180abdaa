using System.Text;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Repositories;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Tests.Repositories;

public sealed class CvmfsRepositoryTests
{
    [Fact]
    public async Task Opens_with_the_right_key()
    {
        using var built = await Small().BuildAsync();
        await using var repository = await OpenAsync(built);
        Assert.Equal("test.example.org", repository.Name.ToString());
        Assert.Equal(built.Manifest.RootCatalog, repository.Current.RootCatalog);
        Assert.Equal(1UL, repository.Current.Number);
        Assert.NotNull(repository.VerifiedManifest);
        Assert.Equal("hello", Encoding.UTF8.GetString(await repository.ReadAllBytesAsync(P("/hello"))));
    }

    [Fact]
    public async Task Refuses_without_keys_and_says_how()
    {
        using var built = await Small().BuildAsync();
        var refused = await Assert.ThrowsAsync<CvmfsTrustException>(() => CvmfsRepository.OpenAsync(built.Path));
        Assert.Equal(TrustFailure.NoMasterKeys, refused.Failure);
        Assert.Contains("public key", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Opens_by_root_hash_without_manifest_or_keys()
    {
        using var built = await Small().BuildAsync();
        var root = built.Manifest.RootCatalog;
        File.Delete(built.RootFile(RootFileNames.Manifest));
        File.Delete(built.RootFile(RootFileNames.Whitelist));
        await using var repository = await CvmfsRepository.OpenAsync(built.Path, new CvmfsRepositoryOptions { RootHash = root });
        Assert.Null(repository.Manifest);
        Assert.Equal("hello", Encoding.UTF8.GetString(await repository.ReadAllBytesAsync(P("/hello"))));
        Assert.Equal(RefreshOutcome.Fixed, await repository.RefreshAsync());
    }

    [Fact]
    public async Task Opens_unverified_only_when_told_to()
    {
        using var built = await Small().BuildAsync();
        built.Break(RepositoryFault.WhitelistOfStranger);
        await using var repository = await CvmfsRepository.OpenAsync(built.Path, new CvmfsRepositoryOptions { AllowUnverified = true });
        Assert.Null(repository.VerifiedManifest);
        Assert.NotNull(await repository.StatAsync(P("/hello")));
    }

    [Theory]
    [InlineData(RepositoryFault.ExpiredWhitelist, TrustFailure.WhitelistExpired)]
    [InlineData(RepositoryFault.WhitelistOfStranger, TrustFailure.BadWhitelistSignature)]
    [InlineData(RepositoryFault.CertificateNotListed, TrustFailure.CertificateNotListed)]
    [InlineData(RepositoryFault.ManifestOfStranger, TrustFailure.BadManifestSignature)]
    [InlineData(RepositoryFault.ManifestChangedAfterSigning, TrustFailure.BadManifestSignature)]
    [InlineData(RepositoryFault.WhitelistForOtherName, TrustFailure.WhitelistNameMismatch)]
    [Conforms("protocol", 40)]
    public async Task Refuses_a_broken_chain_of_trust(RepositoryFault fault, TrustFailure expected)
    {
        using var built = await Small().BuildAsync();
        built.Break(fault);
        var refused = await Assert.ThrowsAsync<CvmfsTrustException>(() => OpenAsync(built));
        Assert.Equal(expected, refused.Failure);
    }

    [Fact]
    [Conforms("protocol", 18)]
    public async Task A_name_that_is_asked_for_must_be_signed()
    {
        using var built = await Small().BuildAsync();
        var refused = await Assert.ThrowsAsync<CvmfsTrustException>(
            () => OpenAsync(built, options => options with { RepositoryName = RepositoryName.Parse("other.example.org") }));
        Assert.Equal(TrustFailure.ManifestNameMismatch, refused.Failure);
    }

    [Theory]
    [InlineData("http://s1.example.org/cvmfs/software.example.org", "software.example.org")]
    [InlineData("http://s1.example.org/cvmfs/software.example.org/,http://s2.example.org/cvmfs/alias", "software.example.org")]
    [InlineData("http://s1.example.org/cvmfs/alias", "")]
    [InlineData("http://s1.example.org/", "")]
    [InlineData("/srv/cvmfs/software.example.org", "")]
    public void A_URL_promises_a_name_and_a_folder_or_alias_does_not(string address, string expected)
        => Assert.Equal(expected, CvmfsRepository.NameFromAddress(address).ToString());

    [Fact]
    [Conforms("protocol", 46)]
    public async Task Uses_alternative_names_where_the_manifest_says_so()
    {
        using var built = await Small().Options(options => options with { HasAlternativePaths = true }).BuildAsync();
        var source = new CountingSource(built.Path);
        await using var repository = await CvmfsRepository.OpenAsync(source, Options(built));
        Assert.Contains(ObjectPath.AlternativeOf(built.Manifest.RootCatalogKey), source.AskedRootFiles);
        Assert.Contains(ObjectPath.AlternativeOf(built.Manifest.CertificateKey!.Value), source.AskedRootFiles);
        Assert.DoesNotContain(built.Manifest.RootCatalogKey, source.Asked);
    }

    [Fact]
    public async Task Opens_a_tag_a_revision_and_a_date()
    {
        using var built = await Small().Revision("one").File("/hello", "second").Revision().File("/hello", "third").BuildAsync("three");
        await AssertContentAsync(built, "hello", options => options with { Tag = "one" });
        await AssertContentAsync(built, "second", options => options with { Revision = 2 }); // not tagged: through the chain of revisions
        await AssertContentAsync(built, "third", options => options with { Revision = 3 });
        await AssertContentAsync(built, "third", options => options with { Tag = "trunk" });
    }

    [Fact]
    [Conforms("protocol", 103)]
    public async Task A_date_selects_the_newest_tag_before_it()
    {
        using var built = await Small().Revision("one").File("/hello", "second").Revision("two").BuildAsync();
        await using var repository = await OpenAsync(built);
        var tags = await repository.ReadTagsAsync();
        var first = DateTimeOffset.FromUnixTimeSeconds(tags.Single(tag => tag.Name == "one").Timestamp);
        var second = DateTimeOffset.FromUnixTimeSeconds(tags.Single(tag => tag.Name == "two").Timestamp);
        await AssertContentAsync(built, "hello", options => options with { Date = first });
        await AssertContentAsync(built, "hello", options => options with { Date = second.AddSeconds(-1) });
        await AssertContentAsync(built, "second", options => options with { Date = second });
        await Assert.ThrowsAsync<CvmfsRevisionException>(() => OpenAsync(built, options => options with { Date = first.AddSeconds(-1) }));
    }

    [Fact]
    public async Task Says_that_a_tag_or_revision_does_not_exist()
    {
        using var built = await Small().BuildAsync("one");
        await Assert.ThrowsAsync<CvmfsRevisionException>(() => OpenAsync(built, options => options with { Tag = "nowhere" }));
        await Assert.ThrowsAsync<CvmfsRevisionException>(() => OpenAsync(built, options => options with { Revision = 17 }));
    }

    [Fact]
    [Conforms("protocol", 104)]
    public async Task A_tag_without_its_catalog_is_listed_and_fails_when_used()
    {
        using var built = await Small().Revision("one").File("/hello", "second").BuildAsync("two");
        await using var repository = await OpenAsync(built);
        var lost = (await repository.ReadTagsAsync()).Single(tag => tag.Name == "one");
        built.Remove(new ObjectKey(lost.RootCatalog, ObjectSuffix.Catalog));
        Assert.Contains(await repository.ReadTagsAsync(), tag => tag.Name == "one");
        await Assert.ThrowsAsync<CvmfsTransportException>(() => repository.OpenRevisionAsync("one"));
    }

    [Fact]
    public async Task Walks_back_through_earlier_revisions_until_they_are_gone()
    {
        using var built = await Small().Revision().File("/a", "a").Revision().File("/b", "b").BuildAsync();
        await using var repository = await OpenAsync(built);
        Assert.Equal([3UL, 2UL, 1UL, 0UL], await NumbersAsync(repository));
        built.Remove(Manifest.Parse(built.Manifests[1]).RootCatalogKey);
        await using var again = await OpenAsync(built);
        Assert.Equal([3UL, 2UL], await NumbersAsync(again));
    }

    [Fact]
    public async Task Reads_meta_information()
    {
        using var built = await Small().BuildAsync();
        await using var repository = await OpenAsync(built);
        Assert.Equal("Test Owner", (await repository.ReadMetaInfoAsync())?.Administrator);
    }

    [Fact]
    [Conforms("protocol", 61), Conforms("protocol", 62)]
    public async Task Unknown_compression_fails_that_file_and_no_other()
    {
        using var built = await Small().File("/odd", "content").BuildAsync();
        var odd = P("/odd").Hash;
        built.EditRootCatalog($"UPDATE catalog SET flags = flags | (5 << 11) WHERE md5path_1 = {odd.High} AND md5path_2 = {odd.Low}");
        await using var repository = await OpenAsync(built);
        await Assert.ThrowsAsync<Cvmfs.Net.Compression.UnsupportedCompressionException>(() => repository.ReadAllBytesAsync(P("/odd")));
        Assert.Equal("hello", Encoding.UTF8.GetString(await repository.ReadAllBytesAsync(P("/hello"))));
    }

    [Fact]
    [Conforms("protocol", 78)]
    public async Task An_unassigned_hash_algorithm_fails_that_file_and_no_other()
    {
        using var built = await Small().File("/odd", "content").BuildAsync();
        var odd = P("/odd").Hash;
        built.EditRootCatalog($"UPDATE catalog SET flags = flags | (7 << 8) WHERE md5path_1 = {odd.High} AND md5path_2 = {odd.Low}");
        await using var repository = await OpenAsync(built);
        await Assert.ThrowsAsync<CvmfsFormatException>(() => repository.ReadAllBytesAsync(P("/odd")));
        Assert.NotNull(await repository.StatAsync(P("/odd")));
        Assert.Equal("hello", Encoding.UTF8.GetString(await repository.ReadAllBytesAsync(P("/hello"))));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(-1000)]
    [Conforms("protocol", 65)]
    public async Task A_file_of_another_size_than_the_catalog_says_is_refused(int difference)
    {
        using var built = await Small().File("/odd", new string('x', 2000)).BuildAsync();
        var odd = P("/odd").Hash;
        built.EditRootCatalog($"UPDATE catalog SET size = size + ({difference}) WHERE md5path_1 = {odd.High} AND md5path_2 = {odd.Low}");
        await using var repository = await OpenAsync(built);
        await Assert.ThrowsAsync<CvmfsFormatException>(() => repository.ReadAllBytesAsync(P("/odd")));
    }

    [Theory]
    [InlineData(-4096)]
    [InlineData(4096)]
    [Conforms("protocol", 99)]
    public async Task A_root_catalog_of_another_size_than_the_manifest_says_is_refused(int difference)
    {
        using var built = await Small().BuildAsync();
        built.ResignManifest(fields => fields with { RootCatalogSize = (ulong)((long)fields.RootCatalogSize + difference) });
        await Assert.ThrowsAsync<CvmfsFormatException>(() => OpenAsync(built));
    }

    [Fact]
    public async Task A_root_catalog_above_the_limit_is_not_even_fetched()
    {
        using var built = await Small().BuildAsync();
        var source = new CountingSource(built.Path);
        await Assert.ThrowsAsync<CvmfsFormatException>(() => CvmfsRepository.OpenAsync(source, Options(built) with { MaxCatalogBytes = 4096 }));
        Assert.DoesNotContain(built.Manifest.RootCatalogKey, source.Asked);
    }

    [Fact]
    public async Task Refuses_an_older_state_than_the_one_that_is_known()
    {
        using var built = await Small().Revision().File("/a", "a").BuildAsync();
        var known = RollbackGuard.From(built.Verify());
        built.Break(RepositoryFault.OlderRevision);
        var refused = await Assert.ThrowsAsync<CvmfsTrustException>(() => OpenAsync(built, options => options with { KnownState = known }));
        Assert.Equal(TrustFailure.ManifestOutdated, refused.Failure);
    }

    [Fact]
    public async Task Paths_that_are_not_what_they_are_taken_for_are_told_apart()
    {
        using var built = await Small().Link("/link", "hello").BuildAsync();
        await using var repository = await OpenAsync(built);
        Assert.Equal(PathFailure.NotFound, (await Assert.ThrowsAsync<CvmfsPathException>(() => repository.OpenReadAsync(P("/none")))).Failure);
        Assert.Equal(PathFailure.NotAFile, (await Assert.ThrowsAsync<CvmfsPathException>(() => repository.OpenReadAsync(P("/link")))).Failure);
        Assert.Equal(PathFailure.NotAFile, (await Assert.ThrowsAsync<CvmfsPathException>(() => repository.OpenReadAsync(P("/")))).Failure);
        Assert.Equal(PathFailure.NotADirectory, (await Assert.ThrowsAsync<CvmfsPathException>(() => repository.ListAsync(P("/hello")))).Failure);
        Assert.Null(await repository.StatAsync(P("/hello/below")));
    }

    private static RepositoryPath P(string path) => RepositoryPath.Parse(path);

    private static RepositoryBuilder Small() => new RepositoryBuilder().File("/hello", "hello");

    private static CvmfsRepositoryOptions Options(BuiltRepository built) => new() { Keys = built.TrustedKeys, TimeProvider = built.Clock };

    private static Task<CvmfsRepository> OpenAsync(BuiltRepository built, Func<CvmfsRepositoryOptions, CvmfsRepositoryOptions>? change = null)
        => CvmfsRepository.OpenAsync(built.Path, change?.Invoke(Options(built)) ?? Options(built));

    private static async Task AssertContentAsync(BuiltRepository built, string expected, Func<CvmfsRepositoryOptions, CvmfsRepositoryOptions> change)
    {
        await using var repository = await OpenAsync(built, change);
        Assert.Equal(expected, Encoding.UTF8.GetString(await repository.ReadAllBytesAsync(P("/hello"))));
    }

    private static async Task<List<ulong>> NumbersAsync(CvmfsRepository repository)
    {
        var numbers = new List<ulong>();
        await foreach (var revision in repository.ReadRevisionsAsync()) numbers.Add(revision.Number);
        return numbers;
    }
}
