using System.Text.Json;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Cli.Tests.Replicas;

public sealed class SnapshotReportJsonTests
{
    [Fact]
    public async Task The_report_says_what_was_done_how_long_it_took_and_what_went_wrong()
    {
        using var upstream = await new RepositoryBuilder().Nested("/a").Files("/a", 12).BuildAsync();
        await using var stratum = await FakeStratum.StartAsync();
        stratum.MountRepository(upstream.Name.ToString(), upstream.Path);
        var victim = upstream.KeyOf("/a/0003");
        string path = Cvmfs.Net.Objects.ObjectPath.Of(victim);
        stratum.Fail(path, Fault.Status(404));
        stratum.Fail(Cvmfs.Net.Objects.ObjectPath.Of(upstream.KeyOf("/a/0004")), Fault.Status(503), times: 1);
        using var storage = new TempFolder();
        string key = storage.Write("key.pub", System.Text.Encoding.ASCII.GetBytes(upstream.Keys.Publisher.MasterPublicKeyPem));

        var run = await CliRun.RunAsync(
            "replica", "snapshot", "--upstream", stratum.UrlOf(upstream.Name.ToString()).ToString(), "-k", key, "--storage", storage.Combine("replica"), "--json");

        using var report = JsonDocument.Parse(run.Expect(7).Output);
        var root = report.RootElement;
        Assert.Equal("incomplete", root.GetProperty("outcome").GetString());
        Assert.Equal(7, root.GetProperty("exit_code").GetInt32());
        Assert.Equal(stratum.UrlOf(upstream.Name.ToString()).ToString(), root.GetProperty("upstream").GetString());
        Assert.Equal(1, root.GetProperty("upstream_revision").GetInt32());
        Assert.False(root.TryGetProperty("revision", out _)); // nothing is served
        Assert.Equal(1, root.GetProperty("failure_count").GetInt32());
        Assert.Equal(1, root.GetProperty("failures_by_reason").GetProperty("missing").GetInt32());
        var failure = Assert.Single(root.GetProperty("failures").EnumerateArray());
        Assert.Equal(victim.ToString(), failure.GetProperty("object").GetString());
        Assert.EndsWith(path, failure.GetProperty("url").GetString(), StringComparison.Ordinal);
        Assert.Equal(1, root.GetProperty("repetitions").GetProperty("server_error").GetInt32());
        var slowest = root.GetProperty("slowest").EnumerateArray().Select(slow => slow.GetProperty("seconds").GetDouble()).ToList();
        Assert.Equal(10, slowest.Count);
        Assert.Equal(slowest.OrderDescending(), slowest);
        var phases = root.GetProperty("phases");
        double sum = phases.EnumerateObject().Sum(phase => phase.Value.GetDouble());
        Assert.Equal(root.GetProperty("duration_seconds").GetDouble(), sum, 3);
    }
}
