namespace SiteProxy.Tests;

public sealed class DemonstrationTests
{
    [Fact]
    public async Task It_goes_through_all_of_it_and_ends_by_itself()
    {
        await using var sample = SampleProcess.Start("--once");
        Assert.True(await sample.EndAsync() == 0, sample.Output);
        Assert.Contains("The server damages an object: refused", sample.Output, StringComparison.Ordinal);
        Assert.Contains("Hit ratio", sample.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_stays_up_until_it_is_told_to_end()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "signals");
        await using var sample = SampleProcess.Start();
        string clients = await sample.SaysAsync("CVMFS_HTTP_PROXY=");
        string admin = (await sample.SaysAsync("Operators: ")).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        await sample.SaysAsync("Ctrl-C ends");
        using var http = new HttpClient();
        Assert.Equal("ok\n", await http.GetStringAsync(admin + "healthz", TestContext.Current.CancellationToken));
        Assert.StartsWith("http://127.0.0.1:", clients.Split('=')[1], StringComparison.Ordinal);
        await sample.SignalAsync("TERM");
        Assert.Equal(0, await sample.EndAsync());
    }
}
