using Cvmfs.Net.Replication.Transfer;

namespace Cvmfs.Net.Replication;

/// <summary>A limit of transfers for all replicas of a process, shared fairly between the runs that have something to transfer. Thread-safe.</summary>
/// <remarks>A free place goes to the run that holds the fewest, and among equals in turn, not to whoever has waited longest: a first copy with
/// millions of objects in line does not hold up an update of three. A transfer that has begun is never taken back.</remarks>
public sealed class SharedTransfers
{
    private readonly Lock _gate = new();
    private readonly LinkedList<TransferShare> _shares = new();
    private int _free;

    /// <summary>Sets the limit.</summary>
    /// <param name="maxTransfers">Transfers at once, of all runs together; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">Less than one.</exception>
    public SharedTransfers(int maxTransfers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTransfers, 1);
        MaxTransfers = _free = maxTransfers;
    }

    /// <summary>Transfers at once, of all runs together.</summary>
    public int MaxTransfers { get; }

    /// <summary>A run takes part until it disposes its share.</summary>
    internal TransferShare Join()
    {
        lock (_gate) return _shares.AddLast(new TransferShare(this)).Value;
    }

    internal void Leave(TransferShare share)
    {
        lock (_gate) _shares.Remove(share);
    }

    /// <summary>Takes a place at once, or a seat in the share's own line.</summary>
    /// <returns>Null for a place.</returns>
    internal TaskCompletionSource? TakeOrWait(TransferShare share)
    {
        lock (_gate)
        {
            if (_free > 0) // then nobody waits
            {
                _free--;
                share.Held++;
                return null;
            }

            var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            share.Waiting.Enqueue(waiter);
            return waiter;
        }
    }

    internal void Release(TransferShare share)
    {
        lock (_gate)
        {
            share.Held--;
            while (Neediest() is { } next)
            {
                if (!next.Waiting.Dequeue().TrySetResult()) continue; // gave up waiting
                next.Held++;
                _shares.Remove(next); // those that hold as many come before it the next time
                _shares.AddLast(next);
                return;
            }

            _free++;
        }
    }

    private TransferShare? Neediest()
    {
        TransferShare? neediest = null;
        foreach (var share in _shares)
        {
            if (share.Waiting.Count > 0 && (neediest is null || share.Held < neediest.Held)) neediest = share;
        }

        return neediest;
    }
}
