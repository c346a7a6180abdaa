using System.Text;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Replication.Filtering;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Filtering;

public sealed class PathFilterTests
{
    [Theory]
    [Conforms("stratum1", 37)]
    [InlineData("/a/b", "/a/b", true)]
    [InlineData("/a/b", "/a", true)]               // on the way to it
    [InlineData("/a/b", "/a/b/c/d", true)]         // below it
    [InlineData("/a/b", "/a/c", false)]
    [InlineData("/a/b", "/a/bc", false)]
    [InlineData("/a/b/", "/a/b", true)]            // a slash at the end means nothing
    [InlineData("/a/*", "/a/x", true)]
    [InlineData("/a/*", "/a/x/y", true)]           // below a match
    [InlineData("/a/*", "/b", false)]
    [InlineData("/a/*/c", "/a/x", true)]
    [InlineData("/a/*/c", "/a/x/d", false)]
    [InlineData("/a/*/c", "/a/x/y/c", false)]      // * stops at a slash
    [InlineData("/a/?", "/a/x", true)]
    [InlineData("/a/?", "/a/xy", false)]
    [InlineData("/a?b", "/a/b", false)]
    [InlineData("/a\\*", "/a*", true)]
    [InlineData("/a\\*", "/ab", false)]
    [InlineData("/*.d/x*z", "/conf.d/xyyz", true)]
    [InlineData("/*.d/x*z", "/conf.d/xyy", false)]
    [InlineData("  /a", "/a", true)]
    [InlineData("# /a\n\n/b", "/a", false)]
    [InlineData("/a\n!/a/b", "/a/c", true)]
    [InlineData("/a\n!/a/b", "/a/b", false)]
    [InlineData("/a\n!/a/b", "/a/b/c", false)]     // below an excluded one
    [InlineData("/a\n! /a/b", "/a/b", false)]
    [InlineData("/a\n!/a/*/x", "/a/1/2/x", false)] // there * crosses slashes
    [InlineData("/a\n!*/x", "/a/1/2/x", false)]
    [InlineData("/a\n!x", "/a/x", true)]           // compared with the whole absolute path
    [InlineData("/a/b/c\n!/a/b/d", "/a/b/d", false)]
    [InlineData("/\n!/tmp", "/anything", true)]
    [InlineData("/\n!/tmp", "/tmp/x", false)]
    [InlineData("", "/a", false)]
    public void A_mountpoint_belongs_or_not(string rules, string mountpoint, bool belongs)
        => Assert.Equal(belongs, Parse(rules).Includes(RepositoryPath.Parse(mountpoint)));

    [Theory]
    [Conforms("stratum1", 37)]
    [InlineData("")]
    [InlineData("!*")]
    public void The_root_always_belongs(string rules) => Assert.True(Parse(rules).Includes(RepositoryPath.Root));

    [Theory]
    [Conforms("stratum1", 37)]
    [InlineData("/ok\na/b", 2)]
    [InlineData("/ok\n\n/a\\b", 3)]
    [InlineData("/a\\", 1)]
    [InlineData("/a\n!/a", 2)]
    [InlineData("!/a\n/a/b", 1)]  // /a is wanted, because /a/b is
    [InlineData("!/a*\n/a*/b", 1)]
    public void A_filter_that_makes_no_sense_is_refused_with_its_line(string rules, int line)
    {
        var refused = Assert.Throws<PathFilterException>(() => Parse(rules));
        Assert.Equal(("rules.txt", line), (refused.Document, refused.Line));
        Assert.Contains($"line {line}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pattern_made_to_be_slow_is_not()
    {
        var filter = Parse("/" + string.Concat(Enumerable.Repeat("*a", 2000)) + "\n!*" + string.Concat(Enumerable.Repeat("*a", 2000)) + "b");
        Assert.False(filter.Includes(RepositoryPath.Parse("/" + new string('a', 250) + "c")));
    }

    [Fact]
    public void Filters_are_told_apart_by_their_text()
    {
        Assert.Equal(Parse("/a").Digest, Parse("/a").Digest);
        Assert.NotEqual(Parse("/a").Digest, Parse("/a\n/b").Digest);
    }

    private static PathFilter Parse(string rules) => PathFilter.Parse(Encoding.UTF8.GetBytes(rules), "rules.txt");
}
