using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Replication.Transfer;

/// <summary>What the runs of one process that write into the same store know together: what is there, what is on its way, and who else is at it.</summary>
/// <param name="index">Remembers what is there; null where the store is not a folder.</param>
internal sealed class SharedStore(PresenceIndex? index)
{
    private readonly Lock _gate = new();
    private int _runs;
    private bool _wasShared;

    /// <summary>Remembers what is there; null where that is not known.</summary>
    public PresenceIndex? Index => index;

    /// <summary>One transfer per object at a time.</summary>
    public TransferGate Gate { get; } = new();

    /// <summary>Whether another run has been here since the first of those that are here now: what was missing a moment ago may be there.</summary>
    public bool WasShared
    {
        get { lock (_gate) return _wasShared; }
    }

    /// <summary>Does something to the unfinished files of the store, if no other run is here: then they belong to nobody. None comes in meanwhile.</summary>
    public int WhileAlone(Func<int> sweep)
    {
        lock (_gate) return _runs == 1 ? sweep() : 0;
    }

    /// <summary>Begins a run, which ends when the result is disposed.</summary>
    public IDisposable Enter()
    {
        lock (_gate)
        {
            if (++_runs > 1) _wasShared = true;
        }

        return new Run(this);
    }

    private void Leave()
    {
        lock (_gate)
        {
            if (--_runs == 0) _wasShared = false;
        }
    }

    private sealed class Run(SharedStore store) : IDisposable
    {
        private SharedStore? _store = store;

        public void Dispose() => Interlocked.Exchange(ref _store, null)?.Leave();
    }
}
