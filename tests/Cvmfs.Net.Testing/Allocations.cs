namespace Cvmfs.Net.Testing;

/// <summary>Measures what code allocates.</summary>
public static class Allocations
{
    private const int Rounds = 5;

    /// <summary>Bytes that the action allocates on this thread, in the best of several rounds: now and then the runtime allocates for itself, such as when it
    /// compiles a method anew. What the action allocates is in every round.</summary>
    public static long Of(Action action)
    {
        long least = long.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
