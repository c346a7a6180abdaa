using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.History;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Diagnostics;
using Cvmfs.Net.Replication.Planning;

namespace Cvmfs.Net.Replication.Transfer;

/// <summary>Brings the database of tags, and those that it replaced one after the other, as far as the upstream still has them.</summary>
/// <remarks>They are committed oldest first, so that a database that is there has its predecessors there, and the walk ends at the first that is.</remarks>
/// <param name="services">What the run shares.</param>
/// <param name="repository">Whose tags they must be.</param>
/// <param name="maxPrevious">How many predecessors are followed.</param>
internal sealed class TagDatabases(RunServices services, string repository, int maxPrevious)
{
    private const int MaxDatabaseBytes = 256 << 20; // some million tags, decompressed

    private readonly ObjectStaging _staging = new(services);
    private readonly Stack<StagedObject> _waiting = new();

    /// <summary>Brings the newest database.</summary>
    /// <param name="history">Its name.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What is in it; null if it did not come or makes no sense, which was reported then.</returns>
    public async Task<TagDatabase?> OpenNewestAsync(ObjectKey history, CancellationToken cancellationToken)
    {
        try
        {
            return await OpenAsync(history, cancellationToken).ConfigureAwait(false) is var (tags, failure) && Report(failure) ? tags : null;
        }
        catch (CvmfsException e) when (e is CvmfsFormatException or UnsupportedCompressionException)
        {
            await DiscardNewestAsync().ConfigureAwait(false);
            services.Report(new TransferFailure(history, TransferFailureReason.Unreadable, null, e.Message));
            return null;
        }
    }

    /// <summary>Brings the predecessors, and then commits all of them. After a failure nothing is committed; it was reported then.</summary>
    /// <param name="newest">The newest database.</param>
    /// <param name="cancellationToken">Cancels; what came stays staged.</param>
    public async Task CompleteAsync(TagDatabase newest, CancellationToken cancellationToken)
    {
        var previous = _waiting.Count == 0 ? default : newest.PreviousRevision; // the newest was there: so is what it replaced
        for (int count = 0; !previous.IsNull && count < maxPrevious; count++)
        {
            var key = new ObjectKey(previous, ObjectSuffix.History);
            if (await services.Presence.ContainsAsync(key, cancellationToken).ConfigureAwait(false)) break;
            try
            {
                var (tags, failure) = await OpenAsync(key, cancellationToken).ConfigureAwait(false);
                if (failure?.Reason == TransferFailureReason.Missing) break; // collected, or never copied to where we copy from
                if (!Report(failure)) return;
                previous = tags!.PreviousRevision;
            }
            catch (CvmfsException e) when (e is CvmfsFormatException or UnsupportedCompressionException)
            {
                services.Logger.CatalogPassedOver(key, e.Message); // published like that; it cannot be followed further
                break;
            }
        }

        while (_waiting.TryPop(out var staged))
        {
            await staged.CommitAsync(cancellationToken).ConfigureAwait(false);
            await staged.DisposeAsync().ConfigureAwait(false);
            services.Presence.Stored(staged.Key);
            services.Counters.TagDatabases.Enqueue(staged.Key.Hash);
        }
    }

    private bool Report(TransferFailure? failure)
    {
        if (failure is not null) services.Report(failure);
        return failure is null;
    }

    private async Task DiscardNewestAsync()
    {
        if (_waiting.TryPop(out var staged)) await staged.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<(TagDatabase? Tags, TransferFailure? Failure)> OpenAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        StagedObject? staged = null;
        if (!await services.Presence.ContainsAsync(key, cancellationToken).ConfigureAwait(false))
        {
            (staged, var failure, bool isFetched) = await _staging.StageAsync(key, cancellationToken).ConfigureAwait(false);
            if (failure is not null) return (null, failure);
            if (isFetched) services.Counters.ObjectFetched(staged!.Length);
        }

        if (staged is not null) _waiting.Push(staged);
        var stored = (staged is null
            ? await services.Objects.OpenReadAsync(key, cancellationToken).ConfigureAwait(false)
            : await staged.OpenReadAsync(cancellationToken).ConfigureAwait(false)) ?? throw new IOException($"{services.Objects.Location}: {key} was there and is gone.");
        await using var open = stored.ConfigureAwait(false);
        var image = new MemoryStream();
        await MetadataObject.DecompressAsync(stored, ObjectSuffix.History, image, MaxDatabaseBytes, key.ToString(), cancellationToken).ConfigureAwait(false);
        return (TagDatabase.Open(image.GetBuffer().AsSpan(0, (int)image.Length), repository, key.ToString()), null);
    }
}
