using System.Text;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Publishing.Trees;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Publishing.Tests;

public sealed class RepositoryPublisherTests
{
    [Theory]
    [Conforms("protocol", 88)]
    [Conforms("protocol", 139)]
    [InlineData(HashAlgorithmId.Sha1, CompressionId.Zlib)]
    [InlineData(HashAlgorithmId.Sha1, CompressionId.None)]
    [InlineData(HashAlgorithmId.RipeMd160, CompressionId.Zlib)]
    [InlineData(HashAlgorithmId.Shake128, CompressionId.Zlib)]
    public async Task Passes_every_check_of_the_reference(HashAlgorithmId algorithm, CompressionId compression)
    {
        using var repository = await EveryKind().Hash(algorithm).Options(options => options with { Compression = compression }).BuildAsync("all");

        Assert.Empty(RepositoryChecks.FindProblems(repository.Path));
        Assert.Equal(1UL, repository.Verify().Manifest.Revision);
    }

    [Fact]
    public async Task Begins_with_an_empty_revision_0()
    {
        using var folder = new TempFolder();
        var clock = new FakeClock(DateTimeOffset.FromUnixTimeSeconds(1_795_341_636));
        var keys = TestKeys.For(RepositoryName.Parse("empty.example.org"));
        using var publisher = await RepositoryPublisher.InitAsync(folder.Combine("r"), keys.Publisher, timeProvider: clock);

        string text = Encoding.ASCII.GetString(SignedLetter.Split(publisher.Manifest.Bytes).Text.Span);
        Assert.Equal("CBRDSGANXHTMY", string.Concat(text.TrimEnd().Split('\n').Select(line => line[0])));
        Assert.Contains("\nRd41d8cd98f00b204e9800998ecf8427e\nD240\nS0\nGno\nAno\nNempty.example.org\n", text, StringComparison.Ordinal);
        Assert.Contains("\nT1795341636\n", text, StringComparison.Ordinal);
        Assert.Equal("Stratum 1 servers may copy this repository.\n", File.ReadAllText(folder.Combine("r/.cvmfs_master_replica")));
        Assert.Empty(RepositoryChecks.FindProblems(folder.Combine("r")));

        var store = new FileObjectStore(folder.Combine("r"));
        byte[] image = ObjectCompression.Decompress(File.ReadAllBytes(store.PathOf(publisher.Manifest.RootCatalogKey)), CompressionId.Zlib, DecodingLimits.None);
        Assert.Equal(57_344, image.Length); // as large as the reference's: the same tables, indexes and page size
        using var catalog = Catalog.Open(image);
        var (path, root) = Assert.Single(catalog.ReadAllEntries());
        Assert.True(path.IsRoot);
        Assert.Equal((0x41EDu, 4096L, 2u, EntryFlags.Directory, 1_795_341_636L), (root.Mode, root.RawSize, root.LinkCount, root.Flags, root.MTimeSeconds));
    }

    [Fact]
    [Conforms("protocol", 138)]
    public async Task Counts_revisions_and_names_what_each_replaced()
    {
        using var repository = await new RepositoryBuilder()
            .Nested("/n").File("/n/f", "1").Revision()
            .File("/n/f", "2").Revision()
            .File("/other", "3").BuildAsync();

        Assert.Equal([0UL, 1UL, 2UL, 3UL], repository.Manifests.Select(manifest => Manifest.Parse(manifest).Revision));
        var roots = repository.Manifests.Select(manifest => Manifest.Parse(manifest).RootCatalog).ToArray();
        for (int revision = 1; revision < roots.Length; revision++)
        {
            using var root = repository.OpenCatalog(root: roots[revision]);
            Assert.Equal((ulong)revision, root.Revision);
            Assert.Equal(roots[revision - 1], root.PreviousRevision);
        }

        using var nested = repository.OpenCatalog("/n/f");
        Assert.Equal(2UL, nested.Revision); // an own count: the third publication left it alone
        Assert.False(nested.PreviousRevision.IsNull);
    }

