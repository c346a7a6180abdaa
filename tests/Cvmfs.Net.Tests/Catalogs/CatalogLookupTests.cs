using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.Catalogs;

/// <summary>Finding things: directories, mountpoints, prefixes, chunks, properties.</summary>
public sealed class CatalogLookupTests
{
    private static readonly string s_hash = new('a', 40);

    private static RepositoryPath At(string path) => RepositoryPath.Parse(path);

    private static string[] Names(IEnumerable<CatalogEntry> entries) => [.. entries.Select(entry => System.Text.Encoding.UTF8.GetString(entry.Name.Span))];

    [Fact]
    public void What_is_not_there_is_null_and_empty()
    {
        using var catalog = new SyntheticCatalog().Directory("").Row("/f").Open();
        Assert.Null(catalog.Find(At("/g")));
        Assert.Null(catalog.Find(At("/f/g")));
        Assert.Empty(catalog.List(At("/g")));
        Assert.Empty(catalog.List(At("/f")));
        Assert.Empty(catalog.Chunks(At("/g")));
    }

    [Fact]
    public void A_directory_is_listed_in_the_order_of_its_bytes()
    {
        using var catalog = new SyntheticCatalog().Directory("").Row("/b").Row("/B").Row("/a-b").Row("/ä").Directory("/a").Row("/a/z").Open();
        Assert.Equal(["B", "a", "a-b", "b", "ä"], Names(catalog.List(default)));
    }

    [Fact]
    public void The_stream_of_all_entries_puts_a_directory_right_before_its_content()
    {
        using var catalog = new SyntheticCatalog().Row("/a/b/x").Row("/a-b").Row("/a/c").Directory("/a/b").Directory("/a").Row("/z").Directory("").Open();
        string[] paths = [.. catalog.ReadAllEntries().Select(entry => entry.Path.ToString())];
        Assert.Equal(["/", "/a", "/a/b", "/a/b/x", "/a/c", "/a-b", "/z"], paths);
        Assert.Equal(paths, catalog.ReadAllEntries().Select(entry => entry.Path).Order().Select(path => path.ToString()));
    }

    [Theory]
    [InlineData(false, true)]  // a query per directory
    [InlineData(true, true)]   // grouped, because rows lie apart
    [InlineData(false, false)] // grouped, because there is no index to ask
    [InlineData(true, false)]
    public void The_stream_of_all_entries_is_the_same_whatever_the_order_of_rows(bool isScattered, bool isIndexed)
    {
        string[] files = [.. Enumerable.Range(0, 400).Select(i => $"/dir-{i / 40:d2}/file-{i:d3}")];
        string[] directories = [.. Enumerable.Range(0, 10).Select(i => $"/dir-{i:d2}")];
        string[] expected = ["/", .. directories.Concat(files).Order(StringComparer.Ordinal)];
        if (isScattered) new Random(5).Shuffle(files);
        var made = new SyntheticCatalog().Directory("");
        foreach (string directory in directories) made.Directory(directory);
        foreach (string file in files) made.Row(file);
        if (!isIndexed) made.Sql("DROP INDEX idx_catalog_parent");
        using var catalog = made.Open();
        Assert.Equal(expected, catalog.ReadAllEntries().Select(entry => entry.Path.ToString()));
        Assert.Equal(40, catalog.List(At("/dir-03")).Count);
    }

    [Fact]
    [Conforms("protocol", 89)]
    public void Mountpoints_match_whole_components_only()
    {
        using var catalog = new SyntheticCatalog().Directory("").Directory("/a").Directory("/a/b", "3").Directory("/a/bc").Nested("/a/b", s_hash, "5").Open();
        foreach (string inside in (string[])["/a/b", "/a/b/c", "/a/b/c/d/e"]) Assert.Equal(At("/a/b"), catalog.FindNested(At(inside))!.Value.Mountpoint);
        foreach (string outside in (string[])["", "/a", "/a/bc", "/a/bc/d", "/a/b.d", "/b", "/a/a"]) Assert.Null(catalog.FindNested(At(outside)));
    }

