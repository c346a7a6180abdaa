using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Reflogs;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Transfer;

/// <summary>The databases of tags that newer ones replaced.</summary>
public sealed class TagDatabasesTests
{
    [Fact]
    [Conforms("stratum1", 34)]
    [Conforms("stratum1", 43)]
    public async Task Those_that_the_upstream_still_has_are_copied_and_logged()
    {
        using var upstream = await Upstream();
        await using var server = await TestOrigin.StartAsync(upstream.Path, upstream.Name.ToString());
        await using var replica = new ReplicaSetup(server.Url, upstream.Name.ToString(), upstream.TrustedKeys);
        upstream.RollBackTo(2);
        Assert.True((await replica.SnapshotAsync()).Succeeded); // as of the revisions before, a first snapshot wants none of the tags before
        upstream.RollBackTo(6);
        server.Requests.Clear();

        Assert.True((await replica.SnapshotAsync()).Succeeded);

        string[] histories = [.. Enumerable.Range(2, 5).Select(revision => History(upstream, revision)).OfType<string>().Distinct()];
        Assert.InRange(histories.Length, 4, 6);
        Assert.All(histories, path => Assert.True(replica.Has(path), path));
        using var log = Reflog.Open(replica.Read(".cvmfsreflog"));
        Assert.Equal(ReplicaInvariants.Objects(replica.Folder).Where(path => path.EndsWith('H')).Order(),
            log.List(ReflogKind.History).Select(entry => ReplicaInvariants.PathOf(entry.Hash.ToString(), "H")).Order());
        Assert.Equal(server.Objects.Count, server.Objects.Distinct().Count());
        Assert.Equal(4, server.Objects.Count(path => path.EndsWith('H')));
        ReplicaInvariants.Check(replica.Folder);
    }

    [Fact]
    [Conforms("stratum1", 34)]
    public async Task One_that_is_collected_ends_the_row_and_nothing_else()
    {
        using var upstream = await Upstream();
        File.Delete(Path.Combine(upstream.Path, History(upstream, 3)!));
        upstream.RollBackTo(2);
        await using var replica = new ReplicaSetup(upstream.Path, upstream.Name.ToString(), upstream.TrustedKeys);
        Assert.True((await replica.SnapshotAsync()).Succeeded);
        upstream.RollBackTo(6);
        var report = await replica.SnapshotAsync();
        Assert.Equal((SnapshotOutcome.Updated, 0L), (report.Outcome, report.FailureCount));
        Assert.Equal([true, false, true, true, true], Enumerable.Range(2, 5).Select(revision => replica.Has(History(upstream, revision)!)));
    }

    [Fact]
    [Conforms("stratum1", 34)]
    public async Task How_many_are_wanted_can_be_limited()
    {
        using var upstream = await Upstream();
        await using var replica = new ReplicaSetup(upstream.Path, upstream.Name.ToString(), upstream.TrustedKeys, options => options.PreviousTagDatabases = 1);
        upstream.RollBackTo(2);
        Assert.True((await replica.SnapshotAsync()).Succeeded);
        upstream.RollBackTo(6);
        Assert.True((await replica.SnapshotAsync()).Succeeded);
        Assert.Equal([true, false, false, true, true], Enumerable.Range(2, 5).Select(revision => replica.Has(History(upstream, revision)!)));
    }

    private static Task<BuiltRepository> Upstream()
    {
        var builder = new RepositoryBuilder();
        for (int i = 1; i <= 5; i++) builder.File("/f", $"{i}").Revision($"tag{i}");
        return builder.File("/f", "6").BuildAsync("tag6");
    }

    private static string? History(BuiltRepository upstream, int revision)
        => Encoding.Latin1.GetString(upstream.Manifests[revision]).Split('\n').FirstOrDefault(line => line.StartsWith('H')) is { } line
            ? ReplicaInvariants.PathOf(line[1..], "H")
            : null;
}