    [Fact]
    public async Task Leaves_untouched_catalogs_alone()
    {
        using var repository = await new RepositoryBuilder()
            .Nested("/a").File("/a/f", "1").Nested("/a/inner").File("/a/inner/f", "2").Nested("/b").File("/b/f", "3").BuildAsync();
        using var before = repository.OpenCatalog();
        using var publisher = await RepositoryPublisher.OpenAsync(repository.Path, repository.Keys.Publisher, timeProvider: repository.Clock);
        var tree = new RepositoryBuilder()
            .Nested("/a").File("/a/f", "changed").Nested("/a/inner").File("/a/inner/f", "2").Nested("/b").File("/b/f", "3").MakeTree();

        var report = await publisher.CommitAsync(tree);

        Assert.Equal((PublishOutcome.Published, 2, 2), (report.Outcome, report.CatalogsWritten, report.CatalogsKept)); // root and /a; /a/inner and /b
        using var after = repository.OpenCatalog();
        Assert.Equal(HashOf(before, "/b"), HashOf(after, "/b"));
        Assert.NotEqual(HashOf(before, "/a"), HashOf(after, "/a"));
        Assert.Empty(RepositoryChecks.FindProblems(repository.Path));

        static ContentHash HashOf(Catalog catalog, string path) => catalog.NestedCatalogs.Single(nested => nested.Mountpoint == RepositoryPath.Parse(path)).Hash;
    }

    [Fact]
    public async Task Publishes_nothing_when_nothing_changed()
    {
        using var repository = await EveryKind().BuildAsync();
        byte[] manifest = File.ReadAllBytes(repository.RootFile(RootFileNames.Manifest));
        using var publisher = await RepositoryPublisher.OpenAsync(repository.Path, repository.Keys.Publisher, EveryKind().MakeOptions(), repository.Clock);

        var report = await publisher.CommitAsync(EveryKind().MakeTree());

        Assert.Equal((PublishOutcome.Unchanged, 1UL, 0, 0L), (report.Outcome, report.Revision, report.CatalogsWritten, report.NewObjects));
        Assert.Equal(manifest, File.ReadAllBytes(repository.RootFile(RootFileNames.Manifest)));
    }

    [Fact]
    public async Task Makes_the_same_revision_of_the_same_tree()
    {
        using var first = await EveryKind().BuildAsync();
        using var second = await EveryKind().BuildAsync();

        Assert.Equal(first.Manifest.RootCatalog, second.Manifest.RootCatalog);
    }

    [Fact]
    public async Task Stores_equal_content_once()
    {
        using var repository = await new RepositoryBuilder().File("/a", "same").File("/b", "same").File("/c/d", "same").BuildAsync();

        Assert.Equal(repository.KeyOf("/a"), repository.KeyOf("/c/d"));
        Assert.Single(Objects(repository), key => key.Suffix == ObjectSuffix.None);
    }

    [Theory]
    [Conforms("protocol", 60)]
    [InlineData(HashAlgorithmId.Sha1, "e8ec3d88b62ebf526e4e5a4ff6162a3aa48a6b78")]
    [InlineData(HashAlgorithmId.RipeMd160, "fcdb20b894f31f1306d56294c049ca7293dde0fc-rmd160")]
    [InlineData(HashAlgorithmId.Shake128, "28d94b83b7229b331fc601362b8e272e02665122-shake128")]
    public async Task Stores_empty_files_as_the_one_empty_stream(HashAlgorithmId algorithm, string hash)
    {
        using var repository = await new RepositoryBuilder().Hash(algorithm).File("/empty", "").BuildAsync();

        var key = repository.KeyOf("/empty");
        Assert.Equal(hash, key.Hash.ToString());
        Assert.Equal("789c030000000001", Convert.ToHexStringLower(File.ReadAllBytes(repository.Store.PathOf(key))));
    }

    [Fact]
    public async Task Stores_chunks_with_their_letter_and_no_bulk_object()
    {
        using var repository = await new RepositoryBuilder().Chunked("/big", 100_000).RandomFile("/small", 4096).BuildAsync();

        using var catalog = repository.OpenCatalog();
        var big = catalog.Find(RepositoryPath.Parse("/big"))!;
        Assert.True(big.Hash.IsNull);
        Assert.Equal((EntryFlags)68, big.Flags);
        Assert.All(catalog.Chunks(RepositoryPath.Parse("/big")), chunk => Assert.True(File.Exists(repository.Store.PathOf(new ObjectKey(chunk.Hash, ObjectSuffix.Partial)))));
        Assert.Equal((EntryFlags)4, catalog.Find(RepositoryPath.Parse("/small"))!.Flags); // not larger than the least chunk: one object
    }

