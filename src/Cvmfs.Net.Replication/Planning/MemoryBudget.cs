namespace Cvmfs.Net.Replication.Planning;

/// <summary>Bytes that several workers may hold together for something they can do without. Who does not get any does without. Thread-safe.</summary>
internal sealed class MemoryBudget(long bytes)
{
    private long _left = bytes;

    /// <summary>Takes some, all or nothing.</summary>
    public bool TryTake(long wanted)
    {
        if (Interlocked.Add(ref _left, -wanted) >= 0) return true;
        Interlocked.Add(ref _left, wanted);
        return false;
    }

    /// <summary>Gives some back.</summary>
    public void Return(long taken) => Interlocked.Add(ref _left, taken);
}
