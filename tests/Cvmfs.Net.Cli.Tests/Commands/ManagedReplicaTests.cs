using System.Text.Json;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Cli.Tests.Commands;

public sealed class ManagedReplicaTests
{
    private const string Name = "test.example.org";

    [Fact]
    [Conforms("stratum1", 94)]
    public async Task A_replica_lives_from_add_to_remove()
    {
        using var host = new ManagedHost();
        using var upstream = await new RepositoryBuilder().File("/f", "x").BuildAsync();
        Assert.Contains("replica snapshot", (await host.AddAsync(upstream)).Expect(0).Error, StringComparison.Ordinal);
        Assert.Contains("nothing to do", (await host.AddAsync(upstream)).Expect(0).Error, StringComparison.Ordinal);
        Assert.Contains("CVMFS_SNAPSHOT_GROUP", (await host.AddAsync(upstream, "-g", "night")).Expect(1).Error, StringComparison.Ordinal);
        Assert.Equal($"{Name} (stratum1 / local)\n", (await host.RunAsync("list")).Expect(0).Output);
        Assert.Contains("none yet", (await host.RunAsync("status", Name)).Expect(0).Output, StringComparison.Ordinal);

        (await host.RunAsync("snapshot", "test.*")).Expect(0);
        using (var status = JsonDocument.Parse((await host.RunAsync("status", Name, "--json")).Expect(0).Output))
        {
            Assert.Equal(upstream.Manifest.Revision, status.RootElement.GetProperty("revision").GetUInt64());
            var setting = status.RootElement.GetProperty("settings").GetProperty("CVMFS_NUM_WORKERS");
            Assert.Equal(("16", 2), (setting.GetProperty("value").GetString(), setting.GetProperty("line").GetInt32()));
            Assert.EndsWith("replica.conf", setting.GetProperty("file").GetString(), StringComparison.Ordinal);
        }

        Assert.Contains("--force", (await host.RunAsync("remove", Name)).Expect(2).Error, StringComparison.Ordinal);
        (await host.RunAsync("remove", "-f", Name)).Expect(0);
        Assert.Empty((await host.RunAsync("list")).Expect(0).Output);
        Assert.Equal(["keys/key.pub", "srv/info/v1/meta.json", "srv/info/v1/repositories.json"], host.Folder.Files());
    }

    [Fact]
    [Conforms("stratum1", 63)]
    public async Task All_takes_the_active_ones_of_a_group_logs_and_goes_on_after_failures()
    {
        using var host = new ManagedHost();
        using var upstream = await new RepositoryBuilder().BuildAsync();
        (await host.AddAsync(upstream, "-n", "plain")).Expect(0);
        (await host.AddAsync(upstream, "-n", "grouped", "-g", "night")).Expect(0);
        (await host.AddAsync(upstream, "-n", "resting")).Expect(0);
        await File.AppendAllTextAsync(host.Folder.Combine("etc/repositories.d/resting/replica.conf"), "CVMFS_REPLICA_ACTIVE=no\n", TestContext.Current.CancellationToken);
        (await host.AddAsync(upstream, "-n", "broken")).Expect(0);
        await File.AppendAllTextAsync(host.Folder.Combine("etc/repositories.d/broken/server.conf"), "CVMFS_STRATUM0=$(upstream)\n", TestContext.Current.CancellationToken);

        Assert.DoesNotContain("plain", (await host.RunAsync(["snapshot", "-a", "-i", "-n", .. host.Logs])).Expect(0).Error, StringComparison.Ordinal);
        var run = (await host.RunAsync(["snapshot", "-a", "--json", .. host.Logs])).Expect(0);
        Assert.Equal(Name, JsonDocument.Parse(Assert.Single(run.Lines)).RootElement.GetProperty("repository").GetString());
        Assert.Contains("line 11", run.Error, StringComparison.Ordinal);
        string[] log = host.Read("log/snapshots.log").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Single(log, line => line.StartsWith("Starting plain at ", StringComparison.Ordinal));
        Assert.Single(log, line => line.StartsWith("Finished plain at ", StringComparison.Ordinal));
        Assert.Contains("ERROR from cvmfs_server snapshot!", log);
        Assert.DoesNotContain(log, line => line.Contains("grouped", StringComparison.Ordinal) || line.Contains("resting", StringComparison.Ordinal));

        (await host.RunAsync(["snapshot", "-a", "--strict", .. host.Logs])).Expect(1);
        (await host.RunAsync(["snapshot", "-a", "-g", "night", "-s", .. host.Logs])).Expect(0);
        Assert.StartsWith("Starting grouped at ", host.Read("log/grouped.log"), StringComparison.Ordinal);
        (await host.RunAsync("snapshot", "resting")).Expect(0); // by name it counts, active or not
    }

