namespace Cvmfs.Net.Replication.Repairing;

/// <summary>Takes note of repairs. Thread-safe.</summary>
internal sealed class RepairLog
{
    private readonly Lock _gate = new();
    private readonly List<RepairedObject> _repaired = [];
    private readonly List<UnrepairedObject> _unrepaired = [];

    /// <summary>What was set right so far.</summary>
    public IReadOnlyList<RepairedObject> Repaired
    {
        get { lock (_gate) return [.. _repaired]; }
    }

    /// <summary>What is still wrong.</summary>
    public IReadOnlyList<UnrepairedObject> Unrepaired
    {
        get { lock (_gate) return [.. _unrepaired]; }
    }

    public void Add(RepairedObject repaired)
    {
        lock (_gate) _repaired.Add(repaired);
    }

    public void Add(UnrepairedObject unrepaired)
    {
        lock (_gate) _unrepaired.Add(unrepaired);
    }

    /// <summary>Takes over what a round of repairs did; what it could not do replaces what earlier rounds could not.</summary>
    public void AddRound(RepairLog round)
    {
        var (repaired, unrepaired) = (round.Repaired, round.Unrepaired);
        lock (_gate)
        {
            _repaired.AddRange(repaired);
            _unrepaired.Clear();
            _unrepaired.AddRange(unrepaired);
        }
    }
}
