using Cvmfs.Net.Cli.Replicas;
using Cvmfs.Net.Replication;

namespace Cvmfs.Net.Cli.Tests.Replicas;

public sealed class SnapshotProgressTextTests
{
    private readonly SnapshotProgressText _text = new();

    [Fact]
    public void While_catalogs_wait_the_total_is_a_least_and_no_time_is_promised()
    {
        Report(0, done: 0, known: 100, waiting: 3);
        Report(5, done: 50, known: 400, waiting: 2);
        string text = _text.Describe(default);
        Assert.Contains("50 of at least 400 objects", text, StringComparison.Ordinal);
        Assert.Contains("2 waiting", text, StringComparison.Ordinal);
        Assert.DoesNotContain("to go", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Once_all_is_known_the_time_to_go_follows_the_latest_rate()
    {
        Report(0, done: 0, known: 4000, waiting: 0);
        for (int second = 1; second <= 40; second++) Report(second, done: second <= 20 ? second : 20 + (second - 20) * 100, known: 4000, waiting: 0);
        string text = _text.Describe(default);
        Assert.Contains("2,020 of 4,000 objects", text, StringComparison.Ordinal);
        Assert.Contains("20 s to go", text, StringComparison.Ordinal); // 1,980 left at 100/s; over the whole run it would be 39 s
    }

    [Fact]
    public void Other_phases_are_named()
    {
        Assert.Equal("verifying", _text.Describe(default));
        _text.Report(new SnapshotProgress(SnapshotPhase.Publishing, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, default));
        Assert.Equal("publishing revision 7", _text.Describe(default));
    }

    private void Report(int second, long done, long known, long waiting) => _text.Report(new SnapshotProgress(
        SnapshotPhase.Transferring, 7, 1, 1, waiting, done, 0, 0, known, done, done * 1000, 0, TimeSpan.FromSeconds(second)));
}
