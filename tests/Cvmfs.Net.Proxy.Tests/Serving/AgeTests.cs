using System.Globalization;
using Cvmfs.Net.Proxy.Storage;
using Cvmfs.Net.Proxy.Tests.Connections;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Serving;

/// <summary>How old objects are, by their own account: RFC 9111 §5.1.</summary>
public sealed class AgeTests
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(100);

    [Theory]
    [InlineData(2_000, true)]
    [InlineData(2_000, false)]
    [InlineData(100_000, true)]
    [InlineData(3 << 20, true)]
    [InlineData(3 << 20, false)]
    public async Task An_object_grows_older_where_it_is_kept_and_over_restarts_and_never_younger_than_its_server_said(int length, bool usesLoops)
    {
        byte[] content = ScriptedUpstream.BytesOf(length, 4);
        var clock = new FakeClock();
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Answer = async context =>
        {
            context.Response.Headers.Date = clock.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);
            context.Response.Headers.Age = "7";
            await ScriptedUpstream.SendAsync(context, content);
        };
        using var folder = new TempFolder();
        for (int run = 0; run < 3; run++)
        {
            await using var proxy = await RunningProxy.StartAsync(clock: clock, cacheFolder: folder.Path, loopClock: clock);
            foreach (string more in (string[])["", "Range: bytes=0-9\r\n", $"If-None-Match: \"{ScriptedUpstream.KeyOf(content).Hash}\"\r\n"])
            {
                using var client = await RawClient.ConnectAsync(usesLoops ? proxy.Port : proxy.PipelinePort);
                await client.SendAsync(RawClient.Get(upstream.UrlOf(content), more));
                Assert.Equal(7 + run * 100, AgeIn(await client.ReadHeadAsync()));
            }

            while (proxy.Proxy.Status().Transfers > 0) await Task.Yield();
            await proxy.Proxy.FlushAsync();
            if (run == 1) File.Delete(Directory.GetFiles(Path.Combine(folder.Path, "index")).Order().First()); // found without it as well
            clock.Advance(s_pause);
        }

        Assert.Single(upstream.Seen);
    }

    [Fact]
    public void A_clock_that_was_set_back_makes_nothing_younger_than_new()
    {
        var fetched = FetchTime.OfUnixTime(1_800_000_000);
        Assert.Equal([0, 0, 5], [fetched.AgeAt(1_799_999_000), fetched.AgeAt(1_800_000_000), fetched.AgeAt(1_800_000_005)]);
        Assert.Equal(0, default(FetchTime).AgeAt(1_800_000_000));
        Assert.Equal(uint.MaxValue - 1L, FetchTime.OfUnixTime(0).AgeAt(1_577_836_800L + uint.MaxValue));
    }

    private static int AgeIn(string head)
    {
        const string Name = "\r\nAge: ";
        int at = head.IndexOf(Name, StringComparison.OrdinalIgnoreCase);
        Assert.True(at > 0, head);
        return int.Parse(head.AsSpan(at + Name.Length, head.IndexOf('\r', at + Name.Length) - at - Name.Length), CultureInfo.InvariantCulture);
    }
}
