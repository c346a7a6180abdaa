using System.Diagnostics;
using System.Globalization;
using Cvmfs.Net.Replication;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.LoadBench.Snapshot;

/// <summary>First snapshot over the network: ours against the naive loop, alternating, medians and their ratios at the end.</summary>
internal static class SnapshotBench
{
    /// <summary>Mode of the child processes.</summary>
    public const string RunMode = "snapshot-run";

    public static async Task<int> RunAsync(Arguments arguments)
    {
        string folder = Directory.CreateDirectory(arguments.Get("folder", Path.Combine(Path.GetTempPath(), "loadbench"))).FullName;
        string list = Path.Combine(folder, "objects.txt");
        int runs = arguments.Get("runs", 5);
        string[] own = ["--connections", arguments.Get("connections", "32"), "--transfers", arguments.Get("transfers", "512"), "--client", arguments.Get("client", "own")];
        string[] common = ["--origin", arguments["origin"], "--key", arguments["key"], "--repository", arguments["repository"], "--folder", folder];

        var ours = new List<RunCost>();
        var naive = new List<RunCost>();
        for (int run = 0; run < runs; run++)
        {
            Clear(folder);
            ours.Add(await RunCost.OfChildAsync([RunMode, "--what", "ours", .. own, .. common]));
            Console.WriteLine($"ours   {ours[^1]}");
            Clear(folder);
            naive.Add(await RunCost.OfChildAsync([RunMode, "--what", "naive", "--workers", arguments.Get("naive-workers", "64"), "--list", list, .. common]));
            Console.WriteLine($"naive  {naive[^1]}");
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"median of {runs}: wall {Median(ours, c => c.Wall.TotalSeconds) / Median(naive, c => c.Wall.TotalSeconds):f2} × naive, CPU {Median(ours, c => c.Cpu.TotalSeconds) / Median(naive, c => c.Cpu.TotalSeconds):f2} × naive, peak {Median(ours, c => c.PeakMiB):f0} MiB"));
        return 0;
    }

    /// <summary>One run of one contender, in a process of its own.</summary>
    public static async Task<int> RunOnceAsync(Arguments arguments)
    {
        string target = Directory.CreateDirectory(Path.Combine(arguments["folder"], arguments["what"])).FullName;
        long began = Stopwatch.GetTimestamp();
        long objects = arguments["what"] == "ours"
            ? await OursAsync(arguments, target)
            : await NaiveSnapshot.RunAsync(arguments["origin"], target, arguments["list"], arguments.Get("workers", 64));
        RunCost.OfThisProcess(Stopwatch.GetElapsedTime(began), objects).Print();

        if (arguments["what"] == "ours")
        {
            string data = Path.Combine(target, "data");
            await File.WriteAllLinesAsync(Path.Combine(arguments["folder"], "objects.txt"),
                Directory.EnumerateFiles(data, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(target, file)));
        }

        return 0;
    }

    /// <summary>In the parent, or the child's processor time would hold what removing the former run costs.</summary>
    private static void Clear(string folder)
    {
        foreach (string contender in Directory.EnumerateDirectories(folder)) Directory.Delete(contender, recursive: true);
    }

    private static async Task<long> OursAsync(Arguments arguments, string target)
    {
        var keys = await MasterKeys.LoadAsync(arguments["key"]);
        // "framework": SocketsHttpHandler in place of our own connections, as many as there are transfers then, for it sends one request on each.
        using var handler = arguments["client"] == "framework" ? new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false } : null;
        var source = new RepositorySourceOptions();
        source.Http.Handler = handler;
        source.Http.MaxConnections = arguments.Get("connections", 32);
        await using var framework = handler is null ? null : RepositorySource.Open(arguments["origin"], source);
        await using var replica = new Replica(new ReplicationOptions
        {
            Repository = arguments["repository"],
            Upstream = arguments["origin"],
            StorageFolder = target,
            MaxConnections = arguments.Get("connections", 32),
            MaxTransfers = arguments.Get("transfers", 512),
        }, keys, new ReplicaServices { Source = framework });
        var report = await replica.SnapshotAsync();
        if (!report.Succeeded) throw new InvalidOperationException(report.Message);
        return report.ObjectsFetched + report.CatalogsFetched;
    }

    private static double Median(List<RunCost> costs, Func<RunCost, double> select) => costs.Select(select).Order().ElementAt(costs.Count / 2);
}
