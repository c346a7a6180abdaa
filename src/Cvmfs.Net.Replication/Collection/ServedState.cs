using Cvmfs.Net.Hashing;
using Cvmfs.Net.History;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Reflogs;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Replication.Collection;

/// <summary>What a replica serves and has served at one instant: all that decides which revisions are kept. Immutable.</summary>
internal sealed class ServedState
{
    private const int MaxTagDatabaseBytes = 256 << 20; // some million tags, decompressed

    private readonly Dictionary<ContentHash, long> _roots = [];

    private ServedState(Manifest manifest, IReadOnlyList<ContentHash> tags, IReadOnlyList<ReflogEntry> log)
    {
        (Manifest, Tags) = (manifest, tags);
        Auxiliary = [.. log.Where(static entry => entry.Kind != ReflogKind.RootCatalog)];
        foreach (var entry in log)
        {
            if (entry.Kind == ReflogKind.RootCatalog) _roots[entry.Hash] = entry.Timestamp;
        }
    }

    /// <summary>The manifest.</summary>
    public Manifest Manifest { get; }

    /// <summary>Root catalogs of all tags, each once.</summary>
    public IReadOnlyList<ContentHash> Tags { get; }

    /// <summary>Logged certificates, tag databases and meta information.</summary>
    public IReadOnlyList<ReflogEntry> Auxiliary { get; }

    /// <summary>Logged root catalogs.</summary>
    public IReadOnlyCollection<ContentHash> LoggedRoots => _roots.Keys;

    /// <summary>What the manifest names besides the root catalog.</summary>
    public IEnumerable<ObjectKey> Named
    {
        get
        {
            if (Manifest.CertificateKey is { } certificate) yield return certificate;
            if (Manifest.HistoryKey is { } history) yield return history;
            if (Manifest.MetaInfoKey is { } metaInfo) yield return metaInfo;
            if (!Manifest.MicroCatalog.IsNull) yield return new ObjectKey(Manifest.MicroCatalog, ObjectSuffix.MicroCatalog);
        }
    }

    /// <summary>Reads the manifest and decides whether there is anything to collect.</summary>
    /// <returns>Null if nothing is served.</returns>
    /// <exception cref="CollectionRefusedException">The manifest does not allow it, cannot be read, or is not vouched for by a key.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static async Task<Manifest?> ReadManifestAsync(RootFolder storage, FileObjectStore files, MasterKeys? keys, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            byte[]? bytes = await storage.ReadAsync(RootFileNames.Manifest, Manifest.MaxBytes, cancellationToken).ConfigureAwait(false);
            if (bytes is null) return null;
            var manifest = Manifest.Parse(bytes);
            if (keys is not null)
            {
                var source = new DirectoryRepositorySource(storage.Location);
                await using var _ = source.ConfigureAwait(false);
                var fetcher = new VerifiedManifestFetcher(source, RepositoryName.Parse(manifest.RepositoryName), new ManifestVerifier(keys, null, null, time), files);
                manifest = (await fetcher.FetchAsync(cancellationToken: cancellationToken).ConfigureAwait(false)).Manifest;
            }

            return manifest.IsGarbageCollectable
                ? manifest
                : throw new CollectionRefusedException(CollectionOutcome.NotCollectable, $"the manifest of {manifest.RepositoryName} does not allow garbage collection (G is not \"yes\").");
        }
        catch (CvmfsException e)
        {
            throw new CollectionRefusedException(CollectionOutcome.Untrusted, e.Message, e);
        }
    }

    /// <summary>Reads what the manifest leads to.</summary>
    /// <exception cref="CollectionRefusedException">The tag database is missing or cannot be read: nobody knows which tags there are.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static async Task<ServedState> ReadAsync(Manifest manifest, IReadOnlyList<ReflogEntry> log, FileObjectStore files, CancellationToken cancellationToken)
    {
        if (manifest.HistoryKey is not { } history) return new ServedState(manifest, [], log);
        try
        {
            var stored = await files.OpenReadAsync(history, cancellationToken).ConfigureAwait(false)
                ?? throw new CvmfsFormatException(history.ToString(), "is missing; the manifest names it as the database of tags.");
            await using var _ = stored.ConfigureAwait(false);
            var bytes = new MemoryStream();
            await stored.CopyToAsync(bytes, cancellationToken).ConfigureAwait(false);
            var content = bytes.GetBuffer().AsMemory(0, (int)bytes.Length);
            var actual = ContentHash.Compute(history.Hash.Algorithm, content.Span);
            if (actual != history.Hash) throw ObjectIntegrityException.Mismatch(history, actual, bytes.Length, files.PathOf(history));
            var image = MetadataObject.Decompress(content.Span, ObjectSuffix.History, MaxTagDatabaseBytes, history.ToString());
            var tags = TagDatabase.Open(image, manifest.RepositoryName, history.ToString());
            return new ServedState(manifest, [.. tags.Tags.Select(static tag => tag.RootCatalog).Where(static root => !root.IsNull).Distinct()], log);
        }
        catch (CvmfsException e)
        {
            throw new CollectionRefusedException(CollectionOutcome.CatalogUnreadable, $"the tags cannot be read: {e.Message}", e);
        }
    }

    /// <summary>When a root catalog came here, Unix seconds; null if it is not logged.</summary>
    public long? LoggedAt(ContentHash root) => _roots.TryGetValue(root, out long seconds) ? seconds : null;

    /// <summary>Whether nothing that decides about revisions is different.</summary>
    public bool IsSameAs(ServedState other)
        => Manifest.Bytes.Span.SequenceEqual(other.Manifest.Bytes.Span) && _roots.Count == other._roots.Count
            && _roots.All(root => other.LoggedAt(root.Key) == root.Value) && Auxiliary.SequenceEqual(other.Auxiliary);
}
