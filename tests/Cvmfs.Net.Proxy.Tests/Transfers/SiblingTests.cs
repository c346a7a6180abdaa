using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Proxy.Tests.Transfers;

/// <summary>What a sibling gave.</summary>
public sealed class SiblingTests
{
    [Theory]
    [InlineData(2000, true)]
    [InlineData(2000, false)]
    [InlineData(2_000_000, true)]
    [InlineData(2_000_000, false)]
    public async Task Is_kept_on_the_own_disk_unless_the_settings_say_otherwise(int length, bool keeps)
    {
        byte[][] contents = [.. Enumerable.Range(0, 32).Select(i => Enumerable.Repeat((byte)i, length).ToArray())];
        await using var upstream = await ScriptedUpstream.StartAsync(); // the servers and the sibling in one
        upstream.Serve(contents);
        await using var proxy = await RunningProxy.StartAsync(options =>
        {
            options.Upstream.Self = new Uri("http://127.0.0.1:1");
            options.Upstream.Siblings.Add(options.Upstream.Self);
            options.Upstream.Siblings.Add(upstream.Url);
            options.Upstream.KeepFromSiblings = keeps;
        });
        int own = 0;
        string? url = null;
        foreach (byte[] content in contents)
        {
            url = $"{upstream.Url}cvmfs/a.example.org/{ObjectPath.Of(ScriptedUpstream.KeyOf(content))}";
            Assert.Equal(content, await proxy.Client.GetByteArrayAsync(url, TestContext.Current.CancellationToken));
            if (upstream.Seen.Last().Headers.ContainsKey("X-CVMFS-Sibling")) break;
            own++;
        }

        while (proxy.Proxy.Status().Transfers > 0) await Task.Yield(); // the answer is out before the object is kept
        await proxy.Proxy.FlushAsync();
        Assert.True(own < contents.Length, "the sibling owns nothing");
        Assert.Equal(own + (keeps ? 1 : 0), proxy.Proxy.CachedObjects);
        await proxy.Client.GetByteArrayAsync(url, TestContext.Current.CancellationToken);
        Assert.Equal(own + (keeps || length < 64 << 10 ? 1 : 2), upstream.Seen.Count(static seen => seen.Method == "GET" && seen.Target.Contains("/data/", StringComparison.Ordinal)));
    }
}