    [Fact]
    [Conforms("protocol", 90)]
    public void A_mountpoint_has_attributes_here_and_its_content_elsewhere()
    {
        using var catalog = new SyntheticCatalog().Directory("").Directory("/n", "3").Nested("/n", s_hash).Open();
        Assert.True(catalog.Find(At("/n"))!.IsMountpoint);
        Assert.Empty(catalog.List(At("/n")));
        Assert.Equal(2, catalog.ReadAllEntries().Count());
    }

    [Fact]
    [Conforms("protocol", 94)]
    public void Hidden_entries_are_found_but_not_listed()
    {
        using var catalog = new SyntheticCatalog().Directory("").Row("/f").Directory("/.cvmfs", "32771").Open();
        Assert.True(catalog.Find(At("/.cvmfs"))!.IsHidden);
        Assert.Equal(["f"], Names(catalog.List(default)));
        Assert.Equal([".cvmfs", "f"], Names(catalog.List(default, includeHidden: true)));
    }

    [Fact]
    [Conforms("protocol", 73)]
    [Conforms("protocol", 74)]
    public void Rows_are_found_by_the_hashes_that_the_specification_prints()
    {
        // MD5("") and MD5("/foo/bar") in two halves, and MD5("/foo") as the parent of the latter.
        using var catalog = new SyntheticCatalog().Directory("").Directory("/foo")
            .Sql("INSERT INTO catalog VALUES (-2822516800166431715, 9048809318629099454, 5745132282796244766, -5819618580357280866, 1, NULL, 3, 33188, 0, NULL, 4, 'bar', '', 0, 0, NULL)").Open();
        Assert.Equal(3, catalog.Find(At("/foo/bar"))!.Size);
        Assert.Equal(["bar"], Names(catalog.List(At("/foo"))));
        using var root = new SyntheticCatalog()
            .Sql("INSERT INTO catalog VALUES (338333539836370388, 9098107892288553193, 0, 0, 2, NULL, 4096, 16877, 0, NULL, 1, '', '', 0, 0, NULL)").Open();
        Assert.True(root.Find(default)!.IsDirectory);
    }

    [Fact]
    [Conforms("protocol", 92)]
    public void Below_a_bind_mountpoint_paths_are_those_of_the_other_catalog()
    {
        var rootCatalog = new SyntheticCatalog().Directory("").Directory("/sw").Row("/sw/tool").Directory("/sw/nested", "3").Nested("/sw/nested", s_hash);
        using var bound = rootCatalog.Open("/.cvmfs/snapshots/v1", foreign: true);
        Assert.True(bound.RootPrefix.IsRoot);
        Assert.True(bound.Find(At("/.cvmfs/snapshots/v1"))!.IsDirectory);
        Assert.True(bound.Find(At("/.cvmfs/snapshots/v1/sw/tool"))!.IsFile);
        Assert.Null(bound.Find(At("/sw/tool")));
        Assert.Null(bound.Find(At("/.cvmfs/snapshots/v2/sw/tool")));
        Assert.Equal(["nested", "tool"], Names(bound.List(At("/.cvmfs/snapshots/v1/sw"))));
        Assert.Equal(At("/.cvmfs/snapshots/v1/sw/nested"), Assert.Single(bound.NestedCatalogs).Mountpoint);
        Assert.Equal("/.cvmfs/snapshots/v1/sw/tool", bound.ReadAllEntries().Last().Path.ToString());

        var nested = new SyntheticCatalog().Property("root_prefix", "/sw/nested").Directory("/sw/nested", "33").Row("/sw/nested/lib");
        using var below = nested.Open("/.cvmfs/snapshots/v1/sw/nested", foreign: true);
        Assert.True(below.Find(At("/.cvmfs/snapshots/v1/sw/nested/lib"))!.IsFile);
        Assert.Equal(["/.cvmfs/snapshots/v1/sw/nested", "/.cvmfs/snapshots/v1/sw/nested/lib"], below.ReadAllEntries().Select(entry => entry.Path.ToString()));
    }

