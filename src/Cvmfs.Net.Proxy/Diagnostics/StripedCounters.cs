namespace Cvmfs.Net.Proxy.Diagnostics;

/// <summary>Many counters that many threads raise at once: each thread in a stripe of its own, as far as there are enough. Thread-safe;
/// a sum is exact once the raising stopped.</summary>
internal sealed class StripedCounters(int count)
{
    private const int Padding = 16; // two lines, so that the end of one stripe is not the beginning of the next

    private static readonly int StripeCount = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(Environment.ProcessorCount, 1, 32));

    private readonly long[][] _stripes = [.. Enumerable.Range(0, StripeCount).Select(_ => new long[count + (2 * Padding)])];

    /// <summary>Raises a counter.</summary>
    public void Add(int index, long value) => Interlocked.Add(ref _stripes[Environment.CurrentManagedThreadId & (StripeCount - 1)][Padding + index], value);

    /// <summary>What a counter has reached.</summary>
    public long Sum(int index)
    {
        long sum = 0;
        foreach (long[] stripe in _stripes) sum += Interlocked.Read(ref stripe[Padding + index]);
        return sum;
    }
}
