using System.Diagnostics;

namespace Cvmfs.Net.Monitoring.Tests.Fleet.Alerting;

/// <summary>Programs of others that judge what we make. Where one is not installed, its tests say so and are skipped.</summary>
internal static class Tool
{
    public static async Task<string> RunAsync(string program, string folder, params string[] arguments)
    {
        bool isThere = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(path => File.Exists(Path.Combine(path, program)));
        Assert.SkipUnless(isThere, $"{program} is not installed; .ci/run installs what it needs.");
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var token = TestContext.Current.CancellationToken;
        var output = process.StandardOutput.ReadToEndAsync(token);
        string error = await process.StandardError.ReadToEndAsync(token);
        await process.WaitForExitAsync(token);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}\n{await output}\n{error}");
        return await output;
    }
}
