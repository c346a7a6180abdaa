using System.Threading.Channels;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Replication.Tests;

public sealed class SharedTransfersTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Conforms("stratum1", 64)]
    public async Task A_first_copy_with_thousands_of_objects_in_line_does_not_hold_up_a_small_update()
    {
        using var huge = await new RepositoryBuilder("huge.example.org").Files("/f", 3000).BuildAsync();
        using var small = await new RepositoryBuilder("small.example.org").Revision().Files("/g", 40).BuildAsync();
        small.RollBackTo(1);
        var line = new Line();
        var shared = new SharedTransfers(8);
        await using var first = Setup(huge, line, shared, transfers: 64);
        await using var update = Setup(small, line, shared, transfers: 1);
        var serving = line.ServeAsync(Token);
        await update.SnapshotAsync();

        small.RollBackTo(2);
        long before = line.Served;
        await using var alone = Setup(small, line, shared, transfers: 1);
        await alone.SnapshotAsync();
        long aloneTook = line.Served - before; // brings a little more than the update will

        var copying = first.SnapshotAsync();
        await line.WhenServedAsync(line.Served + 200); // the copy is in full swing
        before = line.Served;
        var report = await update.SnapshotAsync();
        long took = line.Served - before;

        bool wasCopying = !copying.IsCompleted;
        Assert.Equal(SnapshotOutcome.Updated, (await copying).Outcome);
        line.Close();
        await serving;

        Assert.Equal(SnapshotOutcome.Updated, report.Outcome);
        Assert.True(report.ObjectsFetched >= 40);
        Assert.True(wasCopying);
        // In fair turns an object waits for at most one of the eight transfers under way; the rest of the factor is for what the copy gets done while
        // the update works on the disk. First come, first served, each object would wait for all 64 in line.
        Assert.True(took <= 30 * aloneTook, $"took {took} answers of the origin, alone {aloneTook}");
        Assert.True(line.MostAtOnce <= 8, $"{line.MostAtOnce} at once");
    }

    [Fact]
    [Conforms("stratum1", 64)]
    public async Task Who_needs_one_place_at_a_time_waits_for_one_release_each_time()
    {
        var shared = new SharedTransfers(8);
        using var greedy = shared.Join();
        using var modest = shared.Join();
        for (int i = 0; i < 8; i++) await greedy.TakeAsync(Token);
        var line = new Queue<Task>(Enumerable.Range(0, 10_000).Select(_ => greedy.TakeAsync(Token).AsTask()));
        for (int round = 0; round < 100; round++)
        {
            var asked = modest.TakeAsync(Token).AsTask();
            Assert.False(asked.IsCompleted);
            greedy.Release();
            await asked;
            modest.Release();
            await line.Dequeue(); // which goes back to the one with ten thousand in line
        }
    }

    [Fact]
    [Conforms("stratum1", 64)]
    public async Task A_place_goes_to_who_holds_the_fewest_and_comes_back_from_who_gives_up()
    {
        var shared = new SharedTransfers(2);
        using var greedy = shared.Join();
        using var modest = shared.Join();
        await greedy.TakeAsync(Token);
        await greedy.TakeAsync(Token);
        var more = greedy.TakeAsync(Token).AsTask();
        using var cancel = new CancellationTokenSource();
        var gone = modest.TakeAsync(cancel.Token).AsTask();
        var late = modest.TakeAsync(Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);

        greedy.Release();
        await late; // though the greedy one asked first
        Assert.False(more.IsCompleted);
        modest.Release();
        await more;
        greedy.Release();
        greedy.Release();
        Assert.True(modest.TakeAsync(Token).AsTask().IsCompletedSuccessfully);
    }

    private static ReplicaSetup Setup(BuiltRepository upstream, Line line, SharedTransfers shared, int transfers)
        => new(upstream.Path, upstream.Name.ToString(), upstream.TrustedKeys, options => options.MaxTransfers = transfers, new ReplicaServices
        {
            Source = new SlowSource(new DirectoryRepositorySource(upstream.Path), line),
            Transfers = shared,
        });

    /// <summary>A line on which one object comes after the other, in the order of asking.</summary>
    private sealed class Line
    {
        private readonly Channel<TaskCompletionSource> _asked = Channel.CreateUnbounded<TaskCompletionSource>();
        private readonly Lock _gate = new();
        private readonly List<(long Count, TaskCompletionSource Reached)> _watchers = [];
        private int _waiting;

        public long Served { get; private set; }

        public int MostAtOnce { get; private set; }

        public Task AskAsync()
        {
            var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_gate) MostAtOnce = Math.Max(MostAtOnce, ++_waiting);
            _asked.Writer.TryWrite(answer);
            return answer.Task;
        }

        public Task WhenServedAsync(long count)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_gate) _watchers.Add((count, reached));
            return reached.Task;
        }

        public void Close() => _asked.Writer.Complete();

        public async Task ServeAsync(CancellationToken cancellationToken)
        {
            await foreach (var answer in _asked.Reader.ReadAllAsync(cancellationToken))
            {
                await Task.Yield(); // let those ask that the last answer woke
                lock (_gate)
                {
                    Served++;
                    _waiting--;
                    foreach (var (count, reached) in _watchers) if (Served >= count) reached.TrySetResult();
                }

                answer.SetResult();
            }
        }
    }

    private sealed class SlowSource(IRepositorySource inner, Line line) : IRepositorySource
    {
        public string Origin => inner.Origin;

        public async ValueTask<SourceBody?> OpenObjectAsync(ObjectKey key, FetchMode mode, CancellationToken cancellationToken)
        {
            await line.AskAsync().WaitAsync(cancellationToken);
            return await inner.OpenObjectAsync(key, mode, cancellationToken);
        }

        public ValueTask<SourceBody?> OpenRootFileAsync(string name, FetchMode mode, CancellationToken cancellationToken)
            => inner.OpenRootFileAsync(name, mode, cancellationToken);

        public ValueTask<bool> RootFileExistsAsync(string name, CancellationToken cancellationToken) => inner.RootFileExistsAsync(name, cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
