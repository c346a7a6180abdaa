using System.Diagnostics;
using System.Globalization;

namespace Cvmfs.Net.LoadBench.Synthetic;

/// <summary>What this process holds at some points of its work. Points are counted in requests, so that they mean the same on any machine.</summary>
internal sealed class MemoryCurve
{
    /// <summary>Begin of a line that a program can read: requests, live MiB, resident MiB, descriptors, threads.</summary>
    public const string Prefix = "curve ";

    private readonly Lock _lock = new();
    private readonly long _every;
    private long _requests;

    /// <summary>Begins a curve.</summary>
    /// <param name="points">How many points it is to have.</param>
    /// <param name="requests">Requests that the work will make.</param>
    public MemoryCurve(int points, long requests) => _every = Math.Max(1, requests / points);

    /// <summary>Whether requests count.</summary>
    public bool IsOn { get; private set; }

    /// <summary>Takes the first point, before the work.</summary>
    public void Begin()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        IsOn = true;
        Print(0);
    }

    /// <summary>Counts a request.</summary>
    public void Count()
    {
        if (!IsOn) return;
        long requests = Interlocked.Increment(ref _requests);
        if (requests % _every == 0) Print(requests);
    }

    /// <summary>Takes the last point.</summary>
    public void End() => Print(Interlocked.Read(ref _requests));

    private void Print(long requests)
    {
        lock (_lock)
        {
            long live = GC.GetTotalMemory(forceFullCollection: true) >> 20;
            using var self = Process.GetCurrentProcess();
            int descriptors = OperatingSystem.IsLinux() ? Directory.GetFileSystemEntries("/proc/self/fd").Length : 0;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Prefix}{requests} {live} {self.WorkingSet64 >> 20} {descriptors} {self.Threads.Count}"));
        }
    }
}
