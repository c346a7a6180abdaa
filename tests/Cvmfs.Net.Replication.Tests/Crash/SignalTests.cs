using System.Diagnostics;
using Cvmfs.Net.Replication.Publishing;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Crash;

/// <summary>The tool, asked to end in the middle of a transfer that would never end by itself.</summary>
public sealed class SignalTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [Conforms("stratum1", 9)]
    [Conforms("stratum1", 65)]
    [InlineData("TERM", 143)]
    [InlineData("INT", 130)]
    [InlineData("HUP", 129)]
    public async Task The_first_signal_ends_a_run_in_order_and_soon(string signal, int exitCode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "has no such signals");
        await using var setup = await StalledRun.StartAsync();
        Assert.True(File.Exists(Path.Combine(setup.Storage, ".cvmfs_is_snapshotting")));
        using (var excluded = await setup.TakeLockAsync()) Assert.Null(excluded);

        long asked = Stopwatch.GetTimestamp();
        await setup.SignalAsync(signal);
        await setup.Process.WaitForExitAsync(Token);

        Assert.Equal(exitCode, setup.Process.ExitCode);
        Assert.True(Stopwatch.GetElapsedTime(asked) < TimeSpan.FromSeconds(5)); // the origin would stall for ten
        Assert.False(File.Exists(Path.Combine(setup.Storage, ".cvmfs_is_snapshotting")));
        Assert.False(File.Exists(Path.Combine(setup.Storage, ".cvmfspublished")));
        ReplicaInvariants.Check(setup.Storage);
        using var free = await setup.TakeLockAsync();
        Assert.NotNull(free);
    }

    [Fact]
    [Conforms("stratum1", 65)]
    public async Task After_a_signal_the_next_run_completes_what_is_missing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "has no such signals");
        await using var setup = await StalledRun.StartAsync();
        await setup.SignalAsync("TERM");
        await setup.Process.WaitForExitAsync(Token);
        var (exitCode, output) = await SnapshotProcess.RunAsync(setup.Origin, setup.KeyFile, setup.Storage, point: null);
        Assert.True(exitCode == 0, output);
        ReplicaInvariants.Check(setup.Storage);
    }

    /// <summary>A run that has begun and waits for an object.</summary>
    private sealed class StalledRun(TempFolder folder, BuiltRepository upstream, TestOrigin origin, string keyFile, Process process) : IAsyncDisposable
    {
        public string Storage { get; } = folder.Combine("storage");

        public TestOrigin Origin { get; } = origin;

        public string KeyFile { get; } = keyFile;

        public Process Process { get; } = process;

        public static async Task<StalledRun> StartAsync()
        {
            var folder = new TempFolder();
            var upstream = await new RepositoryBuilder().Nested("/a").Files("/a", 20).BuildAsync();
            var origin = await TestOrigin.StartAsync(upstream.Path, upstream.Name.ToString());
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var never = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            string victim = Objects.ObjectPath.Of(upstream.KeyOf("/a/0005"));
            origin.Interfere = async (context, path) =>
            {
                if (path != victim) return false;
                reached.TrySetResult();
                await never.Task.WaitAsync(context.RequestAborted);
                return true;
            };
            string keyFile = folder.Write("key.pub", System.Text.Encoding.ASCII.GetBytes(upstream.Keys.Publisher.MasterPublicKeyPem));
            var process = Process.Start(SnapshotProcess.Start(origin.Url, keyFile, folder.Combine("storage")))!;
            var run = new StalledRun(folder, upstream, origin, keyFile, process);
            await reached.Task.WaitAsync(TimeSpan.FromMinutes(1), Token);
            return run;
        }

        public Task<ReplicaLock?> TakeLockAsync() => ReplicaLock.TakeAsync(
            Path.Combine(Storage, ReplicaLocation.PrivateFolder, ReplicaLock.FileName), TimeSpan.Zero, TimeProvider.System, Token);

        public async Task SignalAsync(string signal)
        {
            using var kill = Process.Start("kill", [$"-{signal}", $"{Process.Id}"]);
            await kill.WaitForExitAsync(Token);
        }

        public async ValueTask DisposeAsync()
        {
            if (!Process.HasExited) Process.Kill();
            Process.Dispose();
            await Origin.DisposeAsync();
            upstream.Dispose();
            folder.Dispose();
        }
    }
}