    [Theory]
    [InlineData("/a", "/b")]
    [InlineData("/a", "")]
    [InlineData(null, "/a")]
    public void A_nested_catalog_must_agree_with_its_place(string? prefix, string mountpoint)
    {
        var catalog = new SyntheticCatalog().Property("root_prefix", prefix).Directory(prefix ?? "");
        Assert.Contains("mounted at", Assert.Throws<CvmfsFormatException>(() => catalog.Open(mountpoint)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("/a/")]
    [InlineData("/a/../b")]
    [InlineData("/./a")]
    [InlineData("//a")]
    public void A_prefix_that_is_no_path_is_refused(string prefix)
        => Assert.Throws<CvmfsFormatException>(() => new SyntheticCatalog().Property("root_prefix", prefix).Directory("").Open(foreign: true));

    [Theory]
    [InlineData("", "")]              // itself: would never end
    [InlineData("", "/a/../b")]
    [InlineData("", "a")]
    [InlineData("/n", "/n")]
    [InlineData("/n", "/m")]          // outside
    [InlineData("/n", "/nn")]
    [InlineData("/n", "")]
    public void A_mountpoint_outside_its_catalog_is_refused(string prefix, string mountpoint)
    {
        using var catalog = new SyntheticCatalog().Property("root_prefix", prefix.Length == 0 ? null : prefix).Directory(prefix).Nested(mountpoint, s_hash).Open(prefix);
        Assert.Throws<CvmfsFormatException>(() => catalog.NestedCatalogs);
        Assert.Throws<CvmfsFormatException>(() => catalog.FindNested(At("/n/x")));
    }

    [Fact]
    public void No_path_is_mounted_twice()
    {
        using var catalog = new SyntheticCatalog().Directory("").Nested("/n", s_hash).Nested("/n", s_hash, bind: true).Open();
        Assert.Contains("mounted twice", Assert.Throws<CvmfsFormatException>(() => catalog.NestedCatalogs).Message, StringComparison.Ordinal);
    }

    [Theory]
    [Conforms("protocol", 91)]
    [InlineData("")]
    [InlineData("0000000000000000000000000000000000000000")]
    public void A_nested_catalog_without_hash_is_there_and_has_none(string hash)
    {
        using var catalog = new SyntheticCatalog().Directory("").Directory("/n", "3").Nested("/n", hash).Open();
        Assert.True(catalog.FindNested(At("/n/x"))!.Value.Hash.IsNull);
    }

    [Theory]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("aaaa")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaC")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-sha256")]
    public void A_nested_catalog_with_a_wrong_hash_is_refused(string hash)
    {
        using var catalog = new SyntheticCatalog().Directory("").Nested("/n", hash).Open();
        Assert.Throws<CvmfsFormatException>(() => catalog.NestedCatalogs);
    }

    [Fact]
    [Conforms("protocol", 79)]
    [Conforms("protocol", 81)]
    public void Chunks_carry_the_files_algorithm_with_and_without_a_bulk_hash()
    {
        using var catalog = new SyntheticCatalog().Directory("")
            .Row("/f", flags: "324", hash: "NULL").Chunk("/f", "6", "4").Chunk("/f", "0", "6")
            .Row("/bulk", flags: "68").Chunk("/bulk", "0", "10").Open();
        var hash = new ContentHash(HashAlgorithmId.RipeMd160, SyntheticCatalog.Digest);
        Assert.Equal([new FileChunk(0, 6, hash), new FileChunk(6, 4, hash)], catalog.Chunks(At("/f")));
        Assert.Equal([new FileChunk(0, 10, new ContentHash(HashAlgorithmId.Sha1, SyntheticCatalog.Digest))], catalog.Chunks(At("/bulk")));
        Assert.False(catalog.Find(At("/bulk"))!.Hash.IsNull);
    }

