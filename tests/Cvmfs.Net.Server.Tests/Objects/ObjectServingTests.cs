using System.Text;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Server.Tests.Objects;

public sealed class ObjectServingTests
{
    private const string Name = "/cvmfs/sw.example.org/";
    private const string Object = "data/5c/6a8f9a9c5d6f7e8091a2b3c4d5e6f708192a3b";

    [Theory]
    [Conforms("protocol", 128)]
    [Conforms("protocol", 129)]
    [Conforms("stratum1", 81)]
    [InlineData(Object)]
    [InlineData(Object + "C")]
    [InlineData(Object + "P")]
    [InlineData(Object + "-rmd160")]
    [InlineData(Object + "-shake128X")]
    public async Task Serves_an_object_as_stored_with_three_days_and_no_validators(string path)
    {
        await using var server = await TestServer.StartAsync();
        byte[] stored = [0x78, 0x9c, 1, 2, 3, 0, 255];
        server.Root.Write("sw.example.org/" + path, stored);

        var answer = await server.GetAsync(Name + path, "Accept-Encoding: gzip, br", "If-Modified-Since: Thu, 01 Jan 2099 00:00:00 GMT", "If-None-Match: *");

        Assert.Equal(200, answer.Status);
        Assert.Equal(stored, answer.Body);
        Assert.Equal("application/octet-stream", answer["Content-Type"]);
        Assert.Equal("public, max-age=259200", answer["Cache-Control"]);
        Assert.Equal("Sun, 04 Jan 2026 00:00:00 GMT", answer["Expires"]); // the test clock says 1 January
        foreach (string absent in (string[])["ETag", "Last-Modified", "Content-Encoding", "Vary", "Server", "Set-Cookie"]) Assert.Null(answer[absent]);
    }

    [Theory]
    [Conforms("protocol", 128)]
    [Conforms("stratum1", 81)]
    [InlineData(".cvmfspublished")]
    [InlineData(".cvmfswhitelist")]
    [InlineData(".cvmfswhitelist.pkcs7")]
    [InlineData(".cvmfsreflog")]
    [InlineData(".cvmfs_status.json")]
    [InlineData(".cvmfs_last_snapshot")]
    public async Task Serves_a_root_file_for_61_seconds(string name)
    {
        await using var server = await TestServer.StartAsync();
        byte[] content = [.. "content of "u8, .. Encoding.ASCII.GetBytes(name)];
        byte[] manifest = server.Root.WriteManifest(1);
        if (name == ".cvmfspublished") content = manifest;
        else server.Root.Write("sw.example.org/" + name, content);

        var answer = await server.GetAsync(Name + name);

        Assert.Equal(200, answer.Status);
        Assert.Equal(content, answer.Body);
        Assert.Equal("application/x-cvmfs", answer["Content-Type"]);
        Assert.Equal("public, max-age=61", answer["Cache-Control"]);
        Assert.Equal("Thu, 01 Jan 2026 00:01:01 GMT", answer["Expires"]);
    }

    [Theory]
    [Conforms("protocol", 130)]
    [Conforms("stratum1", 82)]
    [InlineData(Object)]
    [InlineData(Object + "C")]
    [InlineData(".cvmfspublished")]
    [InlineData(".cvmfs_master_replica")]
    [InlineData(".cvmfsalt-5c6a8f9a9c5d6f7e8091a2b3c4d5e6f708192a3bC")]
    public async Task Answers_404_for_what_is_absent_and_lets_nobody_keep_that_long(string path)
    {
        await using var server = await TestServer.StartAsync();
        foreach (string method in (string[])["GET", "HEAD"])
        {
            var answer = await server.SendAsync(method, Name + path);
            Assert.Equal(404, answer.Status);
            Assert.Empty(answer.Body);
            Assert.Equal("public, max-age=10", answer["Cache-Control"]);
        }
    }

