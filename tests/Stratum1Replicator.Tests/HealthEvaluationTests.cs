using Cvmfs.Net.Replication;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Trust;
using Stratum1Replicator.Configuration;
using Stratum1Replicator.Operation;

namespace Stratum1Replicator.Tests;

public sealed class HealthEvaluationTests
{
    [Theory]
    [InlineData(8 * 24, HealthLevel.Ok)]
    [InlineData(6 * 24, HealthLevel.Warning)]
    [InlineData(47, HealthLevel.Failed)]
    [InlineData(-1, HealthLevel.Failed)]
    [Conforms("stratum1", 97)]
    public async Task A_whitelist_is_warned_about_a_week_and_failed_two_days_before_its_end(int hoursLeft, object expected)
    {
        using var upstream = await new RepositoryBuilder().BuildAsync();
        upstream.ResignWhitelist(expires: upstream.Clock.GetUtcNow().AddHours(hoursLeft));
        await using var replica = Hosted(upstream);
        Assert.Equal((HealthLevel)expected, HealthEvaluation.LevelOf(HealthEvaluation.Of(replica, upstream.Clock.GetUtcNow())));
    }

    [Theory]
    [InlineData(7, HealthLevel.Ok)]
    [InlineData(8, HealthLevel.Warning)]
    [InlineData(24, HealthLevel.Failed)]
    public async Task A_snapshot_ages(int hours, object expected)
    {
        using var upstream = await new RepositoryBuilder().BuildAsync();
        var now = upstream.Clock.GetUtcNow();
        Status(upstream, $"\"last_snapshot\": \"{Date(now.AddHours(-hours))}\"");
        await using var replica = Hosted(upstream);
        Assert.Equal((HealthLevel)expected, HealthEvaluation.LevelOf(HealthEvaluation.Of(replica, now)));
    }

    [Fact]
    public async Task A_failed_check_and_old_garbage_are_warnings()
    {
        using var upstream = await new RepositoryBuilder().GarbageCollectable().BuildAsync();
        var now = upstream.Clock.GetUtcNow();
        Status(upstream, $"\"last_check\": \"{Date(now)}\", \"check_status\": \"failed\", \"last_gc\": \"{Date(now.AddDays(-11))}\"");
        await using var replica = Hosted(upstream, collects: true);
        var found = HealthEvaluation.Of(replica, now);
        Assert.Equal(["check", "gc"], found.Select(condition => condition.Code).Order());
        Assert.All(found, condition => Assert.Equal(HealthLevel.Warning, condition.Level));
    }

    [Fact]
    public async Task A_lag_counts_from_the_first_time_that_a_newer_revision_was_seen()
    {
        using var upstream = await new RepositoryBuilder().BuildAsync();
        var now = upstream.Clock.GetUtcNow();
        await using var replica = Hosted(upstream);
        foreach (int hoursAgo in (int[])[9, 5, 1])
        {
            var report = new SnapshotReport { Outcome = SnapshotOutcome.Incomplete, Repository = "x", Message = "", StartedAt = now.AddHours(-hoursAgo), Duration = default, Revision = 1, UpstreamRevision = 7 };
            replica.Activity.EndSnapshot(report, now.AddHours(-hoursAgo));
        }

        var lag = Assert.Single(HealthEvaluation.Of(replica, now), condition => condition.Code == "lag");
        Assert.Contains("out since 9 hours", lag.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replica_with_a_broken_configuration_is_failed()
    {
        var settings = new ReplicaSettings { Alias = "a.example.org", Origin = "", Fingerprint = "", Problem = "no key" };
        await using var replica = new HostedReplica(settings, null, TimeProvider.System);
        Assert.Equal("no key", Assert.Single(HealthEvaluation.Of(replica, TimeProvider.System.GetUtcNow())).Message);
    }

    [Theory]
    [InlineData(0, "0 seconds")]
    [InlineData(119, "119 seconds")]
    [InlineData(120, "2 minutes")]
    [InlineData(2 * 3600, "2 hours")]
    [InlineData(47 * 3600, "47 hours")]
    [InlineData(3 * 86400 + 5, "3 days")]
    public void Spans_are_said_as_people_say_them(int seconds, string expected) => Assert.Equal(expected, HealthEvaluation.Text(TimeSpan.FromSeconds(seconds)));

    /// <summary>A replica that lies where the upstream does: what is judged are files and reports.</summary>
    private static HostedReplica Hosted(BuiltRepository upstream, bool collects = false)
    {
        var options = new ReplicationOptions { Repository = upstream.Name.ToString(), Upstream = upstream.Path, StorageFolder = upstream.Path };
        var settings = new ReplicaSettings { Alias = upstream.Name.ToString(), Origin = "", Fingerprint = "", Options = options, Keys = MasterKeys.None, Collects = collects };
        return new HostedReplica(settings, new Replica(options, MasterKeys.None), TimeProvider.System);
    }

    private static void Status(BuiltRepository repository, string content) => File.WriteAllText(repository.RootFile(".cvmfs_status.json"), $"{{ {content} }}");

    private static string Date(DateTimeOffset time) => Cvmfs.Net.Documents.CvmfsDate.Format(time);
}
