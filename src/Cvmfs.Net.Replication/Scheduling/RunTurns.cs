namespace Cvmfs.Net.Replication.Scheduling;

/// <summary>Places for runs at once. A free one goes to the waiter with the smallest rank: the replica whose last snapshot is oldest.</summary>
internal sealed class RunTurns(int places)
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<TaskCompletionSource, DateTimeOffset> _waiting = new();
    private int _free = places;

    /// <summary>Takes a place, waiting for one; the caller releases it.</summary>
    /// <param name="rank">Smaller comes first.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task TakeAsync(DateTimeOffset rank, CancellationToken cancellationToken)
    {
        TaskCompletionSource waiter;
        lock (_gate)
        {
            if (_free > 0)
            {
                _free--;
                return;
            }

            waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(waiter, rank);
        }

        try
        {
            await waiter.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            if (!waiter.TrySetCanceled(CancellationToken.None)) Release();
            throw;
        }
    }

    /// <summary>Gives a place back.</summary>
    public void Release()
    {
        lock (_gate)
        {
            while (_waiting.TryDequeue(out var next, out _))
            {
                if (next.TrySetResult()) return;
            }

            _free++;
        }
    }
}
