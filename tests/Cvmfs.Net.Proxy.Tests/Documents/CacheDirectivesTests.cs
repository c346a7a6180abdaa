using Cvmfs.Net.Proxy.Documents;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Documents;

public sealed class CacheDirectivesTests
{
    [Theory, Conforms("proxy", 82)]
    [InlineData("max-age=61", 61, null, false)]
    [InlineData("Max-Age=\"61\" , S-MAXAGE=5", 61, 5, false)]
    [InlineData("max-age=61, max-age=61", 61, null, false)]
    [InlineData("max-age=61, max-age=62", 62, null, true)]
    [InlineData("max-age=-1", null, null, true)]
    [InlineData("max-age=+1", null, null, true)]
    [InlineData("max-age=1.5", null, null, true)]
    [InlineData("max-age", null, null, true)]
    [InlineData("max-age=99999999999999999999", int.MaxValue, null, false)]
    [InlineData("x=\"a, max-age=9\", max-age=3", 3, null, false)]
    [InlineData(",,, ;", null, null, false)]
    public void Reads_ages(string control, int? maxAge, int? shared, bool ambiguous)
    {
        var read = CacheDirectives.Parse(control);
        Assert.Equal((maxAge, shared, ambiguous), ((int?)read.MaxAge?.TotalSeconds, (int?)read.SharedMaxAge?.TotalSeconds, read.IsAmbiguous));
    }

    [Fact]
    public void Reads_what_is_forbidden_whatever_fields_it_names()
    {
        var read = CacheDirectives.Parse("no-store, no-cache=\"Set-Cookie, X\", private=\"a\", proxy-revalidate, only-if-cached, immutable");
        Assert.True(read.NoStore && read.NoCache && read.IsPrivate && read.MustRevalidate && read.OnlyIfCached && read.IsImmutable);
    }

    [Theory]
    [InlineData(null, "no-cache", true)]
    [InlineData("max-age=5", "no-cache", false)] // the old field counts only where the new one is missing
    [InlineData(null, "x", false)]
    public void Hears_pragma_alone_only(string? control, string pragma, bool noCache) => Assert.Equal(noCache, CacheDirectives.Parse(control, pragma).NoCache);

    [Fact]
    public void Never_throws() => Properties.Hold((string control) =>
    {
        _ = CacheDirectives.Parse(control);
        _ = CacheDirectives.Parse("max-age=" + control);
        return true;
    });
}
