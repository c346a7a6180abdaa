using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests;

public sealed class ProxyStorageTests
{
    [Fact, Conforms("proxy", 98)]
    public async Task A_store_that_cannot_take_an_object_is_no_error_for_the_client()
    {
        byte[] content = new byte[5 << 20];
        new Random(3).NextBytes(content);
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Serve(content);
        await using var proxy = await RunningProxy.StartAsync(static options => options.Storage.Folders.Clear());

        Assert.Equal(content, await proxy.Client.GetByteArrayAsync(UrlOf(upstream, content)));
        Assert.Equal(content, await proxy.Client.GetByteArrayAsync(UrlOf(upstream, content)));
        Assert.Equal(2, upstream.Seen.Count);
    }

    [Fact, Conforms("proxy", 81)]
    public async Task A_client_that_saw_bad_bytes_makes_the_stored_object_be_checked_and_not_be_fetched()
    {
        byte[] content = [1, 2, 3];
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Serve(content);
        await using var proxy = await RunningProxy.StartAsync();
        await proxy.Client.GetByteArrayAsync(UrlOf(upstream, content));

        using var request = new HttpRequestMessage(HttpMethod.Get, UrlOf(upstream, content)) { Headers = { { "Cache-Control", "no-cache" }, { "Pragma", "no-cache" } } };
        using var response = await proxy.Client.SendAsync(request);
        Assert.Equal(content, await response.Content.ReadAsByteArrayAsync());
        Assert.Single(upstream.Seen);
    }

    private static string UrlOf(ScriptedUpstream upstream, byte[] bytes)
        => $"{upstream.Url}cvmfs/a.example.org/{ObjectPath.Of(ScriptedUpstream.KeyOf(bytes))}";
}
