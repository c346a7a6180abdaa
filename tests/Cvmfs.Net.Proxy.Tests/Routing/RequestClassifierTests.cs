using System.Text;
using System.Text.RegularExpressions;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Testing;
using FsCheck;
using FsCheck.Fluent;

namespace Cvmfs.Net.Proxy.Tests.Routing;

public sealed class RequestClassifierTests
{
    private const string Digits = "cdef0123456789abcdef0123456789abcdef01";

    [Theory]
    [InlineData("/cvmfs/a.example.org/data/ab/" + Digits, RequestKind.Object)]
    [InlineData("/opt/x/data/ab/" + Digits + "P", RequestKind.Object)]
    [InlineData("//data/ab/" + Digits + "-shake128C", RequestKind.Object)]
    [InlineData("/cvmfs/a/.cvmfsalt-ab" + Digits + "C", RequestKind.Object)]
    [InlineData("/cvmfs/a/.cvmfspublished", RequestKind.Manifest)]
    [InlineData("/cvmfs/a%20b/.cvmfspublished", RequestKind.Manifest)]
    [InlineData("/bucket/.cvmfswhitelist", RequestKind.Whitelist)]
    [InlineData("/wpad.dat", RequestKind.ProxyScript)]
    [InlineData("/cvmfs/a/.cvmfswhitelist.pkcs7", RequestKind.RootFile)]
    [InlineData("/cvmfs/a/.cvmfs_status.json", RequestKind.RootFile)]
    [InlineData("/cvmfs/info/v1/repositories.json", RequestKind.ServerDocument)]
    [InlineData("/cvmfs/a/api/v1.0/geo/@proxy@/a.example.org,+PXYSEP+,b.example.org", RequestKind.Geo)]
    public void Knows_the_urls_of_the_field(string path, object kind)
    {
        Assert.Equal(kind, RequestClassifier.Classify(path)?.Kind);
        Assert.Equal(kind, RequestClassifier.Classify("http://s1.example.org:8000" + path)?.Kind);
    }

    [Theory]
    [InlineData("http://S1.Example.org./cvmfs/a/.cvmfspublished", "s1.example.org", 80)]
    [InlineData("http://s1:8000/cvmfs/a/.cvmfspublished", "s1", 8000)]
    [InlineData("http://[2001:DB8::1]:8000/cvmfs/a/.cvmfspublished", "2001:db8::1", 8000)]
    [InlineData("HTTP://s1/cvmfs/a/.cvmfspublished", "s1", 80)]
    public void Reads_the_server_from_the_request_line(string target, string host, int port)
    {
        var request = RequestClassifier.Classify(target);
        Assert.Equal((host, port), (request?.Host, request?.Port));
    }

    [Theory, Conforms("proxy", 76)]
    [InlineData("http://u@h/cvmfs/a/.cvmfspublished")]
    [InlineData("http:///cvmfs/a/.cvmfspublished")]
    [InlineData("http://h:0/cvmfs/a/.cvmfspublished")]
    [InlineData("http://h:70000/cvmfs/a/.cvmfspublished")]
    [InlineData("http://h:/cvmfs/a/.cvmfspublished")]
    [InlineData("http://h:+80/cvmfs/a/.cvmfspublished")]
    [InlineData("http://.h/cvmfs/a/.cvmfspublished")]
    [InlineData("http://h..i/cvmfs/a/.cvmfspublished")]
    [InlineData("http://./cvmfs/a/.cvmfspublished")]
    [InlineData("http://[fe80::1%25eth0]/cvmfs/a/.cvmfspublished")]
    [InlineData("http://[10.0.0.1]/cvmfs/a/.cvmfspublished")]
    [InlineData("http://b\u00fccher.example/cvmfs/a/.cvmfspublished")]
    [InlineData("https://h/cvmfs/a/.cvmfspublished")]
    [InlineData("ftp://h/cvmfs/a/.cvmfspublished")]
    [InlineData("http://h/a%2")]
    [InlineData("http://h/a%zz")]
    [InlineData("http://h/a#b")]
    [InlineData("http://h/a b")]
    [InlineData("http://h/a\u0001b")]
    [InlineData("http://h")]
    [InlineData("*")]
    [InlineData("h:443")]
    [InlineData("")]
    public void Understands_no_target_that_breaks_the_grammar(string target) => Assert.Null(RequestClassifier.Classify(target));

    [Theory, Conforms("proxy", 90)]
    [InlineData("/")]
    [InlineData("/anything")]
    [InlineData("/cvmfs/a/%2ecvmfspublished")]
    [InlineData("/cvmfs/../.cvmfspublished")]
    [InlineData("/cvmfs/%2e%2E/.cvmfspublished")]
    [InlineData("/cvmfs/a%2f..%2f.cvmfspublished/.cvmfspublished")]
    [InlineData("/cvmfs/a/..\\.cvmfspublished/.cvmfspublished")]
    [InlineData("/cvmfs/./a/.cvmfspublished")]
    [InlineData("/cvmfs/a/.cvmfspublished/..")]
    [InlineData("/cvmfs/a/.cvmfspublished?x=y")]
    [InlineData("/cvmfs/a/.cvmfspublished%00")]
    [InlineData("/cvmfs/a/.cvmfsalt-nothex")]
    [InlineData("/cvmfs/a/data/ab/" + Digits + "Q")]
    [InlineData("/cvmfs/a/data/ab/" + Digits + "/")]
    [InlineData("/cvmfs/a/data/AB/" + Digits)]
    [InlineData("/cvmfs/a/data/" + Digits)]
    public void Takes_everything_else_for_external_data_byte_for_byte(string path)
    {
        var request = RequestClassifier.Classify("http://h" + path);
        Assert.Equal((RequestKind.External, path), (request?.Kind, request?.Path));
    }

