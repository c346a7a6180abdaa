using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Publishing;
using Cvmfs.Net.Replication;
using Cvmfs.Net.Replication.Collection;
using Cvmfs.Net.Replication.References;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.LoadBench.Collect;

/// <summary>Garbage collection: of a real tree half of which was dropped, and of names alone, as many as one likes.</summary>
internal static class CollectBench
{
    /// <summary>Mode of the child processes.</summary>
    public const string RunMode = "collect-run";

    private static readonly int[] s_curve = [100_000, 1_000_000, 10_000_000];

    public static async Task<int> RunAsync(Arguments arguments)
    {
        string folder = Directory.CreateDirectory(Path.Combine(arguments.Get("folder", Path.GetTempPath()), "collect")).FullName;
        try
        {
            if (arguments.Get("tree", "") is { Length: > 0 } tree) await CompareTreesAsync(tree, folder, arguments.Get("runs", 5));
            else await CompareSetsAsync(folder, arguments.Get("keys", 0), arguments.Get("memory", 256));
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>One run of one contender, in a process of its own.</summary>
    public static async Task<int> RunOnceAsync(Arguments arguments)
    {
        string what = arguments["what"];
        string folder = arguments["folder"];
        long began = Stopwatch.GetTimestamp();
        long count = what switch
        {
            "ours" or "again" => await CollectAsync(folder, dryRun: false),
            "dry" => await CollectAsync(folder, dryRun: true),
            "naive" => NaiveCollection.Run(folder),
            "sorted" => Sort(folder, arguments.Get("keys", 0), arguments.Get("memory", 256)),
            _ => NaiveCollection.Compare(Kept(arguments.Get("keys", 0)), Condemned(arguments.Get("keys", 0))),
        };
        RunCost.OfThisProcess(Stopwatch.GetElapsedTime(began), count).Print();
        return 0;
    }

    private static async Task CompareTreesAsync(string tree, string folder, int runs)
    {
        string origin = await PublishAsync(tree, folder);
        var ours = new List<RunCost>();
        var naive = new List<RunCost>();
        for (int run = 0; run < runs; run++)
        {
            foreach (string what in (string[])["ours", "naive"])
            {
                string copy = Path.Combine(folder, what);
                await CopyAsync(origin, copy);
                var cost = await RunCost.OfChildAsync(RunMode, "--what", what, "--folder", copy);
                Console.WriteLine($"{what,-6} {cost}");
                (what == "ours" ? ours : naive).Add(cost);
                if (what == "ours") Console.WriteLine($"again  {await RunCost.OfChildAsync(RunMode, "--what", "again", "--folder", copy)}"); // nothing new: catalogs are remembered
                Directory.Delete(copy, recursive: true);
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"median of {runs}: {Median(ours):f2} s, {Median(ours) / Median(naive):f2} × naive; peak {ours.Max(cost => cost.PeakMiB)} MiB, naive {naive.Max(cost => cost.PeakMiB)} MiB"));
    }

    private static async Task CompareSetsAsync(string folder, int keys, int memory)
    {
        foreach (int count in keys > 0 ? [keys] : s_curve)
        {
            foreach (string what in (string[])["sorted", "naive-sets"])
            {
                var cost = await RunCost.OfChildAsync(
                    RunMode, "--what", what, "--folder", folder, "--keys", count.ToString(CultureInfo.InvariantCulture), "--memory", memory.ToString(CultureInfo.InvariantCulture));
                Console.WriteLine($"{count,11:n0} kept  {what,-10} {cost}");
            }
        }
    }

    /// <summary>A repository of three revisions: the tree, then half of its folders, then the same again.</summary>
    private static async Task<string> PublishAsync(string tree, string folder)
    {
        string path = Path.Combine(folder, "origin");
        var options = new PublisherOptions { IsGarbageCollectable = true, AutoTags = false, WhitelistValidity = TimeSpan.FromDays(3650) };
        var keys = TestKeys.For(RepositoryName.Parse("bench.example.org"));
        using var publisher = await RepositoryPublisher.InitAsync(path, keys.Publisher, options);
        await publisher.CommitTreeAsync(tree);
        string half = Path.Combine(folder, "half");
        await CopyAsync(tree, half);
        string[] dropped = [.. Directory.EnumerateDirectories(half).SelectMany(Directory.EnumerateDirectories).SelectMany(Directory.EnumerateDirectories).Order(StringComparer.Ordinal).Where(static (_, i) => i % 2 == 0)];
        foreach (string name in dropped) Directory.Delete(name, recursive: true);
        await publisher.CommitTreeAsync(half);
        await publisher.CommitTreeAsync(half, new CommitOptions { PublishUnchanged = true });
        Directory.Delete(half, recursive: true);
        string spool = Directory.CreateDirectory(Path.Combine(path, ReplicaLocation.PrivateFolder)).FullName;
        await File.WriteAllTextAsync(Path.Combine(spool, "reflog.chksum"), publisher.Manifest.Reflog.ToString());
        return path;
    }

    private static async Task CopyAsync(string from, string to)
    {
        using var copy = Process.Start("cp", ["-a", from, to]);
        await copy.WaitForExitAsync();
    }

    private static async Task<long> CollectAsync(string storage, bool dryRun)
    {
        var report = await new GarbageCollector(new ReplicaLocation(storage)).CollectAsync(new CollectionOptions { KeepRevisions = 0, DryRun = dryRun });
        if (!report.Succeeded) throw new InvalidOperationException(report.Message);
        return report.ObjectsRemoved;
    }

    private static long Sort(string folder, int keys, int memoryMiB)
    {
        long memory = (long)memoryMiB << 20;
        using var keeping = new ObjectSorter(memory / 2, folder);
        using var condemning = new ObjectSorter(memory * 3 / 8, folder);
        var lane = keeping.AddLane();
        foreach (var hash in Kept(keys)) lane.Add(ObjectRecord.Of(new ObjectKey(hash)));
        lane = condemning.AddLane();
        foreach (var hash in Condemned(keys)) lane.Add(ObjectRecord.Of(new ObjectKey(hash)));
        using var kept = keeping.Finish();
        using var condemned = condemning.Finish();
        return OrderedJoin.Except(condemned.Read(), kept.Read()).LongCount();
    }

    private static IEnumerable<ContentHash> Kept(int count) => Enumerable.Range(0, count).Select(Name);

    private static IEnumerable<ContentHash> Condemned(int count) => Enumerable.Range(count - count / 4, count / 2).Select(Name);

    /// <summary>As evenly spread as a digest, and a hundred times faster.</summary>
    private static ContentHash Name(int number)
    {
        Span<byte> digest = stackalloc byte[ContentHash.DigestBytes];
        ulong value = (ulong)number * 0x9E3779B97F4A7C15 + 0xD1B54A32D192ED03;
        for (int i = 0; i < 2; i++)
        {
            value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
            value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
            value ^= value >> 31;
            BinaryPrimitives.WriteUInt64BigEndian(digest[(8 * i)..], value);
        }

        return new ContentHash(HashAlgorithmId.Sha1, digest);
    }

    private static double Median(List<RunCost> costs) => costs.Select(static cost => cost.Wall.TotalSeconds).Order().ElementAt(costs.Count / 2);
}
