using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Proxy.Storage;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Storage;

public sealed class ObjectTableTests
{
    private const int Seed = 20_260_101;

    [Fact]
    public void An_entry_takes_64_bytes() => Assert.Equal(64, Unsafe.SizeOf<TableEntry<Location>>());

    [Fact]
    public void Finds_what_was_added_and_not_removed()
    {
        var random = new Random(Seed);
        var table = Table(1 << 30);
        var model = new Dictionary<int, int>();
        for (int step = 0; step < 50_000; step++)
        {
            int id = random.Next(3000);
            switch (random.Next(3))
            {
                case 0:
                    Assert.Equal(model.TryAdd(id, step) ? Admission.Admitted : Admission.Present, table.Insert(Entry(id, step, 100)));
                    break;
                case 1:
                    Assert.Equal(model.Remove(id), table.TryRemove(HashOf(id), out _));
                    break;
                default:
                    bool found = table.TryRead(HashOf(id), out var entry);
                    Assert.Equal(model.TryGetValue(id, out int value), found);
                    if (found) Assert.Equal((value, 100), (entry.Value, entry.Length));
                    break;
            }

            Assert.Equal(model.Count, table.Count);
        }

        Assert.Equal(100 * model.Count, table.Bytes);
        Assert.Equal(model.Count, table.SlotsInOrder().Distinct().Count());
    }

    [Fact]
    public async Task Readers_never_see_a_wrong_value_while_the_table_changes()
    {
        var table = Table(500 * 100);
        using var stop = new CancellationTokenSource();
        var reading = Task.Factory.StartNew(
            () =>
            {
                var random = new Random(Seed);
                long hits = 0;
                while (!stop.IsCancellationRequested)
                {
                    int id = random.Next(2000);
                    if (!table.TryRead(HashOf(id), out var entry)) continue;
                    Assert.Equal(HashOf(id), entry.Hash);
                    Assert.Equal(id, entry.Value);
                    Assert.Equal(100, entry.Length);
                    hits++;
                }

                return hits;
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        var changes = new Random(Seed + 1);
        for (int step = 0; step < 300_000 && !reading.IsCompleted; step++)
        {
            int id = changes.Next(2000);
            table.Insert(Entry(id, id, 100));
            while (table.TryEvict(out _))
            {
            }
        }

        await stop.CancelAsync();
        Assert.True(await reading > 0);
        Assert.True(table.Bytes <= 500 * 100);
    }

    [Fact, Conforms("proxy", 105)]
    public void One_pass_over_many_objects_costs_the_popular_ones_little()
    {
        const int objects = 20_000;
        var random = new Random(Seed);
        long[] sizes = [.. Enumerable.Range(0, 200_000).Select(_ => (long)Math.Exp(9 + 1.5 * Normal(random)) + 1)];
        long capacity = sizes[..objects].Sum() / 10;
        var table = Table(capacity);
        double[] weights = new double[objects];
        double sum = 0;
        for (int rank = 0; rank < objects; rank++) weights[rank] = sum += Math.Pow(rank + 1, -0.9);
        HitRatio(200_000);
        double before = HitRatio(100_000);
        long scanned = 0;
        for (int id = objects; scanned < 5 * capacity; id++)
        {
            Request(id);
            scanned += sizes[id];
        }

        double after = HitRatio(20_000);
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {Seed}: {before:P1} before the scan, {after:P1} after it");
        Assert.InRange(before, 0.4, 1);
        Assert.True(after > before - 0.05, $"{before:P1} before the scan, {after:P1} after it");

        double HitRatio(int requests)
        {
            int hits = 0;
            for (int i = 0; i < requests; i++)
            {
                int at = Array.BinarySearch(weights, random.NextDouble() * sum);
                if (Request(at < 0 ? ~at : at)) hits++;
            }

            return (double)hits / requests;
        }

        bool Request(int id)
        {
            if (table.TryRead(HashOf(id), out _)) return true;
            table.Insert(Entry(id, id, sizes[id]));
            while (table.TryEvict(out _))
            {
            }

            return false;
        }
    }

    [Fact]
    public void A_catalog_stays_longer_than_files_that_came_with_it()
    {
        var table = Table(100 * 100);
        table.Insert(new TableEntry<int>(HashOf(0), 0, 100, 0, isCatalog: true, 0));
        for (int id = 1; id < 500; id++)
        {
            table.Insert(Entry(id, id, 100));
            while (table.TryEvict(out _))
            {
            }
        }

        Assert.True(table.TryRead(HashOf(0), out _));
        Assert.False(table.TryRead(HashOf(1), out _));
    }

    [Fact]
    public void An_object_of_more_than_a_hundredth_of_the_whole_must_come_twice()
    {
        var table = Table(100_000);
        Assert.Equal(Admission.Refused, table.Insert(Entry(1, 1, 1001)));
        Assert.Equal(Admission.Admitted, table.Insert(Entry(1, 1, 1001)));
        Assert.Equal(Admission.Admitted, table.Insert(Entry(2, 2, 1000)));
    }

    [Fact, Conforms("proxy", 106)]
    public void A_repository_over_its_quota_makes_room_first_and_one_at_its_floor_last()
    {
        var quotas = new[] { new RepositoryQuota { MaxBytes = 3000 }, new RepositoryQuota { MaxBytes = 9000, FloorBytes = 2000 } };
        var table = new ObjectTable<int>(10_000, static length => length, quotas, largestAtOnce: long.MaxValue);
        for (int id = 0; id < 50; id++) Insert(id, repository: 1); // 5,000 of at most 3,000, though there is room
        Assert.Equal(3000, table.BytesOf(1));
        for (int id = 50; id < 70; id++) Insert(id, repository: 2);
        Assert.Equal(2000, table.BytesOf(2));
        for (int id = 100; id < 1000; id++) Insert(id, repository: 3);

        Assert.Equal(2000, table.BytesOf(2));
        Assert.InRange(table.Bytes, 9900, 10_000);
        Assert.InRange(table.BytesOf(1), 0, 3000);

        void Insert(int id, int repository)
        {
            table.Insert(new TableEntry<int>(HashOf(id), id, 100, repository, false, 0));
            while (table.TryEvict(out _))
            {
            }
        }
    }

    [Fact]
    public void The_ghosts_remember_the_newest_and_forget_the_oldest()
    {
        var ghosts = new GhostList(1024);
        for (int id = 0; id < 5000; id++) ghosts.Add(HashOf(id).Prefix64);
        int remembered = Enumerable.Range(4500, 500).Count(id => ghosts.Take(HashOf(id).Prefix64, 1024));
        Assert.InRange(remembered, 400, 500);
        Assert.False(ghosts.Take(HashOf(4999).Prefix64, 1024)); // taken
        Assert.DoesNotContain(Enumerable.Range(0, 3900), id => ghosts.Take(HashOf(id).Prefix64, 1024));
    }

    private static ObjectTable<int> Table(long capacity) => new(capacity, static length => length);

    private static TableEntry<int> Entry(int id, int value, long length) => new(HashOf(id), value, length, 0, false, 0);

    private static ContentHash HashOf(int id)
    {
        Span<byte> digest = stackalloc byte[ContentHash.DigestBytes];
        ulong mixed = (ulong)(id + 1) * 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 29)) * 0xBF58476D1CE4E5B9;
        BinaryPrimitives.WriteUInt64BigEndian(digest, mixed ^ (mixed >> 31));
        BinaryPrimitives.WriteInt32BigEndian(digest[12..], id);
        return new ContentHash(HashAlgorithmId.Sha1, digest);
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