    [Theory]
    [InlineData("/cvmfs/a.example.org/data/ab/" + Digits + "P", "a.example.org")]
    [InlineData("/opt/atlas/.cvmfspublished", "atlas")]
    [InlineData("/fqrn/a.example.org/.cvmfsalt-ab" + Digits + "C", "a.example.org")]
    [InlineData("//data/ab/" + Digits, "")]
    [InlineData("/.cvmfswhitelist", "")]
    [InlineData("/a.example.org/api/v1.0/geo/x/s1,s2", "a.example.org")]
    [InlineData("/cvmfs/info/v1/meta.json", "")]
    [InlineData("/a.example.org/file", "")]
    public void Reads_the_repository_from_the_path(string path, string repository)
        => Assert.Equal(repository, RequestClassifier.Classify("http://h" + path)?.Repository);

    [Fact]
    public void Never_throws_whatever_the_target() => Properties.Hold((string target) =>
    {
        _ = RequestClassifier.Classify(target ?? "");
        _ = RequestClassifier.Classify("http://" + target);
        return true;
    });

    [Fact]
    public void Agrees_with_a_plain_reading_of_the_grammar() => Properties.Hold(Gen.ArrayOf(Gen.Elements(Pieces)).Select(string.Concat), target =>
    {
        var request = RequestClassifier.Classify(target);
        Assert.Equal(PlainReading(target), request?.Kind);
        if (request is not null)
        {
            Assert.EndsWith(request.Path, target, StringComparison.Ordinal);
            Assert.Equal(CacheName.Of(request), CacheName.Of(RequestClassifier.Classify(request.Target)!));
        }
    }, size: 9);

    [Fact]
    public void Allocates_nothing_for_an_object_or_a_manifest()
    {
        byte[][] targets = [.. new[] { "http://S1.Example.org:8000/cvmfs/a.example.org/data/ab/" + Digits + "C", "/cvmfs/a.example.org/.cvmfspublished" }.Select(Encoding.ASCII.GetBytes)];
        char[] name = new char[512];
        int length = 0;
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int at = 0; at < 1000; at++)
            {
                foreach (byte[] target in targets)
                {
                    Assert.True(RequestClassifier.TryClassify(target, out var found));
                    length += CacheName.Write(found, name);
                }
            }
        }));
        Assert.NotEqual(0, length);
    }

    private static readonly string[] Pieces =
    [
        "http://", "HTTP://", "h", "H.org", ":80", ":0", "@", "/", "//", "/data/ab/", Digits, "-rmd160", "C", "P", "Z", "/.cvmfspublished", "/.cvmfswhitelist",
        "/.cvmfsalt-ab", "/.cvmfs_x", "/..", "/%2e%2E", "%2f", "%", "?", "#", " ", "\\", "/api/v1.0/geo/", "/info/v1/meta.json", "x.pac", "/wpad.dat", "\u00e9",
    ];

    /// <summary>What the target is, by patterns instead of spans.</summary>
    private static object? PlainReading(string target)
    {
        const string Label = "[0-9A-Za-z](?:[0-9A-Za-z_-]{0,61}[0-9A-Za-z_])?";
        var form = Regex.Match(target, $@"\A(?:[hH][tT][tT][pP]://(?:{Label}\.)*(?!0x|[0-9]+\.?[:/]){Label}\.?(?::0*[1-9]\d{{0,4}})?)?(?<path>/(?:[!-~-[#%]]|%[0-9a-fA-F]{{2}})*)\z");
        if (!form.Success || target.Any(char.IsWhiteSpace) || target.Any(value => value > 126)) return null;
        string path = form.Groups["path"].Value;
        string decoded = Regex.Replace(path, "%([0-9a-fA-F]{2})", static escape => ((char)Convert.ToInt32(escape.Groups[1].Value, 16)).ToString());
        if (path.Contains('?', StringComparison.Ordinal) || Regex.IsMatch(decoded, @"[/\\]\.\.?(?:[/\\]|\z)")) return RequestKind.External;
        const string Key = "(-rmd160|-shake128)?[CHXMPL]?";
        if (Regex.IsMatch(path, $"/data/[0-9a-f]{{2}}/[0-9a-f]{{38}}{Key}\\z|/\\.cvmfsalt-[0-9a-f]{{40}}{Key}\\z")) return RequestKind.Object;
        if (path.EndsWith("/.cvmfspublished", StringComparison.Ordinal)) return RequestKind.Manifest;
        if (path.EndsWith("/.cvmfswhitelist", StringComparison.Ordinal)) return RequestKind.Whitelist;
        if (Regex.IsMatch(path, @"/\.cvmfs[0-9a-z._]*\z")) return RequestKind.RootFile;
        if (Regex.IsMatch(path, @"/\.cvmfs[^/]*\z")) return RequestKind.External;
        if (Regex.IsMatch(path, @"/info/v1/(repositories|meta)\.json\z")) return RequestKind.ServerDocument;
        if (path.Contains("/api/v1.0/geo/", StringComparison.Ordinal)) return RequestKind.Geo;
        return Regex.IsMatch(path, @"\.pac\z|/wpad\.dat\z") ? RequestKind.ProxyScript : RequestKind.External;
    }
}
