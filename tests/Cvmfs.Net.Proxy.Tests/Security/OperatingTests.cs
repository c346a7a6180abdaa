using System.Text.Json;
using System.Text.RegularExpressions;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Administration;
using Cvmfs.Net.Proxy.Prefetch;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Tests.Administration;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Security;

/// <summary>What the proxy writes, decodes and tells its operators.</summary>
public sealed class OperatingTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory, Conforms("proxy", 76), Conforms("proxy", 107)]
    [InlineData(AccessLogFormat.Json, "^\\{.*\\}$")]
    [InlineData(AccessLogFormat.Squid, "^\\d+\\.\\d{3} +\\d+ 127\\.0\\.0\\.1 TCP_[A-Z_]+/\\d{3} \\d+ GET \\S+ - HIER_\\S+ - \\S+ \\S+ \\S+ \"[^\"]*\" \"[^\"]*\"$")]
    [InlineData(AccessLogFormat.Combined, "^127\\.0\\.0\\.1 - - \\[[^]]+\\] \"[^\"]*\" \\d{3} \\d+ \"-\" \"[^\"]*\" \\S+ \\S+ \\S+ \"[^\"]*\"$")]
    public async Task S36_no_client_writes_lines_of_its_own_into_the_log(AccessLogFormat format, string line)
    {
        string log = Path.Combine(_folder.Path, "access.log");
        string[] evil = ["\" 200 0 \"-", "\\\" \\", "a\u001b[2Jb", "\r\n 127.0.0.1 TCP_HIT", "%0d%0a127.0.0.1", "\u0085\u00ff\u0000", "{\"status\":200}"];
        int plain = 0;
        await using (var upstream = await ScriptedUpstream.StartAsync())
        await using (var proxy = await RunningProxy.StartAsync(options => (options.AccessLog.File, options.AccessLog.Format) = (log, format)))
        {
            foreach (string text in evil)
            {
                foreach (bool throughPipeline in new[] { false, true })
                {
                    string head = $"Host: x\r\nUser-Agent: {text}\r\ncvmfs-info: {text}\r\nConnection: close\r\n\r\n";
                    string answer = await proxy.SendRawAsync($"GET {upstream.Url}cvmfs/a.example.org/.cvmfspublished HTTP/1.1\r\n{head}", throughPipeline: throughPipeline);
                    plain += answer.StartsWith("HTTP/1.1 404", StringComparison.Ordinal) ? 1 : 0;
                    await proxy.SendRawAsync($"GET {upstream.Url}cvmfs/{text} HTTP/1.1\r\n{head}", throughPipeline: throughPipeline);
                }
            }
        }

        byte[] written = await File.ReadAllBytesAsync(log, TestContext.Current.CancellationToken);
        Assert.DoesNotContain(written, static b => b is not (byte)'\n' and (< 0x20 or > 0x7E));
        string[] lines = await File.ReadAllLinesAsync(log, TestContext.Current.CancellationToken);
        Assert.InRange(plain, 6, evil.Length * 2); // those that may stand in a head at all were served, and so written
        Assert.InRange(lines.Length, plain, evil.Length * 4);
        Assert.All(lines, one => Assert.Matches(new Regex(line, RegexOptions.CultureInvariant), one));
        if (format == AccessLogFormat.Json) Assert.All(lines, static one => JsonDocument.Parse(one).Dispose());
    }

    [Fact, Conforms("proxy", 103)]
    public async Task S37_the_operators_listener_is_off_unless_named_and_serves_no_client()
    {
        Assert.Equal("", new ProxyOptions().Admin.Listen);
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Answer = static context => ScriptedUpstream.SendAsync(context, [1]);
        await using var proxy = await RunningProxy.StartAsync();
        proxy.Proxy.Options.Admin.Listen = "http://127.0.0.1:0";
        await using var administration = await ProxyAdministration.StartAsync(proxy.Proxy, cancellationToken: TestContext.Current.CancellationToken);
        var listener = new Uri(administration!.Urls.Single());
        using var client = new HttpClient(new SocketsHttpHandler { Proxy = new System.Net.WebProxy(listener) });
        using var answer = await client.GetAsync(new Uri(upstream.Url, "/cvmfs/a.example.org/.cvmfspublished"), TestContext.Current.CancellationToken);
        Assert.False(answer.IsSuccessStatusCode);
        Assert.Empty(upstream.Seen);
    }

    [Fact]
    public async Task S38_what_is_kept_is_for_its_owner_alone()
    {
        if (OperatingSystem.IsWindows()) return;
        using var built = await new RepositoryBuilder().File("/a", new string('x', 300_000)).BuildAsync();
        await using var stratum = await FakeStratum.StartAsync();
        stratum.MountRepository(built.Name.ToString(), built.Path);
        string cache = Path.Combine(_folder.Path, "cache");
        await using (var proxy = await RunningProxy.StartAsync(cacheFolder: cache))
        {
            foreach (string name in new[] { ".cvmfspublished", ".cvmfswhitelist", ObjectPath.Of(built.Manifest.RootCatalogKey) })
            {
                (await proxy.Client.GetAsync(new Uri($"{stratum.UrlOf(built.Name.ToString())}/{name}"), TestContext.Current.CancellationToken)).EnsureSuccessStatusCode().Dispose();
            }
        }

        string[] reachable = [.. Reachable(cache)];
        Assert.All(reachable, static path => Assert.False(Directory.Exists(path), path));
        Assert.All(reachable, static path => Assert.True(IsClosed(path), path));
        Assert.Contains(Directory.EnumerateFiles(cache, "*", SearchOption.AllDirectories), static path => path.EndsWith("documents.json", StringComparison.Ordinal));
    }

    [Fact]
    public void S40_a_catalog_that_grows_without_end_is_given_up_early()
    {
        byte[] bomb = ZlibCodec.Compress(new byte[256 << 20]);
        Assert.True(bomb.Length < 1 << 20);
        long before = GC.GetAllocatedBytesForCurrentThread();
        var reading = new CatalogChanges(new OneObject(bomb)).ReadAsync(default, default, CancellationToken.None);
        Assert.True(reading.IsCompleted);
        Assert.IsAssignableFrom<CvmfsFormatException>(reading.Exception?.InnerException);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 3L * CatalogChanges.MaxExpansion * bomb.Length);
    }

    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Files and folders that another user could get at, were their own modes to allow it: those in closed folders are out of reach.</summary>
    private static IEnumerable<string> Reachable(string folder)
    {
        if (IsClosed(folder)) yield break;
        yield return folder;
        foreach (string entry in Directory.EnumerateFileSystemEntries(folder))
        {
            foreach (string path in Directory.Exists(entry) ? Reachable(entry) : [entry]) yield return path;
        }
    }

    private static bool IsClosed(string path) => !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) == 0;

    /// <summary>The same bytes under every name.</summary>
    private sealed class OneObject(byte[] content) : ObjectSource
    {
        public override ValueTask<bool> HasAsync(ContentHash hash, CancellationToken cancellationToken) => new(true);

        public override ValueTask<long?> BringAsync(ProxyRequest request, CancellationToken cancellationToken) => new(content.Length);

        public override ValueTask<byte[]?> ReadAsync(ContentHash hash, int maxBytes, CancellationToken cancellationToken) => new(content);
    }
}