    [Fact]
    public async Task Groups_hard_links_of_one_directory_only()
    {
        using var repository = await new RepositoryBuilder()
            .File("/d/one", "x").HardLink("/d/two", "/d/one").HardLink("/e/three", "/d/one").File("/d/p", "y").HardLink("/d/q", "/d/p").BuildAsync();

        using var catalog = repository.OpenCatalog();
        Assert.Equal((1u, 2u), Links("/d/one"));
        Assert.Equal((1u, 2u), Links("/d/two"));
        Assert.Equal((2u, 2u), Links("/d/q"));
        Assert.Equal((0u, 1u), Links("/e/three"));
        Assert.Equal(repository.KeyOf("/d/one"), repository.KeyOf("/e/three"));

        (uint, uint) Links(string path)
        {
            var entry = catalog.Find(RepositoryPath.Parse(path))!;
            return (entry.HardlinkGroup, entry.LinkCount);
        }
    }

    [Fact]
    [Conforms("protocol", 83)]
    public async Task Writes_attributes_byte_for_byte()
    {
        using var repository = await new RepositoryBuilder().File("/f", "x"u8.ToArray(), 0x1A4, ("user.test", "value")).BuildAsync();

        using var catalog = repository.OpenCatalog();
        Assert.Equal("01010905757365722e7465737476616c7565", Convert.ToHexStringLower(catalog.Find(RepositoryPath.Parse("/f"))!.RawXattrs.Span));
    }

    [Fact]
    [Conforms("protocol", 96)]
    public async Task Keeps_variables_in_link_targets()
    {
        using var repository = await new RepositoryBuilder().Link("/variant", "$(ADDED_BY_CLIENT:-x)/lib").BuildAsync();

        using var catalog = repository.OpenCatalog();
        var link = catalog.Find(RepositoryPath.Parse("/variant"))!;
        Assert.Equal("$(ADDED_BY_CLIENT:-x)/lib"u8.ToArray(), link.SymlinkTarget.ToArray());
        Assert.Equal((25L, (EntryFlags)12), (link.RawSize, link.Flags));
    }

    [Fact]
    [Conforms("protocol", 47)]
    public async Task Links_alternative_names_where_the_manifest_says_so()
    {
        using var repository = await new RepositoryBuilder().File("/f", "x").Options(options => options with { HasAlternativePaths = true }).BuildAsync();

        Assert.True(repository.Manifest.HasAlternativePaths);
        Assert.Empty(RepositoryChecks.FindProblems(repository.Path)); // certificate, root catalog, history and meta info
        Assert.Equal(ObjectPath.Of(repository.Manifest.RootCatalogKey), new FileInfo(repository.RootFile(ObjectPath.AlternativeOf(repository.Manifest.RootCatalogKey))).LinkTarget);
    }

    [Fact]
    public async Task Keeps_what_the_repository_records_when_the_options_do_not_say()
    {
        using var repository = await new RepositoryBuilder().File("/f", "x").GarbageCollectable()
            .Options(options => options with { Ttl = TimeSpan.FromSeconds(900), IsVolatile = true, HashAlgorithm = HashAlgorithmId.Shake128 }).BuildAsync();
        using var publisher = await RepositoryPublisher.OpenAsync(repository.Path, repository.Keys.Publisher, timeProvider: repository.Clock);

        await publisher.CommitAsync(new RepositoryBuilder().File("/g", "y").MakeTree());

        using var root = repository.OpenCatalog();
        Assert.True(repository.Manifest.IsGarbageCollectable && root.IsVolatile);
        Assert.Equal((TimeSpan.FromSeconds(900), HashAlgorithmId.Shake128), (root.Ttl, repository.Manifest.RootCatalog.Algorithm));
        Assert.Equal(HashAlgorithmId.Shake128, repository.KeyOf("/g").Hash.Algorithm);
    }

    [Fact]
    public async Task Flags_external_files_and_stores_none_of_their_bytes()
    {
        using var repository = await new RepositoryBuilder().File("/small", "hello\n").Chunked("/big").Options(options => options with { ExternalData = true }).BuildAsync();

        using var catalog = repository.OpenCatalog();
        Assert.Equal((EntryFlags)2180, catalog.Find(RepositoryPath.Parse("/small"))!.Flags);
        Assert.Equal((EntryFlags)2244, catalog.Find(RepositoryPath.Parse("/big"))!.Flags);
        Assert.Equal("f572d396fae9206628714fb2ce00f72e94f2258f", catalog.Find(RepositoryPath.Parse("/small"))!.Hash.ToString()); // SHA-1 of the plain bytes
        Assert.DoesNotContain(Objects(repository), key => key.Suffix is ObjectSuffix.None or ObjectSuffix.Partial);
        Assert.Empty(RepositoryChecks.FindProblems(repository.Path));
    }