    [Theory]
    [Conforms("protocol", 80)]
    [InlineData("")]                            // none
    [InlineData("0:9")]                         // too short
    [InlineData("0:11")]                        // too long
    [InlineData("1:9")]                         // not from 0
    [InlineData("0:5 6:4")]                     // a gap
    [InlineData("0:5 4:6")]                     // an overlap
    [InlineData("0:5 5:6")]
    [InlineData("0:5 5:5 10:1")]
    [InlineData("0:-1 -1:11")]
    [InlineData("0:9223372036854775807")]
    [InlineData("0:1 1:9223372036854775807")]
    [InlineData("0:5 5:5:NULL")]                // without hash
    public void Chunks_that_do_not_cover_the_file_are_refused(string chunks)
    {
        var catalog = new SyntheticCatalog().Directory("").Row("/f", flags: "68", hash: "NULL");
        foreach (string[] chunk in chunks.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(chunk => chunk.Split(':')))
        {
            catalog.Chunk("/f", chunk[0], chunk[1], chunk.Length > 2 ? chunk[2] : null);
        }

        using var opened = catalog.Open();
        Assert.Throws<CvmfsFormatException>(() => opened.Chunks(At("/f")));
    }

    [Fact]
    [Conforms("protocol", 45)]
    public void Properties_have_the_defaults_of_the_specification()
    {
        using var bare = new SyntheticCatalog().Directory("").Open();
        Assert.Equal(TimeSpan.FromSeconds(240), bare.Ttl);
        Assert.Equal(0ul, bare.Revision);
        Assert.True(bare.PreviousRevision.IsNull);
        Assert.False(bare.IsVolatile);
        Assert.Null(bare.VomsAuthz);
        using var full = new SyntheticCatalog().Directory("").Property("TTL", "61").Property("revision", "18446744073709551615").Property("volatile", "1")
            .Property("voms_authz", "x509%atlas:/").Property("previous_revision", s_hash + "-rmd160").Property("last_modified", "1700000001").Open();
        Assert.Equal(TimeSpan.FromSeconds(61), full.Ttl);
        Assert.Equal(ulong.MaxValue, full.Revision);
        Assert.Equal(s_hash + "-rmd160", full.PreviousRevision.ToString());
        Assert.True(full.IsVolatile);
        Assert.Equal("x509%atlas:/", full.VomsAuthz);
        Assert.Equal(1700000001, full.LastModified);
    }

    [Fact]
    public async Task Many_threads_share_one_catalog()
    {
        var made = new SyntheticCatalog().Directory("");
        for (int i = 0; i < 200; i++) made.Row($"/f{i:d3}");
        using var catalog = made.Open();
        await Parallel.ForAsync(0, 8, (worker, token) =>
        {
            for (int i = 0; i < 200; i++) Assert.NotNull(catalog.Find(At($"/f{(i * 7 + worker) % 200:d3}")));
            Assert.Equal(201, catalog.ReadAllEntries(token).Count());
            Assert.Equal(200, catalog.List(default, cancellationToken: token).Count);
            Assert.Single(catalog.ReadObjectReferences(token));
            Assert.Equal(3, catalog.ReadAllEntries(token).Take(3).Count()); // given up half way
            return ValueTask.CompletedTask;
        });
    }

    [Fact]
    public void Enumerations_stop_at_cancellation_and_after_disposal()
    {
        var catalog = new SyntheticCatalog().Directory("").Row("/f").Open();
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => catalog.ReadAllEntries(cancelled.Token).Count());
        Assert.ThrowsAny<OperationCanceledException>(() => catalog.List(default, cancellationToken: cancelled.Token));
        Assert.ThrowsAny<OperationCanceledException>(() => catalog.ReadObjectReferences(cancelled.Token).Count());
        var entries = catalog.ReadAllEntries().GetEnumerator();
        Assert.True(entries.MoveNext());
        catalog.Dispose();
        Assert.Throws<ObjectDisposedException>(() => entries.MoveNext());
        Assert.Throws<ObjectDisposedException>(() => catalog.Find(default));
        Assert.Throws<ObjectDisposedException>(() => catalog.ReadObjectReferences().Count());
        entries.Dispose();
    }
}
