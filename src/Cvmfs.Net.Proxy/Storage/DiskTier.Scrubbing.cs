namespace Cvmfs.Net.Proxy.Storage;

internal sealed partial class DiskTier
{
    private const int ScrubBatch = 64;

    /// <summary>Hashes one object after the other, slowly, for as long as the proxy runs: what rots on disk is found before a client asks for it.</summary>
    private async Task ScrubAsync(CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var entries = new TableEntry<Location>[ScrubBatch];
        int position = 0;
        long budget = 0;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), _clock);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                budget = Math.Min(budget + _options.ScrubBytesPerSecond, _options.ScrubBytesPerSecond);
                while (budget > 0 && _folder is { } folder && !_isSuspended)
                {
                    int count = folder.Table.CopyFrom(ref position, entries.AsSpan(0, (int)Math.Clamp(budget / Location.OwnFileBytes, 1, ScrubBatch)));
                    for (int i = 0; i < count; i++)
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        budget -= entries[i].Length; // a large one is paid off by the seconds after it
                        await ScrubAsync(folder, entries[i], cancellationToken).ConfigureAwait(false);
                    }

                    if (position == 0) break; // once around; the next round begins a second later
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The proxy closes.
        }
    }

    private async Task ScrubAsync(DiskFolder folder, TableEntry<Location> entry, CancellationToken cancellationToken)
    {
        try
        {
            await folder.ScrubAsync(entry, cancellationToken).ConfigureAwait(false);
            Counters.CountScrubbed();
        }
        catch (Exception failure) when (IsOfDisk(failure))
        {
            if (folder == _folder) ReadFailed(folder, entry.Hash, failure);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            Failed(failure, isWrite: false); // the round goes on when the folder does
        }
    }
}