    [Fact]
    public async Task Takes_files_over_by_their_times_only_when_told_to()
    {
        using var repository = await new RepositoryBuilder().File("/f", "before").BuildAsync();
        var same = new RepositoryBuilder().File("/f", "after!"); // as long, and as old
        using var trusting = await RepositoryPublisher.OpenAsync(
            repository.Path, repository.Keys.Publisher, new PublisherOptions { TrustFileTimes = true }, repository.Clock);
        using var reading = await RepositoryPublisher.OpenAsync(repository.Path, repository.Keys.Publisher, timeProvider: repository.Clock);

        Assert.Equal(PublishOutcome.Unchanged, (await trusting.CommitAsync(same.MakeTree())).Outcome);
        Assert.Equal(PublishOutcome.Published, (await reading.CommitAsync(same.MakeTree())).Outcome);
    }

    [Fact]
    public async Task Refuses_to_begin_a_repository_twice()
    {
        using var repository = await new RepositoryBuilder().BuildAsync();

        await Assert.ThrowsAsync<CvmfsPublishException>(() => RepositoryPublisher.InitAsync(repository.Path, repository.Keys.Publisher));
    }

    [Fact]
    public async Task Lets_one_publisher_in_at_a_time()
    {
        using var repository = await new RepositoryBuilder().BuildAsync();
        using var publisher = await RepositoryPublisher.OpenAsync(repository.Path, repository.Keys.Publisher);
        using (new FileStream(System.IO.Path.Combine(repository.Path, "data/txn/publish.lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            await Assert.ThrowsAsync<RepositoryLockedException>(() => publisher.ResignAsync());
        }

        await publisher.ResignAsync();
    }

    [Fact]
    public async Task Refuses_a_reflog_that_is_not_its_own()
    {
        using var repository = await new RepositoryBuilder().BuildAsync();
        byte[] reflog = File.ReadAllBytes(repository.RootFile(RootFileNames.Reflog));
        reflog[^1] ^= 1;
        File.WriteAllBytes(repository.RootFile(RootFileNames.Reflog), reflog);
        using var publisher = await RepositoryPublisher.OpenAsync(repository.Path, repository.Keys.Publisher);

        var refused = await Assert.ThrowsAsync<CvmfsFormatException>(() => publisher.ResignAsync());
        Assert.Contains("checksum", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Balances_catalogs_that_grow_too_large()
    {
        var builder = new RepositoryBuilder().Options(options => options with { AutoCatalogMaxEntries = 50, AutoCatalogMinEntries = 10 });
        for (int i = 0; i < 6; i++) builder.Files($"/d{i}", 20);
        using var repository = await builder.BuildAsync();

        using var root = repository.OpenCatalog();
        Assert.InRange(root.Statistics.Self.Entries, 2, 52);
        Assert.NotEmpty(root.NestedCatalogs);
        Assert.NotNull(repository.OpenCatalog($"{root.NestedCatalogs[0].Mountpoint}/x").Find(root.NestedCatalogs[0].Mountpoint.Append(".cvmfsautocatalog"u8)));
        Assert.Empty(RepositoryChecks.FindProblems(repository.Path));
    }

    private static RepositoryBuilder EveryKind() => new RepositoryBuilder()
        .File("/new_repository", "New repository\n")
        .File("/software/tool/bin/run", "#!/bin/sh\n"u8.ToArray(), 0x1ED, ("user.test", "value"), ("user.a", ""))
        .File("/empty", "")
        .Chunked("/big").Chunked("/nested/a/big2", 50_000, 2)
        .HardLink("/big_again", "/big")
        .Files("/many", 40)
        .Link("/link", "../nowhere")
        .Special("/fifo", 0x11A4).Special("/socket", 0xC1A4).Special("/dev/null", 0x21B6, 0x103)
        .Directory("/empty_dir", 0x3FF)
        .Nested("/nested/a").Nested("/nested/a/inner").File("/nested/a/inner/more/file", "deep\n").Nested("/nested/b").HardLink("/nested/b/link", "/software/tool/bin/run")
        .Change(tree => tree.AddFile(RepositoryPath.FromBytes([(byte)'/', 0xFF, 0xFE]), new EntryAttributes(0x8180, 7, 8, -60, 999_999_999), FileContent.FromMemory("raw"u8.ToArray())));

    private static List<ObjectKey> Objects(BuiltRepository repository)
        => [.. Directory.EnumerateFiles(System.IO.Path.Combine(repository.Path, "data"), "*", SearchOption.AllDirectories)
            .Select(file => ObjectPath.TryParse(System.IO.Path.GetRelativePath(repository.Path, file), out var key) ? key : default).Where(key => key != default)];
}