    [Fact]
    [Conforms("protocol", 130)]
    [Conforms("stratum1", 82)]
    public async Task Head_is_get_without_the_body()
    {
        await using var server = await TestServer.StartAsync();
        string path = server.Root.WriteObject(new byte[100_000]);
        server.Root.Write("sw.example.org/.cvmfs_master_replica", []);

        var get = await server.GetAsync(Name + path);
        var head = await server.HeadAsync(Name + path);
        var sentinel = await server.HeadAsync(Name + ".cvmfs_master_replica");

        Assert.Equal(100_000, get.Body.Length);
        Assert.Equal("100000", head["Content-Length"]);
        Assert.Empty(head.Body);
        Assert.Equal(
            get.Headers.SelectMany(header => header.Select(value => (header.Key, value))).Where(h => h.Key != "Date"),
            head.Headers.SelectMany(header => header.Select(value => (header.Key, value))).Where(h => h.Key != "Date"));
        Assert.Equal((200, "0"), (sentinel.Status, sentinel["Content-Length"]));
    }

    [Fact]
    public async Task Large_objects_arrive_whole_whatever_the_piece_size()
    {
        await using var server = await TestServer.StartAsync(options => options.PieceBytes = 4096);
        byte[] content = new byte[1_000_003];
        new Random(7).NextBytes(content);
        server.Root.Write("sw.example.org/" + Object, content);

        Assert.Equal(content, (await server.GetAsync(Name + Object)).Body);
        Assert.Equal(content[5000..900_001], (await server.GetAsync(Name + Object, "Range: bytes=5000-900000")).Body);
    }

    [Fact]
    public async Task An_alternative_name_is_the_object_it_names()
    {
        await using var server = await TestServer.StartAsync();
        server.Root.Write("sw.example.org/" + Object + "-rmd160X", "certificate"u8);

        var answer = await server.GetAsync(Name + ".cvmfsalt-5c6a8f9a9c5d6f7e8091a2b3c4d5e6f708192a3b-rmd160X");

        Assert.Equal((200, "certificate"), (answer.Status, Encoding.ASCII.GetString(answer.Body)));
        Assert.Equal("application/x-cvmfs", answer["Content-Type"]);
        Assert.Equal("public, max-age=61", answer["Cache-Control"]);
    }

    [Fact]
    public async Task A_link_in_a_files_place_is_not_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "making links needs rights there");
        await using var server = await TestServer.StartAsync();
        string secret = server.Root.Write("secret", "secret"u8);
        server.Root.Write("sw.example.org/data/5c/keep", []);
        File.CreateSymbolicLink(server.Root.Combine("sw.example.org/" + Object), secret);
        File.CreateSymbolicLink(server.Root.Combine("sw.example.org/.cvmfspublished"), secret);
        Directory.CreateDirectory(server.Root.Combine("sw.example.org/.cvmfsfolder"));

        Assert.Equal(404, (await server.GetAsync(Name + Object)).Status);
        Assert.Equal(404, (await server.GetAsync(Name + ".cvmfspublished")).Status);
        Assert.Equal(404, (await server.GetAsync(Name + ".cvmfsfolder")).Status);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("NONSENSE")]
    public async Task Only_reading_is_offered(string method)
    {
        await using var server = await TestServer.StartAsync();
        server.Root.Write("sw.example.org/" + Object, "x"u8);
        var answer = await server.SendAsync(method, Name + Object);
        Assert.Equal((405, "GET, HEAD"), (answer.Status, answer["Allow"]));
        Assert.True(File.Exists(server.Root.Combine("sw.example.org/" + Object)));
    }

    [Fact]
    public async Task Many_requests_on_one_connection_are_answered_in_order()
    {
        await using var server = await TestServer.StartAsync();
        var requests = new StringBuilder();
        for (int i = 0; i < 50; i++)
        {
            server.Root.Write($"sw.example.org/data/{i:x2}/6a8f9a9c5d6f7e8091a2b3c4d5e6f708192a3b", Encoding.ASCII.GetBytes($"[{i}]"));
            requests.Append($"GET {Name}data/{i:x2}/6a8f9a9c5d6f7e8091a2b3c4d5e6f708192a3b HTTP/1.1\r\nHost: x\r\n{(i == 49 ? "Connection: close\r\n" : "")}\r\n");
        }

        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(server.EndPoint, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(requests.ToString()), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        string all = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);

        int at = 0;
        for (int i = 0; i < 50; i++) Assert.True((at = all.IndexOf($"[{i}]", at, StringComparison.Ordinal)) > 0, $"answer {i} is missing or out of order");
    }
}
