using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Cli.Tests.Commands;

/// <summary>Real signals to a real process, with a transfer half done.</summary>
public sealed class ProxySignalTests : IDisposable
{
    private static readonly byte[] Content = Bytes();
    private static readonly string ObjectName = ObjectPath.Of(new ObjectKey(ContentHash.Compute(HashAlgorithmId.Sha1, Content)));

    private readonly TempFolder _folder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact, Conforms("proxy", 100), Conforms("proxy", 101)]
    public async Task It_reads_its_file_anew_begins_another_log_and_finishes_what_it_sends_before_it_ends()
    {
        if (!OperatingSystem.IsLinux()) return;
        await using var proxy = await ProxyProcess.StartAsync(_folder, Content);
        await using var transfer = await proxy.AskAsync(ObjectName);
        await proxy.WaitForMetricAsync("cvmfs_cacheproxy_settings_taken_total 0");
        await proxy.SignalAsync("HUP");
        await proxy.WaitForMetricAsync("cvmfs_cacheproxy_settings_taken_total 1");

        await proxy.StatusAsync("/one");
        await proxy.WaitForMetricAsync("cvmfs_cacheproxy_access_log_lines_total 1");
        File.Move(proxy.LogPath, proxy.LogPath + ".old");
        await proxy.SignalAsync("USR1"); // would end a process that does not take it
        await proxy.StatusAsync("/two");
        while (!File.Exists(proxy.LogPath)) await proxy.StatusAsync("/two");

        await proxy.SignalAsync("TERM");
        await proxy.WaitUntilClosedAsync();
        proxy.SendRest();
        byte[] got = new byte[Content.Length];
        await transfer.ReadExactlyAsync(got, Cancelled);
        Assert.Equal(Content, got);
        Assert.Equal(0, await transfer.ReadAsync(got, Cancelled));
        Assert.Equal(ExitCodes.Done, await proxy.WaitAsync());
        Assert.Contains("\"status\":200", await File.ReadAllTextAsync(proxy.LogPath, Cancelled), StringComparison.Ordinal);
        Assert.Contains("/one", await File.ReadAllTextAsync(proxy.LogPath + ".old", Cancelled), StringComparison.Ordinal);
    }

    [Fact, Conforms("proxy", 101)]
    public async Task The_time_for_an_end_cuts_off_what_is_left_and_sends_no_page_instead()
    {
        if (!OperatingSystem.IsLinux()) return;
        await using var proxy = await ProxyProcess.StartAsync(_folder, Content, drainTimeout: "1s");
        await using var transfer = await proxy.AskAsync(ObjectName);
        await proxy.SignalAsync("TERM");
        await EndsCutAsync(transfer);
        Assert.Equal(ExitCodes.Done, await proxy.WaitAsync());
    }

    [Fact, Conforms("proxy", 101)]
    public async Task A_second_signal_ends_it_at_once()
    {
        if (!OperatingSystem.IsLinux()) return;
        await using var proxy = await ProxyProcess.StartAsync(_folder, Content, drainTimeout: "10min");
        await using var transfer = await proxy.AskAsync(ObjectName);
        await proxy.SignalAsync("TERM");
        await proxy.WaitUntilClosedAsync();
        await proxy.SignalAsync("TERM");
        await EndsCutAsync(transfer);
        await proxy.WaitAsync();
        Assert.DoesNotContain("Unhandled", proxy.Errors, StringComparison.Ordinal);
    }

    /// <summary>Reads on: no more than what the server had sent, then a break or an end long before the announced one.</summary>
    private static async Task EndsCutAsync(Stream transfer)
    {
        using var got = new MemoryStream();
        try
        {
            await transfer.CopyToAsync(got, Cancelled);
        }
        catch (IOException)
        {
            // A break says it more clearly than an end.
        }

        Assert.InRange(got.Length, 0, Content.Length / 2);
        Assert.Equal(Content[..(int)got.Length], got.ToArray());
    }

    private static byte[] Bytes()
    {
        byte[] content = new byte[2 << 20];
        new Random(12).NextBytes(content);
        return content;
    }
}
