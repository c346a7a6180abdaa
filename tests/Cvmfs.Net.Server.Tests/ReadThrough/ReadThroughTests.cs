using System.Text;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Server.Tests.ReadThrough;

public sealed class ReadThroughTests
{
    private const string Base = "/cvmfs/sw.example.org/";

    [Fact]
    public async Task A_missing_object_is_fetched_once_checked_and_kept()
    {
        using var origin = new TempFolder();
        string path = origin.WriteObject("content"u8);
        await using var upstream = await StartAsync(origin);
        await using var server = await ServeAsync(upstream);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.GetAsync(Base + path)));

        Assert.All(answers, answer => Assert.Equal((200, "content"), (answer.Status, Encoding.ASCII.GetString(answer.Body))));
        Assert.InRange(upstream.Requests.Count, 1, 2); // one for each of the two servers that share the folder here
        Assert.Equal("content"u8.ToArray(), File.ReadAllBytes(server.Root.Combine("sw.example.org/" + path)));
        Assert.Equal("public, max-age=259200", answers[0]["Cache-Control"]);
    }

    [Fact]
    public async Task A_wrong_object_is_neither_shown_nor_kept()
    {
        using var origin = new TempFolder();
        string path = origin.WriteObject("content"u8);
        origin.Write("sw.example.org/" + path, "cOntent"u8);
        await using var upstream = await StartAsync(origin);
        await using var server = await ServeAsync(upstream);

        Assert.Equal(500, (await server.GetAsync(Base + path)).Status);
        Assert.False(File.Exists(server.Root.Combine("sw.example.org/" + path)));
    }

    [Fact]
    public async Task What_the_upstream_does_not_have_is_asked_for_once_in_a_while()
    {
        using var origin = new TempFolder();
        await using var upstream = await StartAsync(origin);
        await using var server = await ServeAsync(upstream);
        string path = ServedFolder.PathOf("content"u8);

        for (int i = 0; i < 5; i++) Assert.Equal(404, (await server.GetAsync(Base + path)).Status);
        Assert.Equal(2, upstream.Requests.Count); // one by each of the two
        origin.WriteObject("content"u8);
        server.Clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(200, (await server.GetAsync(Base + path)).Status);
    }

    [Fact]
    public async Task Root_files_are_those_of_the_folder()
    {
        using var origin = new TempFolder();
        origin.WriteManifest(1);
        await using var upstream = await StartAsync(origin);
        await using var server = await ServeAsync(upstream);
        Assert.Equal(404, (await server.GetAsync(Base + ".cvmfspublished")).Status);
        byte[] manifest = ServedFolder.Manifest(2, Cvmfs.Net.Hashing.ContentHash.Compute(Cvmfs.Net.Hashing.HashAlgorithmId.Sha1, "not here yet"u8));
        server.Root.Replace("sw.example.org/.cvmfspublished", manifest);
        server.Refresh();
        Assert.Equal(manifest, (await server.GetAsync(Base + ".cvmfspublished")).Body); // its objects come when they are asked for
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public async Task A_client_that_leaves_stops_nobody_else()
    {
        using var origin = new TempFolder();
        string path = origin.WriteObject("content"u8);
        await using var upstream = await StartAsync(origin);
        var gate = new Gate();
        upstream.Fail(Path.GetFileName(path), Fault.StallBefore(gate), times: 1);
        await using var server = await ServeAsync(upstream);

        using var leaving = new System.Net.Sockets.TcpClient();
        await leaving.ConnectAsync(server.EndPoint, TestContext.Current.CancellationToken);
        await leaving.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET {Base}{path} HTTP/1.1\r\nHost: x\r\n\r\n"), TestContext.Current.CancellationToken);
        await gate.Reached;
        var staying = RawResponse.ExchangeAsync(server.EndPoint, "GET", $"GET {Base}{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        leaving.Dispose();
        gate.Open();

        Assert.Equal("content"u8.ToArray(), (await staying).Body);
    }

    [Fact]
    public async Task A_replica_that_passes_through_keeps_nothing()
    {
        using var origin = new TempFolder();
        byte[] manifest = origin.WriteManifest(1);
        string path = origin.WriteObject("content"u8);
        await using var upstream = await StartAsync(origin);
        await using var server = await ServeAsync(upstream, isPassThrough: true);

        var root = await server.GetAsync(Base + ".cvmfspublished");
        Assert.Equal((200, "application/x-cvmfs", "public, max-age=61"), (root.Status, root["Content-Type"], root["Cache-Control"]));
        Assert.Equal(manifest, root.Body);
        var content = await server.GetAsync(Base + path);
        Assert.Equal((200, "content", "public, max-age=259200"), (content.Status, Encoding.ASCII.GetString(content.Body), content["Cache-Control"]));
        Assert.Equal("7", (await server.HeadAsync(Base + path))["Content-Length"]);
        Assert.Equal(404, (await server.GetAsync(Base + ServedFolder.PathOf("other"u8))).Status);
        Assert.Empty(Directory.EnumerateFileSystemEntries(server.Root.Path));
        Assert.Contains("\"passThrough\":true", Encoding.UTF8.GetString((await server.GetAsync("/health")).Body), StringComparison.Ordinal);
    }

    private static async Task<FakeStratum> StartAsync(TempFolder origin)
    {
        var upstream = await FakeStratum.StartAsync();
        upstream.MountRepository("sw.example.org", origin.Combine("sw.example.org"));
        return upstream;
    }

    private static Task<TestServer> ServeAsync(FakeStratum upstream, bool isPassThrough = false) => TestServer.StartAsync(options =>
        options.ReadThrough = new Dictionary<string, CvmfsUpstream> { ["sw.example.org"] = new(upstream.UrlOf("sw.example.org").ToString(), isPassThrough) });
}
