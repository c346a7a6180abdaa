using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Planning;
using Cvmfs.Net.Replication.Transfer;

namespace Cvmfs.Net.Replication.Tests.Transfer;

public sealed class TransferSchedulerTests
{
    private static readonly SchedulerLimits Small = new(OpenCatalogs: 2, OpenCatalogBytes: 1000, LowWater: 4, BatchReferences: 3, Listers: 1);

    [Fact]
    public async Task Without_work_the_run_is_over_for_everybody()
    {
        var scheduler = new TransferScheduler(Small);
        for (int i = 0; i < 3; i++) Assert.Equal(WorkKind.None, (await NextAsync(scheduler)).Kind);
    }

    [Fact]
    public async Task The_run_lasts_while_work_is_in_hand()
    {
        var scheduler = new TransferScheduler(Small);
        scheduler.Add(Node(1));
        Assert.Equal(WorkKind.LoadCatalog, (await NextAsync(scheduler)).Kind);
        var waiting = scheduler.NextAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(waiting.IsCompleted); // the catalog in hand may bring more

        scheduler.Add(Node(2));
        Assert.Equal(Node(2).Key, (await waiting).Node!.Key);
        scheduler.Finished();
        var last = scheduler.NextAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(last.IsCompleted);
        scheduler.Finished();
        Assert.Equal(WorkKind.None, (await last).Kind);
    }

    [Fact]
    public async Task The_newest_catalog_comes_first_and_open_catalogs_are_bounded_in_number()
    {
        var scheduler = new TransferScheduler(Small);
        for (int i = 1; i <= 3; i++) scheduler.Add(Node(i, size: 10));
        var third = await NextAsync(scheduler);
        var second = await NextAsync(scheduler);
        Assert.Equal((Node(3).Key, Node(2).Key), (third.Node!.Key, second.Node!.Key));

        var first = scheduler.NextAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(first.IsCompleted);
        scheduler.Closed(second.Node);
        Assert.Equal(Node(1).Key, (await first).Node!.Key);
    }

    [Fact]
    public async Task Open_catalogs_are_bounded_in_bytes_but_one_is_always_admitted()
    {
        var scheduler = new TransferScheduler(Small);
        scheduler.Add(Node(1, size: 600));
        scheduler.Add(Node(2, size: 5000));
        var huge = await NextAsync(scheduler);
        Assert.Equal(Node(2).Key, huge.Node!.Key);

        var next = scheduler.NextAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(next.IsCompleted);
        scheduler.Closed(huge.Node);
        Assert.Equal(Node(1).Key, (await next).Node!.Key);
    }

    [Fact]
    public async Task References_beyond_the_low_water_mark_wait_in_their_catalog()
    {
        var scheduler = new TransferScheduler(Small);
        scheduler.Add(Node(1));
        await NextAsync(scheduler);
        var open = Open(Node(1));
        scheduler.Opened(open);
        scheduler.Finished();

        int highest = 0;
        int transfers = 0;
        int batches = 0;
        while (await NextAsync(scheduler) is { Kind: not WorkKind.None } work)
        {
            if (work.Kind == WorkKind.ListReferences)
            {
                batches++;
                scheduler.Listed(open, [Key(3 * batches), Key(3 * batches + 1), Key(3 * batches + 2)], hasMore: batches < 100);
                highest = Math.Max(highest, scheduler.ReadyObjects);
            }
            else
            {
                transfers++;
            }

            scheduler.Finished();
        }

        Assert.Equal((100, 300), (batches, transfers));
        Assert.InRange(highest, 1, Small.LowWater - 1 + Small.BatchReferences);
    }

    [Fact]
    public async Task Stopping_wakes_all_and_hands_back_what_is_open()
    {
        var scheduler = new TransferScheduler(Small);
        scheduler.Add(Node(1, size: 10));
        scheduler.Add(Node(2, size: 10));
        await NextAsync(scheduler);
        await NextAsync(scheduler);
        var idle = scheduler.NextAsync(TestContext.Current.CancellationToken).AsTask();
        var open = Open(Node(1));
        scheduler.Opened(open);
        Assert.Equal(WorkKind.ListReferences, (await idle).Kind);
        idle = scheduler.NextAsync(TestContext.Current.CancellationToken).AsTask();

        Assert.Empty(scheduler.Stop()); // the open one is in hand
        Assert.Equal(WorkKind.None, (await idle).Kind);
        scheduler.Listed(open, [Key(9)], hasMore: true);
        Assert.Equal([open], scheduler.Stop());
        Assert.Equal(WorkKind.None, (await NextAsync(scheduler)).Kind);
    }

    private static async Task<WorkItem> NextAsync(TransferScheduler scheduler) => await scheduler.NextAsync(TestContext.Current.CancellationToken);

    private static CatalogNode Node(int number, long size = 10) => new(Key(number, ObjectSuffix.Catalog), RepositoryPath.Root, size, RootKind.Nested);

    private static ObjectKey Key(int number, ObjectSuffix suffix = ObjectSuffix.None)
        => new(ContentHash.Compute(HashAlgorithmId.Sha1, BitConverter.GetBytes(number)), suffix);

    private static OpenCatalog Open(CatalogNode node) => new(node, null!, Enumerable.Empty<ObjectReference>().GetEnumerator());
}
