namespace Cvmfs.Net.Proxy.Transfers;

/// <summary>A reader that awaits.</summary>
#pragma warning disable CA1001 // a semaphore whose wait handle nobody asks for holds nothing to free, and a transfer may tell a reader that is just leaving
internal sealed class AwaitingWatcher : TransferWatcher
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _advanced = new(0);

    /// <inheritdoc/>
    public override void Advanced() => _advanced.Release();

    /// <summary>The next bytes, the end, or why there are none: never <see cref="TransferState.Waiting"/>.</summary>
    public async ValueTask<TransferPiece> NextAsync(SharedTransfer transfer, CancellationToken cancellationToken)
    {
        while (true)
        {
            var piece = transfer.Next(this);
            if (piece.State != TransferState.Waiting) return piece;
            await _advanced.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
