using System.Text;

namespace Cvmfs.Net.Server.Tests.Objects;

public sealed class RangeTests
{
    private static readonly string Object = ServedFolder.PathOf("0123456789"u8);
    private static readonly string Target = "/cvmfs/sw.example.org/" + Object;

    [Theory]
    [InlineData("bytes=0-0", "0", "bytes 0-0/10")]
    [InlineData("bytes=2-4", "234", "bytes 2-4/10")]
    [InlineData("bytes=7-", "789", "bytes 7-9/10")]
    [InlineData("bytes=7-99", "789", "bytes 7-9/10")]
    [InlineData("bytes=0-99999999999999999999999", "0123456789", "bytes 0-9/10")]
    [InlineData("bytes=-3", "789", "bytes 7-9/10")]
    [InlineData("bytes=-99", "0123456789", "bytes 0-9/10")]
    [InlineData("Bytes=1-2", "12", "bytes 1-2/10")]
    public async Task Sends_one_range(string range, string expected, string contentRange)
    {
        await using var server = await TestServer.StartAsync();
        server.Root.Write("sw.example.org/" + Object, "0123456789"u8);

        var get = await server.GetAsync(Target, "Range: " + range);
        var head = await server.HeadAsync(Target, "Range: " + range);

        Assert.Equal((206, expected, contentRange), (get.Status, Encoding.ASCII.GetString(get.Body), get["Content-Range"]));
        Assert.Equal((206, get["Content-Length"], contentRange), (head.Status, head["Content-Length"], head["Content-Range"]));
    }

    [Theory]
    [InlineData("bytes=10-")]
    [InlineData("bytes=10-12")]
    [InlineData("bytes=99999999999999999999999-")]
    [InlineData("bytes=-0")]
    public async Task Says_416_and_the_size_for_a_range_behind_the_end(string range)
    {
        await using var server = await TestServer.StartAsync();
        server.Root.Write("sw.example.org/" + Object, "0123456789"u8);
        var answer = await server.GetAsync(Target, "Range: " + range);
        Assert.Equal((416, "bytes */10"), (answer.Status, answer["Content-Range"]));
        Assert.Empty(answer.Body);
    }

    [Theory]
    [InlineData("bytes=0-1,4-5")]
    [InlineData("bytes=5-2")]
    [InlineData("bytes=a-b")]
    [InlineData("bytes=-")]
    [InlineData("bytes=1")]
    [InlineData("bytes=")]
    [InlineData("bytes=+1-2")]
    [InlineData("bytes=1-2-3")]
    [InlineData("lines=1-2")]
    public async Task Sends_the_whole_file_for_a_range_header_it_need_not_understand(string range)
    {
        await using var server = await TestServer.StartAsync();
        server.Root.Write("sw.example.org/" + Object, "0123456789"u8);
        var answer = await server.GetAsync(Target, "Range: " + range);
        Assert.Equal((200, "0123456789"), (answer.Status, Encoding.ASCII.GetString(answer.Body)));
    }

    [Fact]
    public async Task A_conditional_range_gets_the_whole_file()
    {
        await using var server = await TestServer.StartAsync();
        server.Root.Write("sw.example.org/" + Object, "0123456789"u8);
        var answer = await server.GetAsync(Target, "Range: bytes=2-4", "If-Range: \"tag\"");
        Assert.Equal((200, "0123456789"), (answer.Status, Encoding.ASCII.GetString(answer.Body)));
    }

    [Fact]
    public async Task An_empty_file_has_no_range()
    {
        await using var server = await TestServer.StartAsync();
        string target = "/cvmfs/sw.example.org/" + server.Root.WriteObject([]);
        Assert.Equal(200, (await server.GetAsync(target)).Status);
        Assert.Equal(416, (await server.GetAsync(target, "Range: bytes=0-")).Status);
        Assert.Equal(416, (await server.GetAsync(target, "Range: bytes=-5")).Status);
    }
}
