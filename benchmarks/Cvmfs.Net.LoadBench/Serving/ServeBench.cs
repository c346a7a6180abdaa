using System.Globalization;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.LoadBench.Serving;

/// <summary>
/// Question: how many requests a second does our server answer, and how does nginx do with the same folder on the same processors?
/// The servers are processes of their own and take turns under wrk; both run all the time, for an idle server costs nothing.
/// </summary>
internal static class ServeBench
{
    /// <summary>Mode of the child process that serves.</summary>
    public const string RunMode = "serve-run";

    private const int LargeObjects = 16;
    private const int LargeBytes = 8 << 20;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        if (Programs.Missing("nginx", "wrk") is { } missing)
        {
            Console.WriteLine($"skipped: {missing} is not installed.");
            return 0;
        }

        string repository = arguments["repository"];
        string folder = Path.Combine(Directory.CreateDirectory(arguments.Get("folder", Path.GetTempPath())).FullName, $"serve-{Environment.ProcessId}");
        string root = Path.Combine(folder, "cvmfs"); // what nginx has as its root is the folder above, so that both see the same URLs
        Directory.CreateDirectory(root);
        try
        {
            Directory.CreateSymbolicLink(Path.Combine(root, repository), Path.GetFullPath(arguments["storage"]));
            var small = SmallObjects(Path.Combine(root, repository), repository, arguments);
            var large = MakeLargeObjects(Path.Combine(root, "large.example.org"));
            await using var ours = await ContendingServer.StartOursAsync(root, arguments.Get("cli", ""), arguments.Get("serve-options", ""));
            await using var nginx = await ContendingServer.StartNginxAsync(folder);
            string which = arguments.Get("only", "all");
            if (which is "all" or "small") await CompareAsync($"{small.Count} objects of 4 to 16 KiB", small, ours, nginx, folder, arguments);
            if (which is "all" or "large") await CompareAsync($"{large.Count} objects of {LargeBytes >> 20} MiB", large, ours, nginx, folder, arguments);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true); // a link among what is deleted is deleted itself, not what it names
        }
    }

    private static async Task CompareAsync(
        string what, IReadOnlyList<string> paths, ContendingServer ours, ContendingServer nginx, string folder, Arguments arguments)
    {
        Console.WriteLine(what);
        string script = Path.Combine(folder, "paths.lua");
        await WrkLoad.WriteScriptAsync(script, paths);
        var load = new WrkLoad(script, arguments.Get("connections", 64), arguments.Get("seconds", 5));
        foreach (var server in (ContendingServer[])[ours, nginx]) await load.RunAsync(server); // caches and the JIT get warm
        var results = new Dictionary<ContendingServer, List<WrkResult>> { [ours] = [], [nginx] = [] };
        for (int run = 0; run < arguments.Get("runs", 5); run++)
        {
            foreach (var server in (ContendingServer[])[ours, nginx])
            {
                var result = await load.RunAsync(server);
                results[server].Add(result);
                Console.WriteLine($"  {server.Name,-6} {result}");
            }
        }

        double Ratio(Func<WrkResult, double> of) => Median(results[ours], of) / Median(results[nginx], of);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  median of {results[ours].Count}: requests {Ratio(r => r.RequestsPerSecond):f2} × nginx, bytes {Ratio(r => r.MegabytesPerSecond):f2} ×, p50 {Ratio(r => r.P50):f2} ×, p99 {Ratio(r => r.P99):f2} ×, CPU a request {Ratio(r => r.CpuMicroseconds):f2} ×, memory {Ratio(r => r.ResidentMiB):f1} ×"));
    }

    /// <summary>Distinct objects in an order that is random and the same each time.</summary>
    private static List<string> SmallObjects(string storage, string repository, Arguments arguments)
    {
        var files = new DirectoryInfo(Path.Combine(storage, ObjectPath.DataFolder)).EnumerateFiles("*", SearchOption.AllDirectories)
            .Where(file => file.Length is >= 4 << 10 and <= 16 << 10 && file.Directory!.Name.Length == 2)
            .Select(file => $"/cvmfs/{repository}/data/{file.Directory!.Name}/{file.Name}").Order(StringComparer.Ordinal).ToArray();
        new Random(7).Shuffle(files);
        return [.. files.Take(arguments.Get("objects", 10_000))];
    }

    private static List<string> MakeLargeObjects(string storage)
    {
        var random = new Random(11);
        byte[] content = new byte[LargeBytes];
        var paths = new List<string>();
        for (int i = 0; i < LargeObjects; i++)
        {
            random.NextBytes(content);
            string path = ObjectPath.Of(new ObjectKey(ContentHash.Compute(HashAlgorithmId.Sha1, content)));
            string file = Path.Combine(storage, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, content);
            paths.Add("/cvmfs/" + Path.GetFileName(storage) + "/" + path);
        }

        return paths;
    }

    private static double Median(List<WrkResult> results, Func<WrkResult, double> select) => results.Select(select).Order().ElementAt(results.Count / 2);
}
