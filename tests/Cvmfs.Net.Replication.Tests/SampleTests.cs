using System.Diagnostics;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests;

/// <summary>The sample as a user starts it: a process of its own, to the end.</summary>
public sealed class SampleTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_configuration_it_publishes_replicates_verifies_serves_and_follows()
    {
        var (exitCode, output) = await RunAsync("--demo-revisions", "2", "--demo-interval", "00:00:00.1", "--poll", "00:00:01");
        Assert.True(exitCode == 0, output);
        for (int revision = 1; revision <= 3; revision++) Assert.Contains($"Revision {revision}: ", output, StringComparison.Ordinal);
        Assert.Equal(3, output.Split("Verified: ").Length - 1);
        Assert.Contains("curl -s http://127.0.0.1:", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_upstream_and_key_it_replicates_that()
    {
        using var upstream = TestData.Unpack("all.example.org");
        using var storage = new TempFolder();
        var (exitCode, output) = await RunAsync(
            "--upstream", upstream.Path, "--repository", "all.example.org", "--key", upstream.PublicKeyPath, "--storage", storage.Path, "--once");
        Assert.True(exitCode == 0, output);
        ReplicaInvariants.Check(storage.Combine("all.example.org"));
    }

    [Theory]
    [InlineData(2, "--bogus")]
    [InlineData(2, "--upstream", "http://127.0.0.1:1/cvmfs/x.example.org")]
    [InlineData(2, "--poll", "00:00:00")]
    [InlineData(0, "--help")]
    public async Task Refuses_what_it_does_not_understand(int expected, params string[] arguments)
        => Assert.Equal(expected, (await RunAsync(arguments)).ExitCode);

    [Fact]
    public async Task An_interrupt_ends_it_in_order()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "signals");
        using var process = Start();
        while (await process.StandardOutput.ReadLineAsync(Token) is { } line && !line.StartsWith("Served.", StringComparison.Ordinal)) { }
        using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"])) await kill.WaitForExitAsync(Token);
        string rest = await process.StandardOutput.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        Assert.True(process.ExitCode == 0, rest);
        Assert.Contains("Stopped", rest, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        var errors = process.StandardError.ReadToEndAsync(Token);
        string output = await process.StandardOutput.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        return (process.ExitCode, output + await errors);
    }

    private static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Stratum1Replicator.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }
}
