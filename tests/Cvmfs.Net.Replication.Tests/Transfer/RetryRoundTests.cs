using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Transfer;

/// <summary>What fails for a reason that may pass is tried again when everything else is done.</summary>
public sealed class RetryRoundTests
{
    [Fact]
    [Conforms("stratum1", 51)]
    [Conforms("stratum1", 55)]
    public async Task Objects_and_catalogs_that_failed_come_in_the_end_if_the_trouble_is_over()
    {
        using var upstream = await Tree().BuildAsync();
        await using var server = await TestOrigin.StartAsync(upstream.Path, upstream.Name.ToString());
        string[] victims = [ObjectPath.Of(upstream.KeyOf("/a/0003")), ObjectPath.Of(upstream.KeyOf("/top/0001")), NestedCatalog(upstream)];
        int others = 0;
        server.Interfere = (context, path) =>
        {
            bool isVictim = victims.Contains(path);
            if (!isVictim && path.StartsWith("data/", StringComparison.Ordinal)) Interlocked.Increment(ref others);
            if (!isVictim || Volatile.Read(ref others) > 30) return Task.FromResult(false); // by then the rest is here
            context.Response.StatusCode = 503;
            return Task.FromResult(true);
        };
        await using var replica = Setup(upstream, server);

        var report = await replica.SnapshotAsync();

        Assert.True(report.Succeeded, report.Message);
        Assert.Equal(0, report.FailureCount);
        ReplicaInvariants.Check(replica.Folder);
    }

    [Fact]
    [Conforms("stratum1", 55)]
    [Conforms("stratum1", 58)]
    public async Task What_never_comes_is_reported_once_and_everything_else_is_stored()
    {
        using var upstream = await Tree().BuildAsync();
        await using var server = await TestOrigin.StartAsync(upstream.Path, upstream.Name.ToString());
        string[] victims = [ObjectPath.Of(upstream.KeyOf("/a/0003")), ObjectPath.Of(upstream.KeyOf("/a/0004"))];
        server.Interfere = (context, path) =>
        {
            if (!victims.Contains(path)) return Task.FromResult(false);
            context.Response.StatusCode = 503;
            return Task.FromResult(true);
        };
        await using var replica = Setup(upstream, server);

        var report = await replica.SnapshotAsync();

        Assert.Equal((SnapshotOutcome.Incomplete, 2L), (report.Outcome, report.FailureCount));
        Assert.Equal(victims.Order(), report.Failures.Select(failure => ObjectPath.Of(failure.Object)).Order());
        Assert.All(report.Failures, failure => Assert.Equal(TransferFailureReason.Unreachable, failure.Reason));
        ReplicaInvariants.Check(replica.Folder);
        server.Interfere = null;
        server.Requests.Clear();
        Assert.True((await replica.SnapshotAsync()).Succeeded);
        Assert.Equal(victims.Order(), server.Objects.Order());
    }

    private static RepositoryBuilder Tree() => new RepositoryBuilder().Nested("/a").Files("/a", 20).Nested("/b").Files("/b", 10).Files("/top", 20);

    private static ReplicaSetup Setup(BuiltRepository upstream, TestOrigin server)
        => new(server.Url, upstream.Name.ToString(), upstream.TrustedKeys, null, new ReplicaServices { TimeProvider = new ImpatientClock() });

    private static string NestedCatalog(BuiltRepository upstream)
    {
        using var root = upstream.OpenCatalog();
        return ObjectPath.Of(new ObjectKey(root.NestedCatalogs[1].Hash, ObjectSuffix.Catalog));
    }
}
