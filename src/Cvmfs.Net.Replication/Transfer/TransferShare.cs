namespace Cvmfs.Net.Replication.Transfer;

/// <summary>One run's part in the transfers of a process.</summary>
internal sealed class TransferShare(SharedTransfers all) : IDisposable
{
    /// <summary>Places held. Guarded by the whole.</summary>
    public int Held { get; set; }

    /// <summary>Who waits for a place, in order. Guarded by the whole. As long as the run has workers, no longer.</summary>
    public Queue<TaskCompletionSource> Waiting { get; } = new();

    /// <summary>Takes a place, waiting for one; the caller releases it.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; no place was taken.</exception>
    public async ValueTask TakeAsync(CancellationToken cancellationToken)
    {
        if (all.TakeOrWait(this) is not { } waiter) return;
        try
        {
            await waiter.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            if (!waiter.TrySetCanceled(CancellationToken.None)) Release(); // it came at the very moment of giving up
            throw;
        }
    }

    /// <summary>Gives a place back.</summary>
    public void Release() => all.Release(this);

    /// <summary>Ends taking part; nothing is held or waited for any more.</summary>
    public void Dispose() => all.Leave(this);
}
