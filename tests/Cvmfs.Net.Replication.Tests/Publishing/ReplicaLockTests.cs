using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Cvmfs.Net.Replication.Publishing;
using Cvmfs.Net.Testing;
using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Replication.Tests.Publishing;

public sealed partial class ReplicaLockTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string File => _folder.Combine(ReplicaLock.FileName);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_second_holder_is_refused_until_the_first_lets_go()
    {
        using (var first = await TakeAsync())
        {
            Assert.NotNull(first);
            Assert.Null(await TakeAsync());
        }

        using var second = await TakeAsync();
        Assert.NotNull(second);
    }

    [Fact]
    public async Task Is_free_at_once_though_a_child_on_its_start_has_a_copy_of_the_descriptor()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "looks for the descriptor in /proc");
        SafeFileHandle copy;
        using (var first = await TakeAsync())
        {
            Assert.NotNull(first);
            string descriptor = Directory.GetFileSystemEntries("/proc/self/fd").Single(entry => new FileInfo(entry).LinkTarget == File);
            copy = new SafeFileHandle(Duplicate(int.Parse(Path.GetFileName(descriptor), CultureInfo.InvariantCulture)), ownsHandle: true); // as fork does
        }

        using (copy)
        using (var second = await TakeAsync())
        {
            Assert.NotNull(second);
        }
    }

    [Fact]
    [Conforms("stratum1", 59)]
    public async Task Of_many_at_once_one_holds_it()
    {
        int holders = 0;
        int most = 0;
        var rounds = Enumerable.Range(0, 50).Select(async _ =>
        {
            await Task.Yield();
            using var taken = await ReplicaLock.TakeAsync(File, TimeSpan.Zero, TimeProvider.System, TestContext.Current.CancellationToken);
            if (taken is null) return;
            most = Math.Max(most, Interlocked.Increment(ref holders));
            await Task.Yield();
            Interlocked.Decrement(ref holders);
        });
        await Task.WhenAll(rounds);
        Assert.Equal(1, most);
    }

    [Fact]
    [Conforms("stratum1", 60)]
    public async Task Excludes_the_references_tools_and_is_excluded_by_them()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && System.IO.File.Exists("/usr/bin/flock"), "needs flock(1)");
        using (await TakeAsync())
        {
            Assert.NotEqual(0, await FlockAsync("true"));
        }

        Assert.Equal(0, await FlockAsync("true"));

        using var holder = Process.Start(new ProcessStartInfo("/usr/bin/flock", ["-x", File, "sh", "-c", "echo held; read line"]) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
        Assert.Equal("held", await holder.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        Assert.Null(await TakeAsync());
        await holder.StandardInput.WriteLineAsync();
        await holder.WaitForExitAsync(TestContext.Current.CancellationToken);
        using var after = await TakeAsync();
        Assert.NotNull(after);
    }

    [Fact]
    [Conforms("stratum1", 60)]
    public async Task A_lock_on_a_file_that_was_deleted_excludes_nobody_and_is_not_believed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the tools that delete the file run there");
        using var old = await TakeAsync();
        System.IO.File.Delete(File); // as the reference does when it is done
        using var taken = await TakeAsync();
        Assert.NotNull(taken);
        Assert.Null(await TakeAsync());
    }

    [Fact]
    [Conforms("stratum1", 62)]
    public async Task Waits_for_the_holder_as_long_as_it_may()
    {
        var clock = new FakeClock();
        using var first = await TakeAsync();
        var waiting = ReplicaLock.TakeAsync(File, TimeSpan.FromSeconds(10), clock, TestContext.Current.CancellationToken);
        await clock.WhenTimersAsync(1);
        first!.Dispose();
        clock.Advance(TimeSpan.FromMilliseconds(200));
        using var second = await waiting;
        Assert.NotNull(second);

        var hopeless = ReplicaLock.TakeAsync(File, TimeSpan.FromMilliseconds(100), clock, TestContext.Current.CancellationToken);
        await clock.WhenTimersAsync(1);
        clock.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Null(await hopeless);
    }

    [Fact]
    [Conforms("stratum1", 60)]
    public async Task One_of_the_references_tools_that_waited_on_a_deleted_file_is_waited_for()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && System.IO.File.Exists("/usr/bin/flock"), "needs flock(1)");
        var clock = new FakeClock();
        using var holder = Process.Start(new ProcessStartInfo("/usr/bin/flock", ["-x", File, "sh", "-c", "echo held; read line"]) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
        Assert.Equal("held", await holder.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        var waiting = ReplicaLock.TakeAsync(File, TimeSpan.FromSeconds(10), clock, TestContext.Current.CancellationToken);
        await clock.WhenTimersAsync(1);
        System.IO.File.Delete(File); // and the process goes on believing
        clock.Advance(TimeSpan.FromMilliseconds(200));
        await clock.WhenTimersAsync(1);
        Assert.False(waiting.IsCompleted);

        await holder.StandardInput.WriteLineAsync();
        await holder.WaitForExitAsync(TestContext.Current.CancellationToken);
        clock.Advance(TimeSpan.FromMilliseconds(200));
        using var taken = await waiting;
        Assert.NotNull(taken);
        Assert.True(System.IO.File.Exists(File));
    }

    [Fact]
    [Conforms("stratum1", 59)]
    [Conforms("stratum1", 60)]
    public async Task Of_fifty_processes_that_come_go_and_die_at_most_one_is_inside()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && System.IO.File.Exists("/usr/bin/flock"), "needs flock(1)");
        const int Ours = 38;
        const int References = 12; // one after the other: two of them at once exclude each other badly even without us
        const int AtOnce = 8;
        using var places = new SemaphoreSlim(AtOnce);
        var ours = Enumerable.Range(0, Ours).Select(async i =>
        {
            await places.WaitAsync(TestContext.Current.CancellationToken);
            try
            {
                return await RunAsync(LockHolder.Start(File, dies: i % 3 == 0));
            }
            finally
            {
                places.Release();
            }
        });
        var all = Task.WhenAll(ours);
        var references = new List<int>();
        for (int i = 0; i < References; i++) references.Add(await RunAsync(LockHolder.StartReference(File, dies: i % 4 == 0)));
        int[] endings = [.. await all, .. references];

        const int Killed = 128 + 9;
        Assert.All(endings, ending => Assert.Contains(ending, (int[])[LockHolder.Alone, Killed]));
        Assert.Equal((Ours + 2) / 3 + (References + 3) / 4, endings.Count(ending => ending == Killed));
        string log = await System.IO.File.ReadAllTextAsync(File + ".log", TestContext.Current.CancellationToken);
        Assert.Equal(Ours + References, log.Split('\n').Count(line => line.EndsWith("held", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Both_locks_are_taken_in_one_order_or_neither()
    {
        string collecting = _folder.Combine(ReplicaLock.CollectingFileName);
        using (var updating = await TakeAsync())
        {
            Assert.Null(await ReplicaLock.TakeBothAsync(_folder.Path, TimeSpan.Zero, TimeProvider.System, TestContext.Current.CancellationToken));
            using var free = await ReplicaLock.TakeAsync(collecting, TimeSpan.Zero, TimeProvider.System, TestContext.Current.CancellationToken);
            Assert.NotNull(free);
        }

        using (var both = await ReplicaLock.TakeBothAsync(_folder.Path, TimeSpan.Zero, TimeProvider.System, TestContext.Current.CancellationToken))
        {
            Assert.NotNull(both);
            Assert.Null(await TakeAsync());
            Assert.Null(await ReplicaLock.TakeAsync(collecting, TimeSpan.Zero, TimeProvider.System, TestContext.Current.CancellationToken));
        }

        using var after = await TakeAsync();
        Assert.NotNull(after);
    }

    [Fact]
    [Conforms("stratum1", 62)]
    public async Task Nobody_waits_for_what_is_hopeless()
    {
        using var first = await TakeAsync();
        Assert.Null(await ReplicaLock.TakeAsync(File, TimeSpan.FromHours(1), new FakeClock(), TestContext.Current.CancellationToken, isHopeless: () => true));
    }

    [Fact]
    public async Task Names_its_holder_for_people()
    {
        using (await TakeAsync())
        {
        }

        Assert.StartsWith($"{Environment.ProcessId} {Environment.MachineName} ", ReplicaLock.DescribeHolder(File), StringComparison.Ordinal);
    }

    private Task<ReplicaLock?> TakeAsync() => ReplicaLock.TakeAsync(File, TimeSpan.Zero, TimeProvider.System, TestContext.Current.CancellationToken);

    private static async Task<int> RunAsync(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode;
    }

    private async Task<int> FlockAsync(string command)
    {
        using var process = Process.Start("/usr/bin/flock", ["-n", "-x", File, command]);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode;
    }

    [LibraryImport("libc", EntryPoint = "dup")]
    private static partial int Duplicate(int descriptor);
}
