using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Reflogs;
using Cvmfs.Net.Replication.Diagnostics;
using Cvmfs.Net.Replication.Planning;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Replication.Publishing;

/// <summary>Finds out what a lost reflog said, from the store alone: every certificate, history, metainfo object and root catalog that is there.</summary>
/// <remarks>
/// <para>That is more than manifest, tags and the revisions before them lead to: a root that nobody refers to any more is just what garbage
/// collection needs the log for. A catalog is a root if it says that it hangs nowhere; so every catalog has to be opened.</para>
/// <para>An entry's time is that of the file: when the object came here.</para>
/// </remarks>
internal sealed class ReflogReconstruction(FileObjectStore files, CatalogOpener opener, ILogger logger)
{
    /// <summary>Looks through the whole store.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public async Task<List<ReflogEntry>> FindEntriesAsync(CancellationToken cancellationToken)
    {
        var entries = new List<ReflogEntry>();
        await foreach (var key in files.EnumerateAsync(cancellationToken).ConfigureAwait(false))
        {
            ReflogKind? kind = key.Suffix switch
            {
                ObjectSuffix.Certificate => ReflogKind.Certificate,
                ObjectSuffix.History => ReflogKind.History,
                ObjectSuffix.MetaInfo => ReflogKind.MetaInfo,
                ObjectSuffix.Catalog when await IsRootAsync(key, cancellationToken).ConfigureAwait(false) => ReflogKind.RootCatalog,
                _ => null,
            };
            if (kind is { } found) entries.Add(new ReflogEntry(key.Hash, found, new DateTimeOffset(File.GetLastWriteTimeUtc(files.PathOf(key)), TimeSpan.Zero).ToUnixTimeSeconds()));
        }

        return entries;
    }

    private async Task<bool> IsRootAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        try
        {
            var stored = await files.OpenReadAsync(key, cancellationToken).ConfigureAwait(false);
            if (stored is null) return false;
            await using var _ = stored.ConfigureAwait(false);
            using var catalog = await opener.OpenAsync(stored, new CatalogNode(key, default, 0, RootKind.Historic), cancellationToken).ConfigureAwait(false);
            return catalog.RootPrefix.IsRoot;
        }
        catch (CvmfsFormatException e)
        {
            logger.CatalogPassedOver(key, e.Message); // no use to anybody, and no reason to be without a log
            return false;
        }
    }
}
