using System.Diagnostics;
using System.Globalization;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Publishing;
using Cvmfs.Net.Publishing.Signing;

namespace Cvmfs.Net.LoadBench.Publishing;

/// <summary>A directory tree into a new repository: everything from reading the files to the signed manifest.</summary>
internal static class PublishBench
{
    /// <summary>Mode of the child processes.</summary>
    public const string RunMode = "publish-run";

    public static async Task<int> RunAsync(Arguments arguments)
    {
        string folder = Directory.CreateDirectory(arguments.Get("folder", Path.Combine(Path.GetTempPath(), "loadbench"))).FullName;
        int runs = arguments.Get("runs", 5);
        var costs = new List<RunCost>();
        for (int run = 0; run < runs; run++)
        {
            costs.Add(await RunCost.OfChildAsync(RunMode, "--tree", arguments["tree"], "--folder", folder));
            Console.WriteLine($"publish {costs[^1]}");
        }

        long bytes = new DirectoryInfo(arguments["tree"]).EnumerateFiles("*", SearchOption.AllDirectories).Where(file => file.LinkTarget is null).Sum(file => file.Length);
        int files = Directory.EnumerateFiles(arguments["tree"], "*", SearchOption.AllDirectories).Count();
        double wall = costs.Select(cost => cost.Wall.TotalSeconds).Order().ElementAt(runs / 2);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"median of {runs}: {wall:f2} s, {files / wall:f0} files/s, {bytes / wall / (1 << 20):f0} MiB/s of content, {costs.Select(cost => cost.Cpu.TotalSeconds).Order().ElementAt(runs / 2):f2} s CPU"));
        return 0;
    }

    /// <summary>One publication, in a process of its own.</summary>
    public static async Task<int> RunOnceAsync(Arguments arguments)
    {
        string target = Path.Combine(arguments["folder"], "published");
        string keyFolder = Path.Combine(arguments["folder"], "keys");
        foreach (string left in new[] { target, keyFolder }.Where(Directory.Exists)) Directory.Delete(left, recursive: true);
        using var keys = PublisherKeys.Create(RepositoryName.Parse("bench.example.org"));
        long began = Stopwatch.GetTimestamp();
        using var publisher = await RepositoryPublisher.InitAsync(target, keys);
        var report = await publisher.CommitTreeAsync(arguments["tree"]);
        RunCost.OfThisProcess(Stopwatch.GetElapsedTime(began), report.NewObjects).Print();
        await keys.SaveAsync(keyFolder);
        return 0;
    }
}
