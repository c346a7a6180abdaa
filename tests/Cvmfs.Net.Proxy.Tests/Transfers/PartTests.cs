using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Tests.Connections;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Transfers;

/// <summary>Parts of an object that is on its way.</summary>
public sealed class PartTests
{
    private static readonly byte[] Content = ScriptedUpstream.BytesOf(3 << 20, 20);

    private static readonly string Tag = $"\"{ScriptedUpstream.KeyOf(Content).Hash}\"";

    [Theory, Conforms("proxy", 74)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_part_is_sent_while_the_object_comes_but_for_its_end(bool throughPipeline)
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        var rest = new TaskCompletionSource();
        upstream.Answer = context => ScriptedUpstream.SendInHalvesAsync(context, Content, rest.Task);
        await using var proxy = await RunningProxy.StartAsync();
        int port = throughPipeline ? proxy.PipelinePort : proxy.Port;
        using var whole = await RawClient.ConnectAsync(port);
        await whole.SendAsync(Get(upstream));
        await whole.ReadHeadAsync();
        using var early = await RawClient.ConnectAsync(port);
        using var late = await RawClient.ConnectAsync(port);
        await early.SendAsync(Get(upstream, "Range: bytes=1000-200999\r\n"));
        await late.SendAsync(Get(upstream, "Range: bytes=-10\r\n"));
        string head = await early.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 206", head, StringComparison.Ordinal);
        Assert.Contains($"\r\nContent-Range: bytes 1000-200999/{Content.Length}\r\n", head, StringComparison.Ordinal);
        byte[] first = await early.ReadAsync(200_000 - (16 << 10)); // its end waits for the hash of all bytes
        rest.SetResult();
        Assert.Equal(Content[1000..201_000], (byte[])[.. first, .. await early.ReadAsync(16 << 10)]);
        var (lateHead, lateBody) = await late.ReadAnswerAsync();
        Assert.StartsWith("HTTP/1.1 206", lateHead, StringComparison.Ordinal);
        Assert.Equal(Content[^10..], lateBody);
        Assert.Equal(Content, await whole.ReadAsync(Content.Length));
        await early.SendAsync(Get(upstream, "Range: bytes=5-6\r\n")); // the connection goes on
        Assert.Equal(Content[5..7], (await early.ReadAnswerAsync()).Body);
        Assert.Single(upstream.Seen);
    }

    [Theory, Conforms("proxy", 74)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_has_the_object_or_asks_beyond_it_is_told_so_while_it_comes(bool throughPipeline)
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        var rest = new TaskCompletionSource();
        upstream.Answer = context => ScriptedUpstream.SendInHalvesAsync(context, Content, rest.Task);
        await using var proxy = await RunningProxy.StartAsync();
        using var client = await RawClient.ConnectAsync(throughPipeline ? proxy.PipelinePort : proxy.Port);
        await client.SendAsync(Get(upstream, $"If-None-Match: {Tag}\r\n"));
        Assert.StartsWith("HTTP/1.1 304", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await client.SendAsync(Get(upstream, $"Range: bytes={Content.Length}-\r\n"));
        string head = (await client.ReadAnswerAsync()).Head;
        Assert.StartsWith("HTTP/1.1 416", head, StringComparison.Ordinal);
        Assert.Contains($"\r\nContent-Range: bytes */{Content.Length}\r\n", head, StringComparison.Ordinal);
        rest.SetResult();
        await client.SendAsync(Get(upstream, "Range: bytes=0-1,4-5\r\n"));
        Assert.Equal(Content, (await client.ReadAnswerAsync()).Body);
        Assert.Single(upstream.Seen);
    }

    [Theory, Conforms("proxy", 78)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_part_of_wrong_bytes_never_ends(bool throughPipeline)
    {
        byte[] wrong = [.. Content];
        wrong[^1] ^= 1;
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Answer = context => ScriptedUpstream.SendAsync(context, wrong);
        await using var proxy = await RunningProxy.StartAsync();
        using var client = await RawClient.ConnectAsync(throughPipeline ? proxy.PipelinePort : proxy.Port);
        await client.SendAsync(Get(upstream, "Range: bytes=0-99999\r\n"));
        string head;
        try
        {
            head = await client.ReadHeadAsync();
        }
        catch (IOException)
        {
            return; // broken off before it was read
        }

        if (head.StartsWith("HTTP/1.1 502", StringComparison.Ordinal)) return; // found out before anything was shown
        Assert.StartsWith("HTTP/1.1 206", head, StringComparison.Ordinal);
        var (bytes, isBreak) = await client.ReadToEndAsync();
        Assert.True(isBreak && bytes < 100_000, $"{bytes} bytes, {(isBreak ? "a break" : "an end")}");
    }

    [Theory, Conforms("proxy", 98)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_a_store_the_whole_is_sent_instead_of_a_part(bool throughPipeline)
    {
        byte[] content = ScriptedUpstream.BytesOf(12 << 20, 21);
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Serve(content);
        await using var proxy = await RunningProxy.StartAsync(static options => options.Storage.Folders.Clear());
        using var client = await RawClient.ConnectAsync(throughPipeline ? proxy.PipelinePort : proxy.Port);
        await client.SendAsync(RawClient.Get(upstream.UrlOf(content), "Range: bytes=0-9\r\n"));
        var (head, body) = await client.ReadAnswerAsync();
        Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
        AssertSame(content, body);
    }

    private static string Get(ScriptedUpstream upstream, string more = "") => RawClient.Get(upstream.UrlOf(Content), more);

    private static void AssertSame(byte[] expected, byte[] actual) => Assert.True(expected.AsSpan().SequenceEqual(actual));
}
