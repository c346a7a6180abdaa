using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.AccessLogging;
using Cvmfs.Net.Proxy.Diagnostics;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.AccessLogging;

public sealed class AccessLogLineTests
{
    private const string Hash = "0123456789012345678901234567890123456789";

    private static readonly RequestRecord Catalog = new()
    {
        Time = new DateTimeOffset(2026, 3, 4, 5, 6, 7, 80, TimeSpan.Zero),
        Duration = TimeSpan.FromMilliseconds(12.5),
        Client = IPAddress.Parse("::ffff:10.1.2.3"),
        Method = "GET",
        Target = $"http://s1.example.org/cvmfs/a.cern.ch/data/01/{Hash[2..]}C",
        Status = 200,
        Bytes = 1234,
        Result = RequestResult.Miss,
        Kind = RequestKind.Object,
        Key = ObjectKey.TryParse(Hash + "C", out var key) ? key : default,
        Repository = new KnownRepository("a.cern.ch"),
        Upstream = "s1.example.org:80",
        UserAgent = "cvmfs Fuse 2.12.0",
        CvmfsInfo = "path=/x/y",
    };

    [Fact]
    [Conforms("proxy", 107)]
    public void Json_has_digest_class_cache_status_client_and_info()
    {
        using var line = JsonDocument.Parse(Line(Catalog, AccessLogFormat.Json));
        var root = line.RootElement;
        Assert.Equal(
            [Hash + "C", "catalog", "miss", "10.1.2.3", "path=/x/y", "a.cern.ch", "s1.example.org:80"],
            new[] { "digest", "class", "result", "client", "info", "repository", "upstream" }.Select(name => root.GetProperty(name).GetString()));
        Assert.Equal((200, 1234, 0.0125), (root.GetProperty("status").GetInt32(), root.GetProperty("bytes").GetInt64(), root.GetProperty("seconds").GetDouble()));
    }

    [Fact]
    public void Squid_lines_begin_as_squid_writes_them() => Assert.Equal(
        $"1772600767.080     12 10.1.2.3 TCP_MISS/200 1234 GET {Catalog.Target} - HIER_DIRECT/s1.example.org:80 - {Hash}C catalog miss \"path=/x/y\" \"cvmfs Fuse 2.12.0\"\n",
        Line(Catalog, AccessLogFormat.Squid));

    [Fact]
    public void Combined_lines_begin_as_web_servers_write_them() => Assert.Equal(
        $"10.1.2.3 - - [04/Mar/2026:05:06:07 +0000] \"GET {Catalog.Target} HTTP/1.1\" 200 1234 \"-\" \"cvmfs Fuse 2.12.0\" {Hash}C catalog miss \"path=/x/y\"\n",
        Line(Catalog, AccessLogFormat.Combined));

    [Theory]
    [InlineData(AccessLogFormat.Json)]
    [InlineData(AccessLogFormat.Squid)]
    [InlineData(AccessLogFormat.Combined)]
    public void What_clients_send_cannot_end_a_line_or_a_quotation_or_steer_a_terminal(AccessLogFormat format)
    {
        const string bad = "x\r\n10.9.9.9 forged \"quoted\" \\ \u001b[2J\u0000\u0085é ";
        string line = Line(Catalog with { Target = bad, UserAgent = bad, CvmfsInfo = bad, Method = bad, Upstream = bad }, format);
        Assert.Equal(line.Length - 1, line.IndexOf('\n', StringComparison.Ordinal));
        Assert.DoesNotContain(line[..^1], c => c is < ' ' or > '~');
        if (format == AccessLogFormat.Json)
        {
            using var json = JsonDocument.Parse(line);
            Assert.Equal(bad, json.RootElement.GetProperty("target").GetString());
            return;
        }

        string plain = Line(Catalog, format);
        Assert.Equal(plain.Count(c => c == '"'), line.Count(c => c == '"'));
        if (format == AccessLogFormat.Squid) Assert.Equal(plain.Split(' ').Take(12).Count(), line.Split('"')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries).Length - 2 + 1);
    }

    [Fact]
    public void Very_long_texts_are_cut() => Assert.InRange(Line(Catalog with { Target = new string('a', 100_000), CvmfsInfo = new string('"', 100_000) }, AccessLogFormat.Squid).Length, 4_000, 12_000);

    private static string Line(RequestRecord record, AccessLogFormat format)
    {
        var buffer = new ArrayBufferWriter<byte>();
        AccessLogLine.Write(buffer, record, format);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
