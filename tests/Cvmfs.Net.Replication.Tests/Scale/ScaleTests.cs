using System.Diagnostics;
using System.Globalization;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Scale;

/// <summary>Sizes at which anything that grows with the repository shows. Each is a run of LoadBench: memory is measured in a process of its own.</summary>
public sealed class ScaleTests
{
    private const int MaxGrowthMiB = 200;
    private const int MaxLiveGrowthMiB = 160;
    private const int Margin = 32;         // MiB by which live memory may differ between the halves of a run
    private const string HeapLimit = "0xA000000"; // 160 MiB: the runtime then keeps itself within bounds, and a leak ends the run
    private const int MaxNewDescriptors = 200;

    /// <summary>A point of the curve.</summary>
    private readonly record struct Point(long Requests, int Live, int Resident, int Descriptors, int Threads);

    [SlowFact]
    [Conforms("stratum1", 36)]
    public async Task A_million_objects_take_as_much_memory_at_the_end_as_at_the_beginning()
    {
        const int objects = 1_000_000;
        using var folder = new TempFolder();
        string key = folder.Combine("key.pub");
        // In a process of its own, so that its memory is not taken for the engine's.
        using var upstream = Start(folder, "synthetic-serve", "--objects", $"{objects}", "--key", key);
        IReadOnlyList<Point> curve;
        try
        {
            string ready = await upstream.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) ?? "";
            curve = await MeasureAsync("synthetic", "--objects", $"{objects}", "--key", key, "--origin", ready.Split(' ')[^1]);
        }
        finally
        {
            upstream.Kill();
        }

        Assert.InRange(curve[^1].Requests, objects, objects + 1000); // catalogs and root files; nothing comes twice
        AssertBounded(curve);
        int half = curve.Count / 2;
        Assert.True(
            curve.Skip(half).Max(point => point.Live) <= curve.Take(half).Max(point => point.Live) + Margin, "live memory grows with the number of objects");
    }

    [SlowFact]
    [Conforms("stratum1", 35)]
    public async Task A_hundred_thousand_revisions_come_in_one_increment_with_bounded_memory_stack_and_descriptors()
    {
        const int revisions = 100_000;
        var curve = await MeasureAsync("synthetic-history", "--revisions", $"{revisions}");

        Assert.InRange(curve[^1].Requests, revisions - 1, revisions + 20);
        AssertBounded(curve); // a catalog that waits for its predecessors costs some hundred bytes, and no descriptor
    }

    [Fact]
    public async Task The_synthetic_runs_work_in_small()
    {
        Assert.NotEmpty(await MeasureAsync("synthetic", "--objects", "3000", "--files-per-catalog", "100", "--store", "disk"));
        Assert.NotEmpty(await MeasureAsync("synthetic-history", "--revisions", "300"));
    }

    private static void AssertBounded(IReadOnlyList<Point> curve)
    {
        var begin = curve[0];
        Assert.All(curve, point =>
        {
            Assert.InRange(point.Live - begin.Live, int.MinValue, MaxLiveGrowthMiB);
            Assert.InRange(point.Resident - begin.Resident, int.MinValue, MaxGrowthMiB);
            Assert.InRange(point.Descriptors - begin.Descriptors, int.MinValue, MaxNewDescriptors);
        });
    }

    private static async Task<IReadOnlyList<Point>> MeasureAsync(params string[] arguments)
    {
        using var folder = new TempFolder();
        using var process = Start(folder, arguments);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, output + await errors);
        TestContext.Current.TestOutputHelper?.WriteLine(output);
        return
        [
            .. output.Split('\n').Where(line => line.StartsWith("curve ", StringComparison.Ordinal)).Select(line =>
            {
                int[] numbers = [.. line.Split(' ').Skip(1).Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
                return new Point(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]);
            }),
        ];
    }

    private static Process Start(TempFolder folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Cvmfs.Net.LoadBench.dll"), .. arguments, "--folder", folder.Path])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_gcServer"] = "0", ["MALLOC_ARENA_MAX"] = "2", ["MALLOC_MMAP_THRESHOLD_"] = "65536", ["MALLOC_TRIM_THRESHOLD_"] = "131072", ["DOTNET_GCHeapHardLimit"] = HeapLimit },
        };
        return Process.Start(start)!;
    }
}
