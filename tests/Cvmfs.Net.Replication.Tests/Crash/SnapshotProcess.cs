using System.Diagnostics;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Crash;

/// <summary>The command-line tool taking a snapshot in a process of its own.</summary>
internal static class SnapshotProcess
{
    /// <summary>The tool as it was built with these tests.</summary>
    public static readonly string Tool = Path.Combine(AppContext.BaseDirectory, "cvmfs-net.dll");

    /// <summary>Runs a snapshot to its end, or until it is killed.</summary>
    /// <param name="upstream">The origin.</param>
    /// <param name="keyFile">Public master key.</param>
    /// <param name="storage">The replica's folder.</param>
    /// <param name="point">When to kill it; null for never.</param>
    /// <returns>The exit code, null when it was killed, and what it said.</returns>
    public static async Task<(int? ExitCode, string Output)> RunAsync(TestOrigin upstream, string keyFile, string storage, KillPoint? point)
    {
        Directory.CreateDirectory(Path.Combine(storage, ReplicaLocation.PrivateFolder));
        var due = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int requests = 0;
        int rootFileEvents = 0;
        using var watcher = new FileSystemWatcher(storage, ".cvmfs*");
        using var privateWatcher = new FileSystemWatcher(Path.Combine(storage, ReplicaLocation.PrivateFolder));
        upstream.Interfere = (_, _) =>
        {
            if (Interlocked.Increment(ref requests) == point?.Request) due.TrySetResult();
            return Task.FromResult(false);
        };
        foreach (var eyes in (FileSystemWatcher[])[watcher, privateWatcher])
        {
            if (point is not { RootFileEvent: > 0 }) break;
            eyes.Created += (_, _) => Count();
            eyes.Renamed += (_, _) => Count();
            eyes.Deleted += (_, _) => Count();
            eyes.EnableRaisingEvents = true;
        }

        using var process = Process.Start(Start(upstream.Url, keyFile, storage))!;
        var output = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var ended = process.WaitForExitAsync(TestContext.Current.CancellationToken);
        bool killed = await Task.WhenAny(due.Task, ended) == due.Task;
        if (killed)
        {
            if (point!.Value.Pause > TimeSpan.Zero) await Task.WhenAny(ended, Task.Delay(point.Value.Pause, TimeProvider.System));
            process.Kill(); // SIGKILL
            await ended;
        }

        upstream.Interfere = null;
        // It may have come to its end in the pause. Then that is how it ended.
        const int killedBySignal = 128 + 9;
        return (killed && process.ExitCode == killedBySignal ? null : process.ExitCode, await output);

        void Count()
        {
            if (Interlocked.Increment(ref rootFileEvents) == point.Value.RootFileEvent) due.TrySetResult();
        }
    }

    /// <summary>How to start one.</summary>
    public static ProcessStartInfo Start(string url, string keyFile, string storage) => new(
        "dotnet", [Tool, "replica", "snapshot", "--upstream", url, "--key", keyFile, "--storage", storage, "--connections", $"{KillHarness.Connections}"])
    {
        RedirectStandardError = true,
        Environment = { ["DOTNET_TieredPGO"] = "0", ["DOTNET_EnableDiagnostics"] = "0" }, // such a process lives half a second
    };
}
