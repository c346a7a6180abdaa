using System.Security.Cryptography;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.LoadBench.Eviction;

/// <summary>Question: which policy keeps the objects that will be asked for? Read differences within a line. No time is measured.</summary>
internal static class EvictionBench
{
    private const int Seed = 20_260_101;

    public static int Run(Arguments arguments)
    {
        int objects = arguments.Get("objects", 200_000);
        int count = arguments.Get("requests", 2_000_000);
        int percent = arguments.Get("percent", 10);
        var random = new Random(Seed);
        var sizes = Enumerable.Range(0, objects).Select(_ => SizeOf(random)).ToList();
        long capacity = sizes.Sum() * percent / 100;
        int scanned = 0;
        for (long bytes = 0; bytes < 5 * capacity; scanned++)
        {
            sizes.Add(SizeOf(random));
            bytes += sizes[^1];
        }

        var hashes = new ContentHash[sizes.Count];
        byte[] digest = new byte[ContentHash.DigestBytes];
        for (int i = 0; i < hashes.Length; i++)
        {
            SHA1.HashData(BitConverter.GetBytes(i), digest);
            hashes[i] = new ContentHash(HashAlgorithmId.Sha1, digest);
        }

        Console.WriteLine($"{objects} objects, {sizes.Take(objects).Sum() / 1e9:0.0} GB, cache {capacity / 1e9:0.0} GB ({percent} %), {count} requests, seed {Seed}; hits in % of objects / of bytes");
        Console.WriteLine("| Trace | LRU | SIEVE | W-TinyLFU | S3-FIFO | the proxy |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var make in new Func<RequestTrace>[]
        {
            () => RequestTrace.Zipf(0.8, objects, count, Seed),
            () => RequestTrace.Zipf(0.9, objects, count, Seed),
            () => RequestTrace.Zipf(1.0, objects, count, Seed),
            () => RequestTrace.Scan(0.9, objects, count, scanned, Seed),
            () => RequestTrace.Shifting(0.9, objects, count, Seed),
        })
        {
            var trace = make();
            SimulatedCache[] contenders = [new LeastRecentlyUsed(capacity), new Sieve(capacity), new WindowTinyLfu(capacity, (int)((long)objects * percent / 100)), new ProxyTable("S3-FIFO", capacity, hashes, double.PositiveInfinity), new ProxyTable("the proxy", capacity, hashes, 2)];
            Console.WriteLine($"| {trace.Name} | {string.Join(" | ", contenders.Select(cache => Play(trace, cache, sizes)))} |");
        }

        return 0;
    }

    private static string Play(RequestTrace trace, SimulatedCache cache, List<long> sizes)
    {
        var (requests, hits, bytes, hitBytes) = (0L, 0L, 0L, 0L);
        for (int i = 0; i < trace.Requests.Length; i++)
        {
            long size = sizes[trace.Requests[i]];
            bool hit = cache.Request(trace.Requests[i], size);
            if (trace.Counts is { } counts ? !counts[i] : i < trace.Requests.Length / 4) continue; // the first quarter fills the cache
            requests++;
            bytes += size;
            if (!hit) continue;
            hits++;
            hitBytes += size;
        }

        return $"{100.0 * hits / requests:0.0} / {100.0 * hitBytes / bytes:0.0}";
    }

    /// <summary>Bytes of an object as it is transferred: mostly small files, the bytes in few large ones. An assumption; no measured table is published.</summary>
    private static long SizeOf(Random random)
    {
        double kind = random.NextDouble();
        return kind switch
        {
            < 0.55 => LogNormal(random, 2_500, 1.0),
            < 0.85 => LogNormal(random, 16_000, 0.9),
            < 0.98 => Math.Min(LogNormal(random, 200_000, 1.1), 4_000_000),
            < 0.995 => random.Next(1_000_000, 8_000_000),
            _ => LogNormal(random, 400_000, 1.5),
        };
    }

    private static long LogNormal(Random random, double median, double sigma)
    {
        double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return Math.Max(1, (long)(median * Math.Exp(sigma * normal)));
    }
}
