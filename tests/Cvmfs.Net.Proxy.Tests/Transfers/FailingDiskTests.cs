using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Tests.Connections;
using Cvmfs.Net.Proxy.Tests.Storage;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Transfers;

/// <summary>A disk that fails while clients read.</summary>
public sealed class FailingDiskTests
{
    [Theory, Conforms("proxy", 98)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_disk_that_fills_up_during_a_fetch_is_nothing_that_clients_see(bool throughPipeline)
    {
        byte[] content = Bytes(6 << 20);
        var files = new FailingFiles();
        await using var upstream = await ScriptedUpstream.StartAsync();
        var rest = new TaskCompletionSource();
        upstream.Answer = context => ScriptedUpstream.SendInHalvesAsync(context, content, rest.Task);
        await using var proxy = await RunningProxy.StartAsync(files: files);
        RawClient[] clients = [await RawClient.ConnectAsync(throughPipeline ? proxy.PipelinePort : proxy.Port), await RawClient.ConnectAsync(proxy.Port)];
        foreach (var client in clients)
        {
            await client.SendAsync(RawClient.Get(UrlOf(upstream, content)));
            await client.ReadHeadAsync();
        }

        byte[] first = await clients[0].ReadAsync(1 << 20); // from the file
        files.WriteFailure = static () => new IOException("No space left on device");
        rest.SetResult();
        var others = clients[1].ReadAsync(content.Length);
        byte[] second = await clients[0].ReadAsync(content.Length - first.Length);
        AssertSame(content, (byte[])[.. first, .. second]);
        AssertSame(content, await others);
        Assert.Equal(0, proxy.Proxy.CachedObjects);
        Assert.Single(upstream.Seen);
        foreach (var client in clients) client.Dispose();
    }

    [Theory, Conforms("proxy", 98)]
    [InlineData(true, 300_000)]
    [InlineData(false, 300_000)]
    [InlineData(true, 3 << 20)]
    [InlineData(false, 3 << 20)]
    public async Task A_file_that_became_shorter_is_a_break_and_the_next_answer_comes_from_the_server(bool throughPipeline, int length)
    {
        byte[] content = Bytes(length);
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Serve(content);
        using var folder = new TempFolder();
        await using var proxy = await RunningProxy.StartAsync(cacheFolder: folder.Path);
        int port = throughPipeline ? proxy.PipelinePort : proxy.Port;
        string request = RawClient.Get(UrlOf(upstream, content));
        AssertSame(content, await proxy.Client.GetByteArrayAsync(UrlOf(upstream, content), TestContext.Current.CancellationToken));
        while (proxy.Proxy.Status().Transfers > 0) await Task.Yield(); // the answer is out before the object is kept
        await proxy.Proxy.FlushAsync();
        foreach (string path in Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories).Where(path => new FileInfo(path).Length >= length))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            file.SetLength(length / 2);
        }

        using (var client = await RawClient.ConnectAsync(port))
        {
            await client.SendAsync(request);
            var (bytes, isBreak) = await client.ReadToEndAsync();
            Assert.True(isBreak && bytes < length, $"{bytes} bytes, {(isBreak ? "a break" : "an end")}");
        }

        using var again = await RawClient.ConnectAsync(port);
        await again.SendAsync(request);
        AssertSame(content, (await again.ReadAnswerAsync()).Body);
        Assert.Equal(2, upstream.Seen.Count);
    }

    private static void AssertSame(byte[] expected, byte[] actual) => Assert.True(expected.AsSpan().SequenceEqual(actual));

    private static string UrlOf(ScriptedUpstream upstream, byte[] bytes)
        => $"{upstream.Url}cvmfs/a.example.org/{ObjectPath.Of(ScriptedUpstream.KeyOf(bytes))}";

    private static byte[] Bytes(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }
}
