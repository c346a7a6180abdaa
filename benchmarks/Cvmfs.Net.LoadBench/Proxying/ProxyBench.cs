using System.Globalization;
using Cvmfs.Net.LoadBench.Serving;

namespace Cvmfs.Net.LoadBench.Proxying;

/// <summary>
/// Question: how does our proxy do what squid, nginx and Varnish do, on the same processors, in the same run?
/// Every contender is a process of its own in front of one origin; they take turns, and an idle one costs nothing.
/// </summary>
internal sealed class ProxyBench : IAsyncDisposable
{
    private readonly Arguments _arguments;
    private readonly string _folder;
    private readonly OriginProcess _origin;
    private readonly List<ContendingServer> _contenders = [];

    private ProxyBench(Arguments arguments, string folder, OriginProcess origin) => (_arguments, _folder, _origin) = (arguments, folder, origin);

    public static async Task<int> RunAsync(Arguments arguments)
    {
        if (Programs.Missing("wrk") is { } missing)
        {
            Console.WriteLine($"skipped: {missing} is not installed.");
            return 0;
        }

        string folder = Path.Combine(Directory.CreateDirectory(arguments.Get("folder", Path.GetTempPath())).FullName, $"proxy-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        try
        {
            await using var bench = new ProxyBench(arguments, folder, await OriginProcess.StartAsync());
            foreach (string workload in arguments.Get("only", "hot-one,hot-small,hot-files,hot-medium,hot-large,churn,cold,stampede,faults,polls,zipf,restart,disk-cold").Split(','))
            {
                await bench.StartContendersAsync(workload);
                await bench.RunAsync(workload);
                await bench.StopContendersAsync();
            }

            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopContendersAsync();
        await _origin.DisposeAsync();
    }

    /// <summary>Fresh ones for each workload, with empty caches.</summary>
    private async Task StartContendersAsync(string workload)
    {
        long budget = (long)_arguments.Get("budget-mib", 1024) << 20;
        var peers = new ProxyPeers(Directory.CreateDirectory(Path.Combine(_folder, workload)).FullName, _origin.Port, budget);
        foreach (string name in _arguments.Get("contenders", "ours,squid,nginx,varnish").Split(','))
        {
            if (name is "squid" or "nginx" or "varnish" && Programs.Missing(name == "varnish" ? "varnishd" : name) is { } missing)
            {
                Console.WriteLine($"  ({missing} is not installed)");
                continue;
            }

            _contenders.Add(name switch
            {
                "squid" => await peers.StartSquidAsync(onDisk: workload is "restart" or "disk-cold"), // in memory there is nothing left to find
                "squid-ufs" => await peers.StartSquidAsync(onDisk: true),
                "squid-site" => await peers.StartSquidAsync(asAtSites: true),
                "nginx" => await peers.StartNginxAsync(),
                "varnish" => await peers.StartVarnishAsync(),
                _ => await peers.StartOursAsync(_arguments["cli"], _arguments.Get("proxy-options", "")),
            });
        }
    }

    private async Task StopContendersAsync()
    {
        foreach (var contender in _contenders) await contender.DisposeAsync();
        _contenders.Clear();
    }

    private Task RunAsync(string workload) => workload switch
    {
        "hot-one" => HotAsync("1 object of 4 KiB, hot", "4096:one:1"),
        "hot-small" => HotAsync("1,000 objects of 4 KiB, hot", "4096:small:1000"),
        "hot-files" => HotAsync("10,000 objects of 4 to 16 KiB, hot", "small:files:10000"),
        "hot-medium" => HotAsync("1,000 objects of 64 KiB, hot", "65536:medium:1000"),
        "hot-large" => HotAsync("64 objects of 8 MiB, hot", "8388608:large:64"),
        "churn" => HotAsync("1,000 objects of 4 KiB, a new connection each", "4096:churn:1000", closes: true),
        "cold" => new MissWorkloads(_arguments, _origin, _contenders).ColdAsync(),
        "stampede" => new MissWorkloads(_arguments, _origin, _contenders).StampedeAsync(),
        "faults" => new MissWorkloads(_arguments, _origin, _contenders).FaultsAsync(),
        "polls" => new StandingWorkloads(_arguments, _origin, _contenders, Path.Combine(_folder, workload)).PollsAsync(),
        "zipf" => new StandingWorkloads(_arguments, _origin, _contenders, Path.Combine(_folder, workload)).ZipfAsync(),
        "restart" => RestartAsync(workload, "killed and started again", string.Create(CultureInfo.InvariantCulture, $"small:restart:{_arguments.Get("objects", 40_000)}")),
        "disk-cold" => RestartAsync(
            workload, "killed and started again, nothing of it left in memory", string.Create(CultureInfo.InvariantCulture, $"mixed:disk-cold:{_arguments.Get("cold-objects", 5_000)}")),
        _ => throw new ArgumentException($"--only: \"{workload}\" is no workload."),
    };

    private async Task HotAsync(string what, string objects, bool closes = false)
    {
        Console.WriteLine(what);
        var items = SyntheticObjects.Of(objects);
        await _origin.LoadAsync(objects);
        await _origin.SetAsync();
        string script = Path.Combine(_folder, "paths.lua");
        await WrkLoad.WriteScriptAsync(script, [.. items.Select(item => $"http://127.0.0.1:{_origin.Port}{item.Path}")], closes);
        var load = new WrkLoad(script, _arguments.Get("connections", 64), _arguments.Get("seconds", 5));
        var results = _contenders.ToDictionary(contender => contender, _ => new List<WrkResult>());
        foreach (var contender in _contenders)
        {
            for (int i = 0; i < 3; i++) await new VerifyingLoad(contender.Port, _origin.Port).RunAsync(items, 8); // some keep what is asked for twice
            await RunOrReportAsync(load, contender);
            await _origin.CountAsync();
        }

        for (int run = 0; run < _arguments.Get("runs", 5); run++)
        {
            foreach (var contender in _contenders)
            {
                if (await RunOrReportAsync(load, contender) is not { } result) continue;
                results[contender].Add(result);
                var (asked, _) = await _origin.CountAsync();
                Console.WriteLine($"  {contender.Name,-9} {result}{(asked > 0 ? $"  ({asked} requests to the origin)" : "")}");
            }
        }

        var ours = results[_contenders[0]];
        foreach (var contender in _contenders.Skip(1).Where(contender => results[contender].Count == ours.Count))
        {
            double Ratio(Func<WrkResult, double> of) => Median(ours, of) / Median(results[contender], of);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  median of {ours.Count}: requests {Ratio(r => r.RequestsPerSecond):f2} × {contender.Name}, p50 {Ratio(r => r.P50):f2} ×, p99 {Ratio(r => r.P99):f2} ×, CPU a request {Ratio(r => r.CpuMicroseconds):f2} ×, memory {Ratio(r => r.ResidentMiB):f1} ×"));
        }
    }

    /// <summary>A peer that fails under a load is reported and left out of the comparison; ours must not.</summary>
    private async Task<WrkResult?> RunOrReportAsync(WrkLoad load, ContendingServer contender)
    {
        try
        {
            return await load.RunAsync(contender);
        }
        catch (InvalidOperationException failure) when (contender != _contenders[0])
        {
            Console.WriteLine($"  {contender.Name,-9} failed: {failure.Message.ReplaceLineEndings(" ")}");
            return null;
        }
    }

    /// <summary>Fills the caches, kills every contender, starts it again on the same files, and asks for everything again.</summary>
    /// <remarks>Disk-cold stands for a set far larger than the memory of the machine: each object is asked for once, in another order than before, and
    /// the kernel is made to forget its pages first. That is as bad as it can get, without the time that such a set takes.</remarks>
    private async Task RestartAsync(string workload, string what, string objects)
    {
        bool isCold = workload == "disk-cold";
        var items = SyntheticObjects.Of(objects);
        Console.WriteLine($"{what}: {objects}, {items.Sum(static item => (long)item.Length) >> 20} MiB");
        await _origin.LoadAsync(objects);
        await _origin.SetAsync();
        foreach (var contender in _contenders) await new VerifyingLoad(contender.Port, _origin.Port).RunAsync(items, 32);
        await StopContendersAsync();
        if (isCold)
        {
            int kept = ColdPages.Forget(Path.Combine(_folder, workload));
            if (kept > 0) Console.WriteLine($"  ({kept} files stay in memory: choose a folder on a real disk)");
            new Random(7).Shuffle(items);
        }

        await StartContendersAsync(workload);
        foreach (var contender in _contenders)
        {
            await _origin.CountAsync();
            var result = await new VerifyingLoad(contender.Port, _origin.Port).RunAsync(items, 32);
            var (asked, _) = await _origin.CountAsync();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {contender.Name,-9} {100.0 * (items.Length - asked) / items.Length:f1} % still there; {result}"));
        }
    }

    private static double Median(List<WrkResult> results, Func<WrkResult, double> select) => results.Select(select).Order().ElementAt(results.Count / 2);
}
