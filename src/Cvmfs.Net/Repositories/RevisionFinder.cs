using Cvmfs.Net.Hashing;
using Cvmfs.Net.History;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Repositories;

/// <summary>Finds revisions other than the current one: by tag, by date, by number, or by walking back.</summary>
internal sealed class RevisionFinder(RepositoryServices services)
{
    private const long MaxHistoryBytes = 1L << 30;

    /// <summary>The tags that a manifest refers to; null where it has none.</summary>
    public async Task<TagDatabase?> ReadTagsAsync(Manifest manifest, CancellationToken cancellationToken)
    {
        if (manifest.HistoryKey is not { } key) return null;
        byte[] image = await services.Objects.ReadMetadataAsync(key, MaxHistoryBytes, cancellationToken).ConfigureAwait(false);
        return TagDatabase.Open(image, manifest.RepositoryName, ObjectPath.Of(key));
    }

    public async Task<RepositoryRevision> ByTagAsync(Manifest manifest, string tag, CancellationToken cancellationToken)
    {
        var tags = await ReadTagsAsync(manifest, cancellationToken).ConfigureAwait(false);
        var found = tags?.Find(tag) ?? throw new CvmfsRevisionException($"{manifest.RepositoryName} has no tag \"{tag}\".");
        return await OpenAsync(found, cancellationToken).ConfigureAwait(false);
    }

    public async Task<RepositoryRevision> ByDateAsync(Manifest manifest, DateTimeOffset date, CancellationToken cancellationToken)
    {
        var tags = await ReadTagsAsync(manifest, cancellationToken).ConfigureAwait(false);
        var found = tags?.FindByDate(date) ?? throw new CvmfsRevisionException($"{manifest.RepositoryName} has no tag from {date:yyyy-MM-dd'T'HH:mm:ss'Z'} or before.");
        return await OpenAsync(found, cancellationToken).ConfigureAwait(false);
    }

    public async Task<RepositoryRevision> ByNumberAsync(Manifest manifest, RepositoryRevision head, ulong number, CancellationToken cancellationToken)
    {
        if (head.Number == number) return head;
        var tags = await ReadTagsAsync(manifest, cancellationToken).ConfigureAwait(false);
        if (tags?.Tags.FirstOrDefault(tag => tag.Revision == number) is { } tagged) return await OpenAsync(tagged, cancellationToken).ConfigureAwait(false);
        await foreach (var revision in BackFromAsync(head, cancellationToken).ConfigureAwait(false))
        {
            if (revision.Number == number) return revision;
            if (revision.Number < number) break;
        }

        throw new CvmfsRevisionException($"Revision {number} of {manifest.RepositoryName} is neither tagged nor reachable from revision {head.Number}.");
    }

    /// <summary>A revision and its predecessors, newest first, as far as they are still there.</summary>
    public async IAsyncEnumerable<RepositoryRevision> BackFromAsync(
        RepositoryRevision revision, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return revision;
        var seen = new HashSet<ContentHash> { revision.RootCatalog };
        while (!revision.PreviousRevision.IsNull && seen.Add(revision.PreviousRevision))
        {
            try
            {
                revision = await RepositoryRevision.OpenAsync(services, revision.PreviousRevision, 0, cancellationToken).ConfigureAwait(false);
            }
            catch (CvmfsTransportException absent) when (absent.Status is System.Net.HttpStatusCode.NotFound or System.Net.HttpStatusCode.Gone)
            {
                yield break; // garbage collection took it: the history that there is ends here
            }

            yield return revision;
        }
    }

    private Task<RepositoryRevision> OpenAsync(RepositoryTag tag, CancellationToken cancellationToken)
        => RepositoryRevision.OpenAsync(services, tag.RootCatalog, tag.RootCatalogSize, cancellationToken);
}
