namespace Cvmfs.Net.Monitoring.Scraping;

/// <summary>Bytes of objects that one look at a server may fetch. Safe for concurrent use; transfers under way may exceed it by what they had begun.</summary>
internal sealed class ObjectBudget(long? bytes)
{
    private long _left = bytes ?? long.MaxValue;

    /// <summary>What is left, 0 or more.</summary>
    public long Left => Math.Max(0, Interlocked.Read(ref _left));

    public void Take(long bytes) => Interlocked.Add(ref _left, -bytes);
}
