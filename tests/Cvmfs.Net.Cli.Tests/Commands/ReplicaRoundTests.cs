using System.Text.Json;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Cli.Tests.Commands;

/// <summary>What cron starts: gc and check of all replicas of a host.</summary>
public sealed class ReplicaRoundTests
{
    private const string Name = "test.example.org";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Conforms("stratum1", 94)]
    public async Task Collections_of_all_are_logged_and_a_failure_is_no_news_for_cron_unless_asked_for()
    {
        using var host = new ManagedHost();
        using var upstream = await new RepositoryBuilder().GarbageCollectable().File("/f", "x").BuildAsync();
        await AddAsync(host, upstream, "sound", "damaged", "resting");
        await BreakAsync(host, upstream);
        await File.AppendAllTextAsync(host.Folder.Combine("etc/repositories.d/resting/replica.conf"), "CVMFS_REPLICA_ACTIVE=no\n", Token);
        host.Folder.Write("srv/damaged/.cvmfswhitelist", "nobody signed this"u8);

        string log = host.Folder.Combine("log");
        var run = (await host.RunAsync("gc", "-a", "-f", "--log-dir", log)).Expect(0);
        Assert.Contains("sound: ", run.Error, StringComparison.Ordinal);
        string[] lines = await File.ReadAllLinesAsync(Path.Combine(log, "gc.log"), Token);
        AssertFrame(lines, "sound", fails: false, "gc");
        AssertFrame(lines, "damaged", fails: true, "gc");
        Assert.Contains("line 11", string.Join('\n', AssertFrame(lines, "unusable", fails: true, "gc")), StringComparison.Ordinal);
        Assert.DoesNotContain(lines, line => line.Contains("resting", StringComparison.Ordinal));

        (await host.RunAsync("gc", "-a", "-f", "--strict", "--log-dir", log)).Expect(1);
        Assert.Equal(2, File.ReadLines(Path.Combine(log, "gc.log")).Count(line => line.StartsWith("Starting sound at ", StringComparison.Ordinal)));
        (await host.RunAsync("gc", "-f", "damaged")).Expect(3); // by name the code says what happened
        Directory.Delete(host.Folder.Combine("etc/repositories.d/unusable"), recursive: true);
        (await host.RunAsync("gc", "-a", "-f", "--strict", "--log-dir", log)).Expect(3);
    }

    [Fact]
    [Conforms("stratum1", 94)]
    public async Task Checks_of_all_are_logged_with_their_findings_and_recorded()
    {
        using var host = new ManagedHost();
        using var upstream = await new RepositoryBuilder().RandomFile("/f", 5000, seed: 1).BuildAsync();
        await AddAsync(host, upstream, "sound", "damaged");
        await BreakAsync(host, upstream);
        string lost = Directory.EnumerateFiles(host.Folder.Combine("srv/damaged/data"), "*", SearchOption.AllDirectories)
            .First(file => !file.EndsWith('C') && !file.EndsWith('X') && new FileInfo(file).Length > 4000);
        File.Delete(lost);

        string log = host.Folder.Combine("log");
        var run = (await host.RunAsync("check", "-a", "--log-dir", log)).Expect(0);
        string[] lines = await File.ReadAllLinesAsync(Path.Combine(log, "checks.log"), Token);
        AssertFrame(lines, "sound", fails: false, "check");
        AssertFrame(lines, "unusable", fails: true, "check");
        string[] damaged = AssertFrame(lines, "damaged", fails: true, "check");
        Assert.NotEmpty(run.Lines);
        Assert.All(run.Lines, line => Assert.Contains(line, damaged));
        Assert.Contains("/f", string.Join('\n', damaged), StringComparison.Ordinal);
        using (var status = JsonDocument.Parse(host.Read("srv/damaged/.cvmfs_status.json"))) Assert.Equal("failed", status.RootElement.GetProperty("check_status").GetString());

        (await host.RunAsync("check", "-a", "--log-dir", log)).Expect(0); // checked a moment ago: not due
        Assert.Equal(1, File.ReadLines(Path.Combine(log, "checks.log")).Count(line => line.StartsWith("Starting sound at ", StringComparison.Ordinal)));
        Directory.Delete(host.Folder.Combine("etc/repositories.d/unusable"), recursive: true);
        (await host.RunAsync("check", "-a", "--now", "--strict", "--log-dir", log)).Expect(1);
        (await host.RunAsync("check", "damaged")).Expect(1);
    }

    [Fact]
    public async Task Nothing_is_begun_that_cannot_be_logged()
    {
        using var host = new ManagedHost();
        using var upstream = await new RepositoryBuilder().GarbageCollectable().File("/f", "x").BuildAsync();
        await AddAsync(host, upstream, "sound");
        string file = host.Folder.Write("in the way", "x"u8);
        Assert.DoesNotContain("sound", (await host.RunAsync("gc", "-a", "-f", "--log-dir", file)).Expect(6).Error, StringComparison.Ordinal);
        (await host.RunAsync("gc", "-a", "-f", "--log-dir", "")).Expect(0);
        Assert.DoesNotContain("gc.log", string.Join(' ', host.Folder.Files()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_reference_s_tools_would_stumble_over_is_warned_of()
    {
        using var host = new ManagedHost();
        using var upstream = await new RepositoryBuilder(Name).BuildAsync();
        await using var stratum = await FakeStratum.StartAsync();
        stratum.MountRepository(Name, upstream.Path);
        string url = stratum.UrlOf(Name).ToString();
        Assert.DoesNotContain("several addresses", (await host.RunAsync("add", url, host.Key(upstream), "-n", "one")).Expect(0).Error, StringComparison.Ordinal);
        Assert.Contains("several addresses", (await host.RunAsync("add", $"{url},{url}", host.Key(upstream), "-n", "two")).Expect(0).Error, StringComparison.Ordinal);
        Assert.Single((await host.RunAsync("import-config")).Expect(0).Error.Split('\n'), line => line.Contains("several addresses", StringComparison.Ordinal));

        Assert.DoesNotContain("belong to", (await host.RunAsync("snapshot", "one")).Expect(0).Error, StringComparison.Ordinal);
        await File.AppendAllTextAsync(host.Folder.Combine("etc/repositories.d/one/server.conf"), "CVMFS_USER=somebody-else\n", Token);
        Assert.Contains("the files belong to somebody-else", (await host.RunAsync("snapshot", "one")).Expect(0).Error, StringComparison.Ordinal);
        Assert.Contains("the files belong to somebody-else", (await host.RunAsync(["snapshot", "-a", .. host.Logs])).Expect(0).Error, StringComparison.Ordinal);
    }

    private static async Task AddAsync(ManagedHost host, BuiltRepository upstream, params string[] aliases)
    {
        foreach (string alias in aliases)
        {
            (await host.AddAsync(upstream, "-n", alias)).Expect(0);
            (await host.RunAsync("snapshot", alias)).Expect(0);
        }
    }

    /// <summary>A replica whose files cannot be used.</summary>
    private static async Task BreakAsync(ManagedHost host, BuiltRepository upstream)
    {
        (await host.AddAsync(upstream, "-n", "unusable")).Expect(0);
        await File.AppendAllTextAsync(host.Folder.Combine("etc/repositories.d/unusable/server.conf"), "CVMFS_STRATUM0=$(upstream)\n", Token);
    }

    /// <summary>The lines between Starting and Finished.</summary>
    private static string[] AssertFrame(string[] lines, string alias, bool fails, string command)
    {
        int start = Array.FindIndex(lines, line => line.StartsWith($"Starting {alias} at ", StringComparison.Ordinal));
        int end = Array.FindIndex(lines, line => line.StartsWith($"Finished {alias} at ", StringComparison.Ordinal));
        Assert.True(start >= 0 && end > start + 1, $"no frame of {alias}");
        string[] frame = lines[(start + 1)..end];
        Assert.Equal(fails, frame.Contains($"ERROR from cvmfs_server {command}!"));
        return frame;
    }
}
