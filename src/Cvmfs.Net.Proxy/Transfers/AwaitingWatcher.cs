namespace Cvmfs.Net.Proxy.Transfers;

/// <summary>A reader that awaits.</summary>
internal sealed class AwaitingWatcher : TransferWatcher, IDisposable
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

    /// <summary>After it has left its transfer.</summary>
    public void Dispose() => _advanced.Dispose();
}
