namespace Cvmfs.Net.LoadBench.Eviction;

/// <summary>Requests for objects, by number. The same seed gives the same requests.</summary>
internal sealed class RequestTrace(string name, int[] requests, bool[]? counts = null)
{
    public string Name => name;

    public int[] Requests => requests;

    /// <summary>Whether a request counts; null where all do.</summary>
    public bool[]? Counts => counts;

    /// <summary>Objects by popularity: the kth as often as 1/k to the power.</summary>
    public static RequestTrace Zipf(double power, int objects, int count, int seed)
    {
        var draw = new ZipfDraw(power, objects, seed);
        return new RequestTrace($"Zipf {power:0.0}", [.. Enumerable.Range(0, count).Select(_ => draw.Next())]);
    }

    /// <summary>Every eighth part of the trace half of the ranks are given to other objects.</summary>
    public static RequestTrace Shifting(double power, int objects, int count, int seed)
    {
        var draw = new ZipfDraw(power, objects, seed);
        var random = new Random(seed);
        int[] byRank = [.. Enumerable.Range(0, objects)];
        int[] requests = new int[count];
        for (int i = 0; i < count; i++)
        {
            if (i % (count / 8) == 0)
            {
                for (int rank = 0; rank < objects; rank += 2)
                {
                    int other = random.Next(objects);
                    (byRank[rank], byRank[other]) = (byRank[other], byRank[rank]);
                }
            }

            requests[i] = byRank[draw.Next()];
        }

        return new RequestTrace($"shifting {power:0.0}", requests);
    }

    /// <summary>Popularity, then one pass over others that take five times the cache, then popularity again, which alone counts.</summary>
    public static RequestTrace Scan(double power, int objects, int count, int scanned, int seed)
    {
        var draw = new ZipfDraw(power, objects, seed);
        int[] requests = [.. Enumerable.Range(0, count).Select(_ => draw.Next()), .. Enumerable.Range(objects, scanned), .. Enumerable.Range(0, count / 8).Select(_ => draw.Next())];
        bool[] counts = new bool[requests.Length];
        counts.AsSpan(count + scanned).Fill(true);
        return new RequestTrace($"after a scan {power:0.0}", requests, counts);
    }

    private sealed class ZipfDraw
    {
        private readonly double[] _sums;
        private readonly Random _random;

        public ZipfDraw(double power, int objects, int seed)
        {
            _random = new Random(seed);
            _sums = new double[objects];
            double sum = 0;
            for (int rank = 0; rank < objects; rank++) _sums[rank] = sum += Math.Pow(rank + 1, -power);
        }

        public int Next()
        {
            int at = Array.BinarySearch(_sums, _random.NextDouble() * _sums[^1]);
            return Math.Min(at < 0 ? ~at : at, _sums.Length - 1);
        }
    }
}
