using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Planning;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Replication.Transfer;

/// <summary>Brings objects that must not be visible yet to where they wait, in a way that survives this process.</summary>
internal sealed class ObjectStaging(RunServices services)
{
    /// <summary>Takes over what an earlier run, or another that is going on, has staged; else fetches it.</summary>
    /// <returns>The staged object, which the caller owns, and whether it was fetched; or why it did not come. Neither, if another run has committed
    /// it meanwhile.</returns>
    /// <exception cref="CvmfsTransportException">Nothing has come for so long that the upstream must be gone.</exception>
    /// <exception cref="IOException">The storage cannot take it.</exception>
    public async Task<(StagedObject? Staged, TransferFailure? Failure, bool IsFetched)> StageAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        using var pass = await services.Store.Gate.EnterAsync(key, cancellationToken).ConfigureAwait(false);
        if (services.Store.WasShared && await services.Presence.FindCatalogAsync(key, cancellationToken).ConfigureAwait(false) == CatalogPresence.Whole)
        {
            return (null, null, false);
        }

        if (await services.Objects.AdoptAsync(key, cancellationToken).ConfigureAwait(false) is { } adopted) return (adopted, null, false);
        var (staged, failure) = await services.Transfers.StageAsync(key, cancellationToken).ConfigureAwait(false);
        if (staged is null) return (null, failure, false);
        try
        {
            await staged.KeepAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await staged.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return (staged, null, true);
    }
}
