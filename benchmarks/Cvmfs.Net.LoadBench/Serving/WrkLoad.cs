using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Cvmfs.Net.LoadBench.Serving;

/// <summary>One load, as often as wanted, against one server or the other.</summary>
internal sealed partial class WrkLoad(string script, int connections, int seconds)
{
    /// <summary>A script that asks for the paths in random order, each thread in its own.</summary>
    /// <param name="file">Where the script goes.</param>
    /// <param name="paths">Paths, or URLs for a forward proxy.</param>
    /// <param name="closes">Whether every request asks for the connection to be closed.</param>
    public static async Task WriteScriptAsync(string file, IReadOnlyList<string> paths, bool closes = false)
    {
        await using var writer = new StreamWriter(file);
        await writer.WriteLineAsync("local paths = {");
        foreach (string path in paths) await writer.WriteLineAsync($"\"{path}\",");
        await writer.WriteLineAsync("}");
        if (closes) await writer.WriteLineAsync("wrk.headers[\"Connection\"] = \"close\"");
        await writer.WriteAsync(
            """
            local requests = {}
            local count = 0
            function setup(thread) count = count + 1; thread:set("seed", count) end
            function init(args)
              math.randomseed(seed)
              for i, path in ipairs(paths) do requests[i] = wrk.format("GET", path) end
            end
            function request() return requests[math.random(#requests)] end

            """);
    }

    public async Task<WrkResult> RunAsync(ContendingServer server)
    {
        var before = server.ProcessorTime();
        var start = new ProcessStartInfo("wrk",
            ["-t2", $"-c{connections}", $"-d{seconds}s", "--latency", "--timeout", "10s", "-s", script, $"http://127.0.0.1:{server.Port}"])
        { RedirectStandardOutput = true };
        using var wrk = Process.Start(start)!;
        string output = await wrk.StandardOutput.ReadToEndAsync();
        await wrk.WaitForExitAsync();
        if (wrk.ExitCode != 0 || output.Contains("Non-2xx", StringComparison.Ordinal) || output.Contains("Socket errors", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"{server.Name}: {output}");
        }

        double requests = double.Parse(RequestCount().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
        return new WrkResult(
            double.Parse(Rate().Match(output).Groups[1].Value, CultureInfo.InvariantCulture),
            Quantity(Throughput().Match(output), new() { ["KB"] = 1.0 / 1024, ["MB"] = 1, ["GB"] = 1024 }),
            Quantity(Half().Match(output), Milliseconds),
            Quantity(Tail().Match(output), Milliseconds),
            (server.ProcessorTime() - before).TotalMicroseconds / requests,
            server.ResidentMiB());
    }

    private static readonly Dictionary<string, double> Milliseconds = new() { ["us"] = 0.001, ["ms"] = 1, ["s"] = 1000 };

    private static double Quantity(Match match, Dictionary<string, double> units)
        => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * units[match.Groups[2].Value];

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex Rate();

    [GeneratedRegex(@"(\d+) requests in")]
    private static partial Regex RequestCount();

    [GeneratedRegex(@"Transfer/sec:\s+([\d.]+)(KB|MB|GB)")]
    private static partial Regex Throughput();

    [GeneratedRegex(@"50%\s+([\d.]+)(us|ms|s)")]
    private static partial Regex Half();

    [GeneratedRegex(@"99%\s+([\d.]+)(us|ms|s)")]
    private static partial Regex Tail();
}
