using System.Diagnostics;
using System.Globalization;
using System.Net;
using Cvmfs.Net.LoadBench.Serving;

namespace Cvmfs.Net.LoadBench.Proxying;

/// <summary>Loads that last: many clients that mostly wait, and a working set larger than the cache.</summary>
/// <param name="folder">Where each contender has a folder of its name.</param>
internal sealed class StandingWorkloads(Arguments arguments, OriginProcess origin, IReadOnlyList<ContendingServer> contenders, string folder)
{
    private const string Manifest = $"/cvmfs/{SyntheticObjects.Repository}/.cvmfspublished";

    /// <summary>Clients that stay connected and ask for the manifest now and then.</summary>
    public async Task PollsAsync()
    {
        int clients = arguments.Get("clients", 10_000);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clients} clients stay connected and poll the manifest, 400 a second"));
        foreach (var contender in contenders)
        {
            long empty = contender.ResidentMiB();
            var standing = new List<VerifyingClient>();
            int failed = 0;
            try
            {
                for (int i = 0; i < clients; i++)
                {
                    standing.Add(new VerifyingClient(new IPEndPoint(IPAddress.Loopback, contender.Port), $"http://127.0.0.1:{origin.Port}"));
                    if (!await TryAsync(standing[i])) failed++;
                }

                long full = contender.ResidentMiB();
                await origin.CountAsync();
                var before = contender.ProcessorTime();
                double[] latencies = new double[Math.Min(4000, clients)];
                for (int batch = 0; batch < latencies.Length; batch += 40)
                {
                    long began = Stopwatch.GetTimestamp();
                    await Task.WhenAll(Enumerable.Range(batch, Math.Min(40, latencies.Length - batch)).Select(async i =>
                    {
                        long start = Stopwatch.GetTimestamp();
                        if (!await TryAsync(standing[i])) Interlocked.Increment(ref failed);
                        latencies[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                    }));
                    var rest = TimeSpan.FromMilliseconds(100) - Stopwatch.GetElapsedTime(began);
                    if (rest > TimeSpan.Zero) await Task.Delay(rest);
                }

                var (asked, _) = await origin.CountAsync();
                Array.Sort(latencies);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"  {contender.Name,-9} {empty} MiB, with all connected {full} MiB; polls p50 {latencies[latencies.Length / 2]:f2} ms, p99 {latencies[latencies.Length * 99 / 100]:f2} ms, {(contender.ProcessorTime() - before).TotalMicroseconds / latencies.Length:f0} µs CPU each; {failed} failed; {asked} requests to the origin"));
            }
            finally
            {
                standing.ForEach(client => client.Dispose());
            }
        }
    }

    /// <summary>Sizes and popularity as of software, four times the cache.</summary>
    public async Task ZipfAsync()
    {
        int count = arguments.Get("objects", 40_000);
        string objects = string.Create(CultureInfo.InvariantCulture, $"mixed:zipf:{count}");
        var items = SyntheticObjects.Of(objects);
        long all = items.Sum(item => (long)item.Length);
        double exponent = double.Parse(arguments.Get("exponent", "0.9"), CultureInfo.InvariantCulture);
        int[] order = SyntheticObjects.Zipf(count, arguments.Get("draws", 100_000), exponent, seed: 23);
        var asking = Array.ConvertAll(order, at => items[at]);
        long wanted = asking.Sum(item => (long)item.Length);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{count} objects of all sizes, {all >> 20} MiB, {asking.Length} requests, Zipf {exponent}; each may keep {arguments.Get("budget-mib", 1024)} MiB"));
        foreach (string line in IdealHits.Of(order, items, (long)arguments.Get("budget-mib", 1024) << 20)) Console.WriteLine("  " + line);
        await origin.LoadAsync(objects);
        await origin.SetAsync();
        foreach (var contender in contenders)
        {
            await origin.CountAsync();
            var before = contender.ProcessorTime();
            await using var disk = new DiskWatch(Path.Combine(folder, contender.Name));
            var result = await new VerifyingLoad(contender.Port, origin.Port).RunAsync(asking, 32);
            var (asked, bytes) = await origin.CountAsync();
            string taken = await disk.EndAsync();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {contender.Name,-9} hits {100.0 * (asking.Length - asked) / asking.Length:f1} % of objects, {100.0 * (wanted - bytes) / wanted:f1} % of bytes; {taken}; {result}; {(contender.ProcessorTime() - before).TotalMicroseconds / asking.Length:f0} µs CPU each, {contender.ResidentMiB()} MiB"));
        }
    }

    private static async Task<bool> TryAsync(VerifyingClient client)
    {
        try
        {
            return await client.AskAsync(Manifest) == 200;
        }
        catch (Exception failure) when (failure is IOException or System.Net.Sockets.SocketException)
        {
            client.Disconnect();
            return false;
        }
    }
}
