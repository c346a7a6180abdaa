using System.Diagnostics;
using System.Globalization;
using Cvmfs.Net.Proxy.Storage;
using static Cvmfs.Net.Proxy.Tests.Storage.StoredObjects;

namespace Cvmfs.Net.Proxy.Tests.Storage;

/// <summary>A cache in a process of its own, to be killed: an explicit test of this program, which runs only when it is asked for by name.</summary>
public sealed class KilledCache
{
    private const string Prefix = "stored ";
    private const string FolderVariable = "CVMFSNET_KILLED_CACHE";
    private const string BatchVariable = "CVMFSNET_KILLED_CACHE_BATCH";

    /// <summary>Objects number 0, 1, … of a run: most small, one in 50 with a file of its own.</summary>
    internal static byte[] Numbered(int number) => Content(number, number % 50 == 0 ? 70_000 : 200 + number % 1500);

    /// <summary>The same with small objects only.</summary>
    internal static byte[] NumberedSmall(int number) => Content(number, 200 + number % 600);

    /// <summary>Starts it.</summary>
    internal static Process Start(string folder, int batch)
    {
        string program = Environment.ProcessPath!;
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet") start.ArgumentList.Add(typeof(KilledCache).Assembly.Location);
        foreach (string argument in new[] { "-noLogo", "-noColor", "-explicit", "only", "-method", $"{typeof(KilledCache).FullName}.{nameof(Fills_a_cache_until_it_is_killed)}" }) start.ArgumentList.Add(argument);
        start.Environment[FolderVariable] = folder;
        start.Environment[BatchVariable] = batch.ToString(CultureInfo.InvariantCulture);
        return Process.Start(start)!;
    }

    /// <summary>How many objects it says are on disk; null for any other line.</summary>
    internal static int? Stored(string line)
        => line.StartsWith(Prefix, StringComparison.Ordinal) ? int.Parse(line.AsSpan(Prefix.Length), CultureInfo.InvariantCulture) : null;

    [Fact(Explicit = true)]
    public async Task Fills_a_cache_until_it_is_killed()
    {
        string folder = Environment.GetEnvironmentVariable(FolderVariable)!;
        int batch = int.Parse(Environment.GetEnvironmentVariable(BatchVariable)!, CultureInfo.InvariantCulture);
        await using var output = Console.OpenStandardOutput();
        await using var cache = ObjectCache.Open(Options(folder, static options => (options.MaxBytes, options.MemoryBytes) = (8L << 30, 1 << 20)));
        for (int number = 0; number < int.MaxValue - batch;)
        {
            for (int end = number + batch; number < end; number++) cache.Add(batch > 1000 ? NumberedSmall(number) : Numbered(number));
            await cache.FlushAsync();
            await output.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"{Prefix}{number}\n"), TestContext.Current.CancellationToken);
        }
    }
}
