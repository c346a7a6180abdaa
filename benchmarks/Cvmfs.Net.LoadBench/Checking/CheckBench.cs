using System.Diagnostics;
using System.Globalization;
using Cvmfs.Net.Replication;
using Cvmfs.Net.Replication.Checking;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.LoadBench.Checking;

/// <summary>Question: what does a whole check, every object hashed and every catalog looked through, cost beside hashing the files alone? Read the ratio
/// to "sha1sum": two processes of it over all files. Both from process start to process end. Where others use the machine, the ratio of processor time counts.</summary>
internal static class CheckBench
{
    public const string RunMode = "check-run";

    public static async Task<int> RunAsync(Arguments arguments)
    {
        string folder = Path.GetFullPath(arguments["repository"]);
        int runs = arguments.Get("runs", 5);
        string spool = Directory.CreateTempSubdirectory("cvmfs-net-check-").FullName;
        List<double> plain = [], ours = [], plainCpu = [], oursCpu = [];
        RunCost cost = new(default, default, 0, 0);
        try
        {
            for (int run = -1; run < runs; run++)
            {
                double cpu = 0;
                var hashed = await TimeAsync(async () => cpu = await HashAsync(folder, arguments.Get("processes", 2)));
                var checkedIn = await TimeAsync(async () => cost = await RunCost.OfChildAsync(
                    RunMode, "--repository", folder, "--key", arguments["key"], "--spool", spool, "--full", arguments.Get("full", "true"), "--content", arguments.Get("content", "true")));
                if (run < 0) continue; // to fill the page cache
                plain.Add(hashed.TotalSeconds);
                ours.Add(checkedIn.TotalSeconds);
                plainCpu.Add(cpu);
                oursCpu.Add(cost.Cpu.TotalSeconds);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"sha1sum {hashed.TotalSeconds,6:f2} s {cpu,6:f2} s CPU   check {checkedIn.TotalSeconds,6:f2} s   {cost}"));
            }
        }
        finally
        {
            Directory.Delete(spool, recursive: true);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"median of {runs}, alternating: sha1sum {Median(plain):f2} s, check {Median(ours):f2} s, {Median(ours) / Median(plain):f2} x sha1sum; processor time {Median(plainCpu):f2} s, {Median(oursCpu):f2} s, {Median(oursCpu) / Median(plainCpu):f2} x"));
        return 0;
    }

    public static async Task<int> RunOnceAsync(Arguments arguments)
    {
        long began = Stopwatch.GetTimestamp();
        var keys = await MasterKeys.LoadAsync(arguments["key"]);
        var checker = new ReplicaChecker(new ReplicaLocation(arguments["repository"], arguments["spool"]));
        var report = await checker.CheckAsync(new CheckOptions
        {
            Keys = keys,
            Full = arguments.Get("full", "true") == "true",
            Content = arguments.Get("content", "true") == "true",
        });
        foreach (var finding in report.Findings.Take(5)) Console.Error.WriteLine(finding);
        if (!report.Succeeded)
        {
            Console.Error.WriteLine(report.Message);
            return 1;
        }

        RunCost.OfThisProcess(Stopwatch.GetElapsedTime(began), report.Content?.Files ?? report.ReferencedObjects ?? 0).Print();
        return 0;
    }

    /// <returns>Processor seconds of the shell's children.</returns>
    private static async Task<double> HashAsync(string folder, int processes)
    {
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = folder, RedirectStandardOutput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(string.Create(CultureInfo.InvariantCulture, $"find data -type f -print0 | xargs -0 -P{processes} -n 2000 sha1sum > /dev/null; times"));
        using var child = Process.Start(start)!;
        string output = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();
        if (child.ExitCode != 0) throw new InvalidOperationException($"sha1sum failed with {child.ExitCode}.");
        // The second line is of the children: 0m0.738s 0m0.375s
        return output.Trim().Split('\n')[^1].Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Sum(static time => time.TrimEnd('s').Split('m') is [var minutes, var seconds]
                ? (60 * double.Parse(minutes, CultureInfo.InvariantCulture)) + double.Parse(seconds, CultureInfo.InvariantCulture) : 0);
    }

    private static async Task<TimeSpan> TimeAsync(Func<Task> work)
    {
        long began = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(began);
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
