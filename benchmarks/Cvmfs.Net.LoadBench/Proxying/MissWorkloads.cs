using System.Diagnostics;
using System.Globalization;
using System.Net;
using Cvmfs.Net.LoadBench.Serving;

namespace Cvmfs.Net.LoadBench.Proxying;

/// <summary>Loads whose objects are not in the cache.</summary>
internal sealed class MissWorkloads(Arguments arguments, OriginProcess origin, IReadOnlyList<ContendingServer> contenders)
{
    private const int StampedeBytes = 8 << 20;
    private const int StampedeClients = 1000;
    private const int SlowReaders = 10;
    private const int SlowBytesPerSecond = 50_000;

    /// <summary>Every object asked for once; the origin takes two milliseconds.</summary>
    public async Task ColdAsync()
    {
        int count = arguments.Get("objects", 20_000);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} objects of 4 to 16 KiB, each asked for once over 64 connections, origin 2 ms away"));
        var rates = contenders.ToDictionary(contender => contender, _ => new List<(double Rate, double Cpu)>());
        for (int run = -1; run < arguments.Get("runs", 5); run++)
        {
            string objects = string.Create(CultureInfo.InvariantCulture, $"small:cold{run}:{count}");
            var items = SyntheticObjects.Of(objects);
            await origin.LoadAsync(objects);
            await origin.SetAsync(delayMilliseconds: 2);
            foreach (var contender in contenders)
            {
                await origin.CountAsync();
                var before = contender.ProcessorTime();
                var result = await new VerifyingLoad(contender.Port, origin.Port).RunAsync(items, 64);
                double cpu = (contender.ProcessorTime() - before).TotalMicroseconds / items.Length;
                var (asked, _) = await origin.CountAsync();
                if (run < 0) continue; // the first only warms
                rates[contender].Add((result.ObjectsPerSecond, cpu));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"  {contender.Name,-9} {result}  {cpu,6:f0} µs CPU each, {contender.ResidentMiB()} MiB{(asked != items.Length ? $", {asked} requests to the origin" : "")}"));
            }
        }

        var ours = rates[contenders[0]];
        foreach (var contender in contenders.Skip(1))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  median of {ours.Count}: objects a second {Median(ours, r => r.Rate) / Median(rates[contender], r => r.Rate):f2} × {contender.Name}, CPU each {Median(ours, r => r.Cpu) / Median(rates[contender], r => r.Cpu):f2} ×"));
        }
    }

    /// <summary>A thousand clients want the same object at once, which nobody has; then the same with some who read slowly.</summary>
    public async Task StampedeAsync()
    {
        string objects = string.Create(CultureInfo.InvariantCulture, $"{StampedeBytes}:stampede:{2 * contenders.Count}");
        var items = SyntheticObjects.Of(objects);
        await origin.LoadAsync(objects);
        await origin.SetAsync(bytesPerSecond: 20_000_000);
        int next = 0;
        foreach (bool isSlow in (bool[])[false, true])
        {
            Console.WriteLine($"{StampedeClients} clients for one uncached object of 8 MiB, origin sends 20 MB/s{(isSlow ? $"; besides {SlowReaders} that read {SlowBytesPerSecond / 1000} kB/s" : "")}");
            foreach (var contender in contenders)
            {
                var item = items[next++];
                await origin.CountAsync();
                using var enough = new CancellationTokenSource();
                var slow = isSlow ? Enumerable.Range(0, SlowReaders).Select(_ => ReadSlowlyAsync(contender, item, enough.Token)).ToArray() : [];
                var result = await new VerifyingLoad(contender.Port, origin.Port).RunAsync([.. Enumerable.Repeat(item, StampedeClients)], StampedeClients);
                var (asked, _) = await origin.CountAsync();
                await enough.CancelAsync();
                await Task.WhenAll(slow);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"  {contender.Name,-9} {asked} requests to the origin; last client after {result.Elapsed.TotalSeconds:f2} s; {result}; {contender.ResidentMiB()} MiB"));
            }
        }
    }

    /// <summary>An origin that breaks off, refuses and flips bits; clients ask up to five times.</summary>
    public async Task FaultsAsync()
    {
        Console.WriteLine("origin breaks off 5 %, answers 503 to 5 %, flips a bit in 1 %; clients ask up to five times");
        string objects = string.Create(CultureInfo.InvariantCulture, $"mixed:faults:{arguments.Get("fault-objects", 5_000)}");
        var items = SyntheticObjects.Of(objects);
        await origin.LoadAsync(objects);
        await origin.SetAsync(isFaulty: true);
        foreach (var contender in contenders)
        {
            for (int round = 1; round <= 2; round++)
            {
                var result = await new VerifyingLoad(contender.Port, origin.Port).RunAsync(items, 32, attempts: 5);
                var (asked, _) = await origin.CountAsync();
                Console.WriteLine($"  {contender.Name,-9} round {round}: {result}; {asked} requests to the origin");
            }
        }

        await origin.SetAsync();
    }

    private async Task ReadSlowlyAsync(ContendingServer contender, SyntheticObjects.Item item, CancellationToken enough)
    {
        using var client = new VerifyingClient(new IPEndPoint(IPAddress.Loopback, contender.Port), $"http://127.0.0.1:{origin.Port}");
        long began = Stopwatch.GetTimestamp();
        try
        {
            await client.GetAsync(item, async read =>
            {
                var due = TimeSpan.FromSeconds((double)read / SlowBytesPerSecond) - Stopwatch.GetElapsedTime(began);
                if (due > TimeSpan.Zero) await Task.Delay(due, enough);
            });
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException or System.Net.Sockets.SocketException)
        {
            // it has served its purpose, or was cut off for being slow
        }
    }

    private static double Median(List<(double Rate, double Cpu)> results, Func<(double Rate, double Cpu), double> select)
        => results.Select(select).Order().ElementAt(results.Count / 2);
}
