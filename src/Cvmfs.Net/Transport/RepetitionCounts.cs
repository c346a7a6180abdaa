namespace Cvmfs.Net.Transport;

/// <summary>Counts repeated requests by what made them necessary: whoever wants to know hands one to the parts that repeat. Thread-safe.</summary>
public sealed class RepetitionCounts
{
    private static readonly TransferFault[] s_faults = Enum.GetValues<TransferFault>();

    private readonly long[] _counts = new long[s_faults.Length];

    /// <summary>Repetitions for one cause, to the same server or to another.</summary>
    public long this[TransferFault fault] => Interlocked.Read(ref _counts[(int)fault]);

    /// <summary>The causes that occurred, with their counts.</summary>
    public IReadOnlyDictionary<TransferFault, long> ToDictionary()
    {
        var counts = new Dictionary<TransferFault, long>();
        foreach (var fault in s_faults)
        {
            if (this[fault] is > 0 and var count) counts.Add(fault, count);
        }

        return counts;
    }

    /// <summary>Counts one.</summary>
    public void Add(TransferFault fault) => Interlocked.Increment(ref _counts[(int)fault]);
}
