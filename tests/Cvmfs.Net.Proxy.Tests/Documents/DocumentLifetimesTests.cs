using Cvmfs.Net.Proxy.Documents;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Upstreams;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Documents;

public sealed class DocumentLifetimesTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 1, 0, TimeSpan.Zero);

    [Theory, Conforms("proxy", 82), Conforms("proxy", 91)]
    [InlineData("", 61)]
    [InlineData("Cache-Control: max-age=30", 30)]
    [InlineData("Cache-Control: max-age=300", 61)]
    [InlineData("Cache-Control: max-age=30, s-maxage=10", 10)]
    [InlineData("Cache-Control: max-age=30|Expires: Thu, 01 Jan 2026 00:01:05 GMT", 30)]
    [InlineData("Date: Thu, 01 Jan 2026 00:01:00 GMT|Expires: Thu, 01 Jan 2026 00:01:20 GMT", 20)]
    [InlineData("Expires: Thu, 01 Jan 2026 00:01:20 GMT, Thu, 01 Jan 2026 00:01:20 GMT", 0)]
    [InlineData("Expires: 0", 0)]
    [InlineData("Age: 50", 11)]
    [InlineData("Age: 50|Cache-Control: max-age=300", 11)]
    [InlineData("Date: Thu, 01 Jan 2026 00:00:20 GMT", 21)] // a cache that does not say its age
    [InlineData("Date: Thu, 01 Jan 2026 00:00:20 GMT|Age: 50", 11)]
    [InlineData("Date: Thu, 01 Jan 2026 01:00:00 GMT", 61)] // a clock that is ahead
    [InlineData("Age: 90", 0)]
    [InlineData("Cache-Control: max-age=5, max-age=6", null)]
    [InlineData("Cache-Control: no-store", null)]
    [InlineData("Cache-Control: private, max-age=61", null)]
    [InlineData("Cache-Control: no-cache", null)]
    [InlineData("Set-Cookie: a=b", null)]
    [InlineData("Vary: *", null)]
    [InlineData("Vary: Accept-Encoding", 61)]
    public void Of_a_manifest(string head, int? seconds) => Assert.Equal(seconds, LifeOf(RequestKind.Manifest, 200, head));

    [Theory, Conforms("proxy", 88), Conforms("proxy", 89)]
    [InlineData(RequestKind.Geo, 200, "Cache-Control: max-age=3600", 3600)]
    [InlineData(RequestKind.Geo, 200, "Cache-Control: max-age=7200", 3600)]
    [InlineData(RequestKind.Geo, 400, "Cache-Control: max-age=3600", 300)]
    [InlineData(RequestKind.Geo, 404, "", null)]
    [InlineData(RequestKind.External, 200, "", null)]
    [InlineData(RequestKind.External, 200, "Last-Modified: Thu, 01 Jan 2015 00:00:00 GMT", null)] // no guessing
    [InlineData(RequestKind.External, 200, "Cache-Control: max-age=99", 99)]
    [InlineData(RequestKind.External, 206, "Cache-Control: max-age=99", null)]
    [InlineData(RequestKind.External, 404, "Cache-Control: max-age=99", null)]
    [InlineData(RequestKind.ProxyScript, 200, "Cache-Control: max-age=9999", 3600)]
    [InlineData(RequestKind.Manifest, 404, "", 60)]
    [InlineData(RequestKind.Whitelist, 404, "", 5)]
    [InlineData(RequestKind.Manifest, 301, "Cache-Control: max-age=99", null)]
    [InlineData(RequestKind.Manifest, 500, "Cache-Control: max-age=99", null)]
    [InlineData(RequestKind.Manifest, 403, "Cache-Control: max-age=99", null)]
    public void Of_other_answers(object kind, int status, string head, int? seconds) => Assert.Equal(seconds, LifeOf((RequestKind)kind, status, head));

    [Fact, Conforms("proxy", 87)]
    public void Absence_is_remembered_no_longer_than_the_newest_manifest_is_old()
        => Assert.Equal(3, LifeOf(RequestKind.Manifest, 404, "", sinceNews: TimeSpan.FromSeconds(3)));

    [Theory, Conforms("proxy", 86)]
    [InlineData(RequestKind.Manifest, "", 600, 5)]
    [InlineData(RequestKind.Manifest, "Cache-Control: must-revalidate", 0, 0)]
    [InlineData(RequestKind.Manifest, "Cache-Control: max-age=9, proxy-revalidate", 0, 0)]
    [InlineData(RequestKind.External, "Cache-Control: max-age=9", 0, 0)]
    [InlineData(RequestKind.External, "Cache-Control: max-age=9, stale-if-error=30, stale-while-revalidate=40", 30, 40)]
    [InlineData(RequestKind.External, "Cache-Control: max-age=9, stale-if-error=99999", 600, 0)]
    public void Leave_to_be_shown_later(object kind, string head, int ifError, int whileRefreshing)
    {
        var lifetime = Of((RequestKind)kind, 200, head, null);
        Assert.Equal((ifError, whileRefreshing), (lifetime.IfError.TotalSeconds, lifetime.WhileRefreshing.TotalSeconds));
    }

    private static int? LifeOf(RequestKind kind, int status, string head, TimeSpan? sinceNews = null)
        => Of(kind, status, head, sinceNews) is var lifetime && lifetime == DocumentLifetime.None ? null : (int)lifetime.Life.TotalSeconds;

    private static DocumentLifetime Of(RequestKind kind, int status, string head, TimeSpan? sinceNews)
    {
        using var answer = new WrittenAnswer(status, head);
        return new DocumentLifetimes(new ProxyDocumentOptions()).Of(kind, answer, DocumentLifetimes.AgeOf(answer, TimeSpan.Zero, Now), sinceNews, Now);
    }

    private sealed class WrittenAnswer(int status, string head)
        : UpstreamAnswer(new UpstreamAttempt { Plan = null!, Server = new Uri("http://h"), Path = "/" })
    {
        private readonly Dictionary<string, string> _fields = head.Split('|', StringSplitOptions.RemoveEmptyEntries)
            .Select(static field => field.Split(": ", 2)).ToDictionary(static field => field[0], static field => field[1], StringComparer.OrdinalIgnoreCase);

        public override int Status => status;

        public override long? ContentLength => 0;

        public override string? Header(string name) => _fields.GetValueOrDefault(name);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => ValueTask.FromResult(0);

        public override void Dispose()
        {
        }
    }
}
