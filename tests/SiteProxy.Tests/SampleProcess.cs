using System.Diagnostics;
using System.Text;

namespace SiteProxy.Tests;

/// <summary>The sample as somebody runs it: a process of its own.</summary>
internal sealed class SampleProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly Task _errors;

    private SampleProcess(Process process)
    {
        _process = process;
        _errors = DrainAsync(process.StandardError);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Everything that it said so far.</summary>
    public string Output
    {
        get { lock (_output) return _output.ToString(); }
    }

    public static SampleProcess Start(params string[] arguments) => new(Process.Start(
        new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "SiteProxy.dll"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!);

    /// <summary>Waits for a line that it says from now on.</summary>
    public async Task<string> SaysAsync(string part)
    {
        while (await _process.StandardOutput.ReadLineAsync(Token) is { } line)
        {
            Keep(line);
            if (line.Contains(part, StringComparison.Ordinal)) return line;
        }

        await _errors;
        Assert.Fail($"ended without saying \"{part}\":\n{Output}");
        return "";
    }

    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync(Token);
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> EndAsync()
    {
        await DrainAsync(_process.StandardOutput);
        await _errors;
        await _process.WaitForExitAsync(Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        await _errors;
        _process.Dispose();
    }

    private async Task DrainAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync(CancellationToken.None) is { } line) Keep(line);
    }

    private void Keep(string line)
    {
        lock (_output) _output.AppendLine(line);
    }
}
