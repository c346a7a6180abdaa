using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Documents;

/// <summary>What a client says about how it wants a document, and redirections; through both doors.</summary>
public sealed class ClientWishesTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Only_if_cached_fetches_nothing(bool throughPipeline)
    {
        await using var upstream = await AnsweringAsync();
        await using var proxy = await RunningProxy.StartAsync();
        Assert.StartsWith("HTTP/1.1 504", await AskAsync("Cache-Control: only-if-cached\r\n"), StringComparison.Ordinal);
        Assert.Empty(upstream.Seen);
        Assert.StartsWith("HTTP/1.1 200", await AskAsync(""), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", await AskAsync("Cache-Control: only-if-cached\r\n"), StringComparison.Ordinal);
        Assert.Single(upstream.Seen);

        Task<string> AskAsync(string field) => SendAsync(proxy, upstream, field, throughPipeline);
    }

    [Theory, Conforms("proxy", 86)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Max_stale_takes_what_is_over_and_no_more_than_that(bool throughPipeline)
    {
        var clock = new FakeClock();
        await using var upstream = await AnsweringAsync();
        await using var proxy = await RunningProxy.StartAsync(clock: clock);
        await AskAsync("");
        clock.Advance(TimeSpan.FromSeconds(100)); // it lives for 61
        Assert.Contains("stale", await AskAsync("Cache-Control: max-stale=60\r\n"), StringComparison.Ordinal);
        Assert.Single(upstream.Seen);
        Assert.DoesNotContain("stale", await AskAsync("Cache-Control: max-stale=10\r\n"), StringComparison.Ordinal);
        Assert.Equal(2, upstream.Seen.Count);

        Task<string> AskAsync(string field) => SendAsync(proxy, upstream, field, throughPipeline);
    }

    [Theory]
    [InlineData(301, false)]
    [InlineData(301, true)]
    [InlineData(302, false)]
    [InlineData(302, true)]
    public async Task Redirections_are_passed_on_and_not_followed(int status, bool throughPipeline)
    {
        await using var upstream = await AnsweringAsync();
        upstream.Answer = context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = "http://169.254.169.254/latest";
            return Task.CompletedTask;
        };
        await using var proxy = await RunningProxy.StartAsync();
        string answer = await SendAsync(proxy, upstream, "", throughPipeline);
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nLocation: http://169.254.169.254/latest\r\n", answer, StringComparison.Ordinal);
        Assert.Single(upstream.Seen);
    }

    private static async Task<ScriptedUpstream> AnsweringAsync()
    {
        var upstream = await ScriptedUpstream.StartAsync();
        upstream.Answer = static context => ScriptedUpstream.SendAsync(context, "{}"u8.ToArray());
        return upstream;
    }

    private static Task<string> SendAsync(RunningProxy proxy, ScriptedUpstream upstream, string field, bool throughPipeline)
        => proxy.SendRawAsync($"GET {upstream.Url}cvmfs/a.example.org/.cvmfs_status.json HTTP/1.1\r\nHost: x\r\n{field}Connection: close\r\n\r\n", throughPipeline: throughPipeline);
}