    [Theory]
    [InlineData("Which", "snapshot")]
    [InlineData("What", "snapshot")]
    [InlineData("belongs to --all", "snapshot", "x", "-i")]
    [InlineData("folder of its own", "snapshot", "x", "--bandwidth", "1MB")]
    [InlineData("exclude each other", "snapshot", "x", "--all")]
    [InlineData("there is no replica x", "status", "x")]
    [InlineData("belongs to --all", "gc", "x", "-f", "--strict")]
    [InlineData("belongs to --all", "check", "x", "--strict")]
    [InlineData("-r and -t", "gc", "x", "-f", "-r", "1", "-t", "yesterday")]
    [InlineData("is no date", "gc", "x", "-f", "-t", "soon")]
    [InlineData("Nobody is there", "gc", "x")]
    [InlineData("give one", "gc", "x", "-f", "--storage", "y")]
    [InlineData("S3", "add", "http://h/cvmfs/x.org", "k", "-s", "s3.conf")]
    [InlineData("takes no keys", "add", "http://h/cvmfs/x.org", "k", "-P")]
    [InlineData("Stratum 0", "resign", "x.org")]
    [InlineData("publish commit", "transaction", "x.org")]
    public async Task What_makes_no_sense_is_refused_with_a_way_out(string expected, params string[] args)
    {
        using var host = new ManagedHost();
        var run = args is ["resign" or "transaction", ..] ? await CliRun.RunAsync(["replica", .. args]) : await host.RunAsync(args);
        if (expected != "Which") Assert.Contains(expected, run.Expect(2).Error, StringComparison.Ordinal);
        else run.Expect(2);
    }

    [Fact]
    public async Task A_pass_through_replica_is_listed_and_skipped()
    {
        using var host = new ManagedHost();
        using var upstream = await new RepositoryBuilder().BuildAsync();
        (await host.RunAsync("add", upstream.Path, "--pass-through")).Expect(0);
        Assert.Equal($"{Name} (stratum1 / pass-through)\n", (await host.RunAsync("list")).Output);
        Assert.Contains("passed through", (await host.RunAsync("snapshot", Name)).Expect(0).Error, StringComparison.Ordinal);
        (await host.RunAsync("gc", "-f", Name)).Expect(0);
        Assert.Contains("\"pass-through\"", host.Read("srv/info/v1/repositories.json"), StringComparison.Ordinal);
    }

    [Fact]
    [Conforms("stratum1", 95)]
    public async Task Update_info_writes_what_the_configuration_says()
    {
        using var host = new ManagedHost();
        using var upstream = await new RepositoryBuilder().BuildAsync();
        (await host.AddAsync(upstream, "-n", "copy")).Expect(0);
        File.Delete(host.Folder.Combine("srv/info/v1/repositories.json"));
        (await host.RunAsync("update-info")).Expect(0);
        using var info = JsonDocument.Parse(host.Read("srv/info/v1/repositories.json"));
        var replica = info.RootElement.GetProperty("replicas")[0];
        Assert.Equal((Name, "copy", "/cvmfs/copy"), (replica.GetProperty("name").GetString(), replica.GetProperty("alias").GetString(), replica.GetProperty("url").GetString()));
    }

