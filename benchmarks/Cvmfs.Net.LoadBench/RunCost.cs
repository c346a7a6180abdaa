using System.Diagnostics;
using System.Globalization;

namespace Cvmfs.Net.LoadBench;

/// <summary>What one run of a contender cost.</summary>
/// <param name="Wall">Time from begin to end of the work, process start excluded.</param>
/// <param name="Cpu">Processor time of the process, start included.</param>
/// <param name="PeakMiB">Largest resident memory.</param>
/// <param name="Objects">Objects brought.</param>
internal sealed record RunCost(TimeSpan Wall, TimeSpan Cpu, long PeakMiB, long Objects)
{
    private const string Prefix = "cost ";

    /// <summary>The cost of this process so far.</summary>
    public static RunCost OfThisProcess(TimeSpan wall, long objects)
    {
        using var self = Process.GetCurrentProcess();
        return new RunCost(wall, self.TotalProcessorTime, self.PeakWorkingSet64 >> 20, objects);
    }

    /// <summary>Runs this program again in another mode and reads the cost that it prints.</summary>
    public static async Task<RunCost> OfChildAsync(params string[] arguments)
    {
        string[] program = Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? [Environment.GetCommandLineArgs()[0]] : [];
        var start = new ProcessStartInfo(Environment.ProcessPath, [.. program, .. arguments]) { RedirectStandardOutput = true };
        using var child = Process.Start(start)!;
        string output = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();
        string? line = output.Split('\n').FirstOrDefault(line => line.StartsWith(Prefix, StringComparison.Ordinal));
        if (child.ExitCode != 0 || line is null) throw new InvalidOperationException($"run failed with {child.ExitCode}: {output}");
        long[] numbers = [.. line[Prefix.Length..].Split(' ').Select(text => long.Parse(text, CultureInfo.InvariantCulture))];
        return new RunCost(TimeSpan.FromMilliseconds(numbers[0]), TimeSpan.FromMilliseconds(numbers[1]), numbers[2], numbers[3]);
    }

    public void Print() => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{Prefix}{(long)Wall.TotalMilliseconds} {(long)Cpu.TotalMilliseconds} {PeakMiB} {Objects}"));

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Wall.TotalSeconds,7:f2} s  {Cpu.TotalSeconds,7:f2} s CPU  {PeakMiB,5} MiB  {Objects,7} objects");
}
