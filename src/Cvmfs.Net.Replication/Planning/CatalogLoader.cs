using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Replication.Transfer;

namespace Cvmfs.Net.Replication.Planning;

/// <summary>Opens a catalog from the nearest place that has it: the store, what an earlier run left staged, the upstream.</summary>
internal sealed class CatalogLoader(RunServices services)
{
    private readonly ObjectStaging _staging = new(services);

    /// <summary>Opens a catalog that the store has.</summary>
    /// <exception cref="CvmfsFormatException">It is no catalog.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public async Task<Catalog> OpenStoredAsync(CatalogNode node, CancellationToken cancellationToken)
    {
        var stored = await services.Objects.OpenReadAsync(node.Key, cancellationToken).ConfigureAwait(false)
            ?? throw new IOException($"{services.Objects.Location}: {node.Key} was there and is gone.");
        await using var _ = stored.ConfigureAwait(false);
        return await services.Opener.OpenAsync(stored, node, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Brings a catalog that the store does not have, stages it in a way that survives this process, and opens it.</summary>
    /// <returns>The catalog, or why it did not come; neither, if another run has committed it meanwhile.</returns>
    /// <exception cref="CvmfsFormatException">It is no catalog.</exception>
    /// <exception cref="IOException">The storage cannot take it.</exception>
    public async Task<(Catalog? Catalog, TransferFailure? Failure)> BringAsync(CatalogNode node, CancellationToken cancellationToken)
    {
        var (staged, failure, isFetched) = await _staging.StageAsync(node.Key, cancellationToken).ConfigureAwait(false);
        if (staged is null) return (null, failure);
        if (isFetched) services.Counters.CatalogFetched(staged.Length);
        await Task.Yield(); // out of the loop of the connection that brought it: opening a catalog is long work
        node.Staged = staged; // from here on the node sees to it
        var stored = await staged.OpenReadAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = stored.ConfigureAwait(false);
        return (await services.Opener.OpenAsync(stored, node, cancellationToken).ConfigureAwait(false), null);
    }
}
