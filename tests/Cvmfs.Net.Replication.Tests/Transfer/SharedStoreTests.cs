using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Transfer;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Transfer;

/// <summary>Two replicas whose folders share their objects.</summary>
public sealed class SharedStoreTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Conforms("stratum1", 36)]
    public async Task Two_runs_at_once_bring_every_object_once()
    {
        using var upstream = await Tree().BuildAsync();
        await using var server = await TestOrigin.StartAsync(upstream.Path, upstream.Name.ToString());
        var (one, two) = Replicas(upstream, server);
        await using var _ = one;
        await using var __ = two;

        var reports = await Task.WhenAll(one.SnapshotAsync(cancellationToken: Token), two.SnapshotAsync(cancellationToken: Token));

        Assert.All(reports, report => Assert.True(report.Succeeded, report.Message));
        var twice = server.Objects.Where(path => !path.EndsWith('X')).CountBy(path => path).Where(asked => asked.Value > 1).ToList();
        Assert.True(twice.Count == 0, string.Join('\n', twice));
        foreach (string folder in (string[])["one", "two"]) AssertWhole(upstream, folder);
    }

    [Fact]
    [Conforms("stratum1", 36)]
    public async Task When_the_run_that_was_first_is_cancelled_the_other_goes_on_in_its_place()
    {
        using var upstream = await Tree().BuildAsync();
        await using var server = await TestOrigin.StartAsync(upstream.Path, upstream.Name.ToString());
        var (one, two) = Replicas(upstream, server);
        await using var _ = one;
        await using var __ = two;
        using var cancel = new CancellationTokenSource();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int asked = 0;
        server.Interfere = async (context, path) =>
        {
            // The first run stands with its eight workers in the middle of transfers until it is cancelled.
            if (!path.StartsWith("data/", StringComparison.Ordinal) || Interlocked.Increment(ref asked) < 30 || cancel.IsCancellationRequested) return false;
            reached.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
            return true;
        };
        var first = one.SnapshotAsync(cancellationToken: cancel.Token);
        await reached.Task;
        var second = two.SnapshotAsync(cancellationToken: Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        var report = await second;

        Assert.True(report.Succeeded, report.Message);
        AssertWhole(upstream, "two");
    }

    [Fact]
    public async Task A_gate_lets_one_in_at_a_time_and_passes_over_those_who_have_left()
    {
        var gate = new TransferGate();
        var key = new ObjectKey(ContentHash.Compute(HashAlgorithmId.Sha1, "x"u8));
        var first = await gate.EnterAsync(key, Token);
        using (await gate.EnterAsync(key with { Suffix = ObjectSuffix.Partial }, Token)) { } // another object
        using var impatient = new CancellationTokenSource();
        var second = gate.EnterAsync(key, impatient.Token).AsTask();
        var third = gate.EnterAsync(key, Token).AsTask();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.False(third.IsCompleted);
        first.Dispose();
        (await third).Dispose();
        (await gate.EnterAsync(key, Token)).Dispose();
    }

    private static RepositoryBuilder Tree() => new RepositoryBuilder()
        .Nested("/a").Files("/a", 60).Nested("/a/deep").Files("/a/deep", 60).Nested("/b").Files("/b", 60).Chunked("/b/large").Nested("/c").Files("/c", 60).Files("/top", 60);

    private (Replica One, Replica Two) Replicas(BuiltRepository upstream, TestOrigin server)
    {
        Directory.CreateDirectory(_folder.Combine("one/data"));
        Directory.CreateDirectory(_folder.Combine("two"));
        Directory.CreateSymbolicLink(_folder.Combine("two/data"), _folder.Combine("one/data"));
        var services = new ReplicaServices { Stores = new SharedStores() };
        Replica Make(string name) => new(new ReplicationOptions
        {
            Repository = upstream.Name.ToString(),
            Upstream = server.Url,
            StorageFolder = _folder.Combine(name),
            MaxTransfers = 8,
            FlushBeforePublishing = false,
        }, upstream.TrustedKeys, services);
        return (Make("one"), Make("two"));
    }

    private void AssertWhole(BuiltRepository upstream, string name)
    {
        ReplicaInvariants.Check(_folder.Combine(name));
        Assert.Equal(upstream.Manifests[^1], File.ReadAllBytes(_folder.Combine($"{name}/.cvmfspublished")));
    }
}
