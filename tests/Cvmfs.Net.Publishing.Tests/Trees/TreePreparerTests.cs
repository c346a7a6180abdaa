using System.Text;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Publishing.Trees;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Publishing.Tests.Trees;

public sealed class TreePreparerTests
{
    [Fact]
    [Conforms("protocol", 119)]
    public async Task Refuses_a_catalog_marker_in_the_root_and_leaves_the_old_revision()
    {
        using var repository = await new RepositoryBuilder().File("/f", "1").BuildAsync();
        using var publisher = await RepositoryPublisher.OpenAsync(repository.Path, repository.Keys.Publisher);

        var refused = await Assert.ThrowsAsync<CvmfsPublishException>(
            () => publisher.CommitAsync(new RepositoryBuilder().File("/.cvmfscatalog", "").File("/f", "2").MakeTree()));

        Assert.Equal("/.cvmfscatalog", refused.Subject);
        Assert.Equal(1UL, repository.Manifest.Revision);
    }

    [Theory]
    [InlineData("/.cvmfs")]
    [InlineData("/.cvmfs/snapshots")]
    public Task Refuses_the_reserved_directory(string path) => RefusesAsync(new RepositoryBuilder().Directory(path), "/.cvmfs");

    [Fact]
    public Task Refuses_a_marker_that_is_no_file() => RefusesAsync(new RepositoryBuilder().Directory("/a/.cvmfscatalog"), "/a/.cvmfscatalog");

    [Fact]
    [Conforms("protocol", 119)]
    public async Task Publishes_what_a_graft_says_and_not_the_graft()
    {
        const string Hash = "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3";
        using var repository = await new RepositoryBuilder()
            .File("/d/big", "").File("/d/.cvmfsgraft-big", $"# made by hand\n\n size = 4 \nchecksum={Hash}\ncompression=none\n")
            .File("/d/cut", "").File("/d/.cvmfsgraft-cut", $"size=10\nchecksum={new string('0', 40)}\nchunk_offsets=0,7\nchunk_checksums={Hash},{Hash}\n")
            .BuildAsync();

        using var catalog = repository.OpenCatalog();
        Assert.Equal(["big", "cut"], catalog.List(RepositoryPath.Parse("/d")).Select(entry => Encoding.UTF8.GetString(entry.Name.Span)));
        var big = catalog.Find(RepositoryPath.Parse("/d/big"))!;
        Assert.Equal((4L, Hash, (EntryFlags)2052), (big.Size, big.Hash.ToString(), big.Flags));
        Assert.Equal([(0L, 7L), (7L, 3L)], catalog.Chunks(RepositoryPath.Parse("/d/cut")).Select(chunk => (chunk.Offset, chunk.Size)));
        Assert.Equal((EntryFlags)68, catalog.Find(RepositoryPath.Parse("/d/cut"))!.Flags);
    }

    [Theory]
    [InlineData("checksum=a94a8fe5ccb19ba61c4c0873d391e987982fbbd3\n")]                             // no size
    [InlineData("size=4\n")]                                                                        // no checksum
    [InlineData("size=-4\nchecksum=a94a8fe5ccb19ba61c4c0873d391e987982fbbd3\n")]
    [InlineData("size=4\nchecksum=A94A8FE5CCB19BA61C4C0873D391E987982FBBD3\n")]
    [InlineData("size=4\nchecksum=0000000000000000000000000000000000000000\n")]                     // neither whole nor chunks
    [InlineData("size=4\nchecksum=a94a8fe5ccb19ba61c4c0873d391e987982fbbd3\ncompression=lz4\n")]
    [InlineData("size=4\nchecksum=a94a8fe5ccb19ba61c4c0873d391e987982fbbd3\nchunk_offsets=0,4\nchunk_checksums=a94a8fe5ccb19ba61c4c0873d391e987982fbbd3,a94a8fe5ccb19ba61c4c0873d391e987982fbbd3\n")]
    [InlineData("size=4\nchecksum=a94a8fe5ccb19ba61c4c0873d391e987982fbbd3\nchunk_offsets=1\nchunk_checksums=a94a8fe5ccb19ba61c4c0873d391e987982fbbd3\n")]
    [InlineData("size=4\nchecksum=a94a8fe5ccb19ba61c4c0873d391e987982fbbd3\nchunk_offsets=0\n")]
    [InlineData("nonsense\n")]
    public Task Refuses_a_graft_that_makes_no_sense(string graft)
        => RefusesAsync(new RepositoryBuilder().File("/f", "").File("/.cvmfsgraft-f", graft), "/.cvmfsgraft-f");

    [Fact]
    public async Task Makes_nested_catalogs_where_the_directory_rules_say_so()
    {
        using var repository = await new RepositoryBuilder()
            .File("/.cvmfsdirtab", "# releases\n/software/*\n  /software/gcc/[0-9]*\n! *.svn\n!/software/private\n\n")
            .File("/software/gcc/12.3/f", "1").File("/software/gcc/latest/f", "2").File("/software/x.svn/f", "3").File("/software/private/f", "4").File("/software/file", "5")
            .BuildAsync();

        using var root = repository.OpenCatalog();
        Assert.Equal("/software/gcc", Assert.Single(root.NestedCatalogs).Mountpoint.ToString());
        using var gcc = repository.OpenCatalog("/software/gcc/x");
        Assert.Equal("/software/gcc/12.3", Assert.Single(gcc.NestedCatalogs).Mountpoint.ToString());
        Assert.NotNull(root.Find(RepositoryPath.Parse("/.cvmfsdirtab"))); // a normal file for readers
        Assert.Empty(RepositoryChecks.FindProblems(repository.Path));
    }

    [Theory]
    [InlineData("software/*\n")]
    [InlineData("/a/*\n!/a/*\n")]
    public Task Refuses_directory_rules_that_make_no_sense(string rules)
        => RefusesAsync(new RepositoryBuilder().File("/.cvmfsdirtab", rules), "/.cvmfsdirtab");

    [Theory]
    [InlineData("/a/*", "/a/b", true)]
    [InlineData("/a/*", "/a/b/c", false)]
    [InlineData("/a/*", "/a", false)]
    [InlineData("/*/c?t", "/x/cat", true)]
    [InlineData("/*/c?t", "/x/c/t", false)]
    [InlineData("/[!a-c]*", "/d", true)]
    [InlineData("/[!a-c]*", "/b1", false)]
    [InlineData("/a*b*c", "/aXbXbXc", true)]
    [InlineData("/a*b*c", "/aXbXbX", false)]
    [InlineData("/\\*", "/*", true)]
    [InlineData("/\\*", "/x", false)]
    [InlineData("/[", "/[", true)]
    public void Patterns_match_within_one_component(string pattern, string path, bool expected)
        => Assert.Equal(expected, new Glob(Encoding.UTF8.GetBytes(pattern), wildcardsMatchSlash: false).IsMatch(Encoding.UTF8.GetBytes(path)));

    private static async Task RefusesAsync(RepositoryBuilder builder, string subject)
        => Assert.Equal(subject, (await Assert.ThrowsAsync<CvmfsPublishException>(() => builder.BuildAsync())).Subject);
}
