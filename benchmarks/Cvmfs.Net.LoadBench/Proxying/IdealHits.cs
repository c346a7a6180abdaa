using System.Globalization;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.LoadBench.Eviction;

namespace Cvmfs.Net.LoadBench.Proxying;

/// <summary>What caches that waste nothing would answer of the very same requests.</summary>
internal static class IdealHits
{
    /// <summary>A line for each policy.</summary>
    public static IEnumerable<string> Of(int[] order, SyntheticObjects.Item[] items, long capacity)
    {
        ContentHash[] hashes = [.. items.Select(static item => new ContentHash(HashAlgorithmId.Sha1, item.Digest))];
        SimulatedCache[] policies =
        [
            new LeastRecentlyUsed(capacity), new Sieve(capacity), new WindowTinyLfu(capacity, items.Length),
            new ProxyTable("S3-FIFO", capacity, hashes, double.PositiveInfinity), new ProxyTable("the proxy's", capacity, hashes, 2),
        ];
        foreach (var policy in policies)
        {
            var (hits, bytes, all) = (0L, 0L, 0L);
            foreach (int at in order)
            {
                long length = items[at].Length;
                all += length;
                if (!policy.Request(at, length)) continue;
                hits++;
                bytes += length;
            }

            yield return string.Create(CultureInfo.InvariantCulture, $"({policy.Name} in theory: hits {100.0 * hits / order.Length:f1} % of objects, {100.0 * bytes / all:f1} % of bytes)");
        }
    }
}