    [Fact]
    public async Task A_replica_of_the_reference_s_layout_can_be_adopted_and_what_is_in_the_way_is_said()
    {
        using var host = new ManagedHost();
        using var upstream = await new RepositoryBuilder().BuildAsync();
        (await host.AddAsync(upstream)).Expect(0);
        (await host.RunAsync("snapshot", Name)).Expect(0);
        var before = host.Folder.Files().Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)).ToList();
        var adopted = (await host.RunAsync("adopt", "--no-check", Name)).Expect(0);
        Assert.Contains("can be taken over as it is", adopted.Output, StringComparison.Ordinal);
        foreach (string good in (string[])["configuration", "keys", "storage", "permissions", "locks", "manifest", "reflog"]) Assert.Contains(adopted.Lines, line => line.StartsWith("ok", StringComparison.Ordinal) && line.Contains(good, StringComparison.Ordinal));
        Assert.Equal(before, host.Folder.Files().Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)));

        await File.WriteAllTextAsync(host.Folder.Combine($"spool/{Name}/reflog.chksum"), new string('1', 40), TestContext.Current.CancellationToken);
        Assert.Contains("does not match its checksum", (await host.RunAsync("adopt", "--no-check", Name)).Expect(0).Output, StringComparison.Ordinal);
        await File.AppendAllTextAsync(host.Folder.Combine($"srv/{Name}/.cvmfspublished"), "x", TestContext.Current.CancellationToken);
        using var broken = JsonDocument.Parse((await host.RunAsync("adopt", "--no-check", "--json", Name)).Expect(1).Output);
        Assert.False(broken.RootElement.GetProperty("ready").GetBoolean());
        Assert.Contains(broken.RootElement.GetProperty("findings").EnumerateArray(), one => (one.GetProperty("subject").GetString(), one.GetProperty("level").GetString()) == ("manifest", "obstacle"));
    }

    [Fact]
    public async Task Import_says_what_became_of_every_parameter()
    {
        using var host = new ManagedHost();
        using var upstream = await new RepositoryBuilder().BuildAsync();
        (await host.AddAsync(upstream, "-z", "-g", "night")).Expect(0);
        host.Folder.Write("etc/server.local", "CVMFS_MAX_PARALLEL_SNAPSHOTS=3\nCVMFS_GEO_LICENSE_KEY=secret\nCVMFS_OURS=1\nCVMFS_AUTO_GC_LAPSE='2 days ago'\n"u8);
        var run = (await host.RunAsync("import-config")).Expect(0);
        using var settings = JsonDocument.Parse(run.Output);
        var service = settings.RootElement.GetProperty("Stratum1");
        var replica = service.GetProperty("Replicas").GetProperty(Name);
        Assert.Equal((upstream.Path, "night", true, "3.00:00:00"), (replica.GetProperty("Upstream").GetString(), replica.GetProperty("Group").GetString(), replica.GetProperty("Collect").GetBoolean(), replica.GetProperty("KeepFor").GetString()));
        Assert.Equal((3, "2.00:00:00"), (service.GetProperty("Limits").GetProperty("MaxSnapshots").GetInt32(), service.GetProperty("Maintenance").GetProperty("CollectEvery").GetString()));
        Assert.DoesNotContain("secret", run.Output + run.Error, StringComparison.Ordinal);
        Assert.Contains("server.local, line 3): not used here", run.Error, StringComparison.Ordinal);
        string[] written = [.. File.ReadLines(host.Folder.Combine($"etc/repositories.d/{Name}/server.conf")).Where(line => line.StartsWith("CVMFS_", StringComparison.Ordinal)).Select(line => line[..line.IndexOf('=', StringComparison.Ordinal)])];
        foreach (string name in written) Assert.Contains($"  {name} (", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.Split('\n'), line => line.Contains("not used here", StringComparison.Ordinal));
    }

    [Fact]
    [Conforms("stratum1", 71)]
    public async Task Garbage_is_listed_in_a_dry_run_and_then_collected()
    {
        using var host = new ManagedHost();
        using var upstream = await new RepositoryBuilder().GarbageCollectable().RandomFile("/old", 5000, seed: 1).Revision().Remove("/old").RandomFile("/new", 5000, seed: 2).BuildAsync();
        upstream.RollBackTo(1);
        (await host.AddAsync(upstream)).Expect(0);
        (await host.RunAsync("snapshot", Name)).Expect(0);
        upstream.RollBackTo(2);
        (await host.RunAsync("snapshot", Name)).Expect(0);
        int Objects() => Directory.EnumerateFiles(host.Folder.Combine($"srv/{Name}/data"), "*", SearchOption.AllDirectories).Count();
        int before = Objects();

        string[] dry = (await host.RunAsync("gc", "-r", "0", "-l", "-d", Name)).Expect(0).Lines;
        Assert.NotEmpty(dry);
        Assert.Equal(before, Objects());
        var real = (await host.RunAsync("gc", "-f", "-r", "0", "-l", "-L", host.Folder.Combine("deleted"), Name)).Expect(0);
        Assert.Equal(dry.Order(), real.Lines.Order());
        Assert.Equal(before - dry.Length, Objects());
        Assert.StartsWith("# Garbage Collection started at", host.Read("deleted"), StringComparison.Ordinal);
        using var json = JsonDocument.Parse(Assert.Single((await host.RunAsync("gc", "-f", "--all", "--json", "--log-dir", "")).Expect(0).Lines));
        Assert.Equal("collected", json.RootElement.GetProperty("outcome").GetString());
        Assert.Contains("last_gc", (await host.RunAsync("status", Name, "--json")).Output, StringComparison.Ordinal);
        Assert.Contains("--force", (await host.RunAsync("gc", "-r", "0", Name)).Expect(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Garbage_is_collected_after_a_snapshot_where_the_configuration_says_so()
    {
        using var host = new ManagedHost();
        using var upstream = await new RepositoryBuilder().GarbageCollectable().File("/f", "x").BuildAsync();
        (await host.AddAsync(upstream, "-z")).Expect(0);
        (await host.RunAsync("snapshot", Name)).Expect(0);
        using (var status = JsonDocument.Parse((await host.RunAsync("status", Name, "--json")).Output)) Assert.True(status.RootElement.TryGetProperty("last_gc", out _));
        Assert.DoesNotContain("garbage", (await host.RunAsync("snapshot", Name)).Expect(0).Error, StringComparison.OrdinalIgnoreCase); // collected a moment ago: not due
    }
}
