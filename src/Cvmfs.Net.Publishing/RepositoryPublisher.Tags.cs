using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.History;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Publishing.CatalogWriting;
using Cvmfs.Net.Publishing.Ingestion;
using Cvmfs.Net.Publishing.Signing;
using Cvmfs.Net.Publishing.Tagging;

namespace Cvmfs.Net.Publishing;

public sealed partial class RepositoryPublisher
{
    /// <summary>Lists the tags that are published, newest first.</summary>
    public async Task<IReadOnlyList<RepositoryTag>> ListTagsAsync(CancellationToken cancellationToken = default)
    {
        Manifest = await ReadManifestAsync(_root, Repository, cancellationToken).ConfigureAwait(false);
        return await OpenTagsAsync(cancellationToken).ConfigureAwait(false) is { } tags ? tags.Tags : [];
    }

    /// <summary>Names a revision, or moves a name to it. Signs the manifest anew; the revision stays.</summary>
    /// <param name="name">Letters, digits and <c>-_./:</c>.</param>
    /// <param name="description">Free text.</param>
    /// <param name="rootCatalog">Root catalog of the revision; null for the current one.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="ArgumentException">The name is not allowed, or is the publisher's own.</exception>
    /// <exception cref="CvmfsPublishException">The root catalog is not in the store, or is none.</exception>
    public Task AddTagAsync(string name, string description = "", ContentHash? rootCatalog = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(description);
        TagPolicy.CheckName(name);
        return ChangeHistoryAsync(
            async history => history.Put(await DescribeAsync(rootCatalog ?? Manifest.RootCatalog, name, description, cancellationToken).ConfigureAwait(false)),
            cancellationToken);
    }

    /// <summary>Removes a tag; the revision that it named stays in the store until it is collected.</summary>
    /// <exception cref="ArgumentException">The name is the publisher's own.</exception>
    /// <exception cref="CvmfsPublishException">There is no such tag.</exception>
    public Task RemoveTagAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        TagPolicy.CheckName(name);
        return ChangeHistoryAsync(
            history => history.Remove(name) ? ValueTask.CompletedTask : throw new CvmfsPublishException(name, "there is no such tag."), cancellationToken);
    }

    /// <summary>Publishes what a tag names as a new revision. Later tags of the default branch go; the tag itself moves to the new revision.</summary>
    /// <param name="tag">The tag; null for <c>trunk-previous</c>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The new revision.</returns>
    /// <exception cref="CvmfsPublishException">There is no such tag, it is on another branch, or its root catalog is not in the store.</exception>
    public Task<ulong> RollBackAsync(string? tag = null, CancellationToken cancellationToken = default)
        => ExclusivelyAsync(() => RollBackCoreAsync(tag ?? RepositoryTag.TrunkPrevious, cancellationToken), cancellationToken);

    /// <summary>Signs manifest and, where a validity is given, whitelist anew. The revision stays.</summary>
    /// <param name="whitelistValidity">How long the new whitelist is valid from now on; null to leave the whitelist. May be negative, to test readers.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="CvmfsPublishException">A whitelist is to be signed, but the master key is not here.</exception>
    public Task ResignAsync(TimeSpan? whitelistValidity = null, CancellationToken cancellationToken = default)
        => ResignCoreAsync(whitelistValidity, metaInfo: null, cancellationToken);

    /// <summary>Publishes other meta information. The revision stays.</summary>
    /// <param name="json">A JSON object.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public Task SetMetaInfoAsync(string json, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(json);
        return ResignCoreAsync(null, json, cancellationToken);
    }

    private async Task ResignCoreAsync(TimeSpan? whitelistValidity, string? metaInfo, CancellationToken cancellationToken) => await ExclusivelyAsync(
        async () =>
        {
            var settings = await ReadSettingsAsync(cancellationToken).ConfigureAwait(false);
            var now = _time.GetUtcNow();
            byte[]? whitelist = whitelistValidity is { } validity ? _keys.SignWhitelist(Repository, now, now + validity, settings.HashAlgorithm) : null;
            await SignAsync(CurrentRoot, Manifest.Revision, history: null, metaInfo ?? _options.MetaInfo, whitelist, settings, now, cancellationToken).ConfigureAwait(false);
            return true;
        },
        cancellationToken).ConfigureAwait(false);

    private async Task ChangeHistoryAsync(Func<TagDatabaseWriter, ValueTask> change, CancellationToken cancellationToken) => await ExclusivelyAsync(
        async () =>
        {
            var settings = await ReadSettingsAsync(cancellationToken).ConfigureAwait(false);
            byte[]? image = await ReadHistoryAsync(cancellationToken).ConfigureAwait(false);
            using var history = OpenHistory(image);
            await change(history).ConfigureAwait(false);
            await SignAsync(CurrentRoot, Manifest.Revision, history.ToArray(), metaInfo: null, whitelist: null, settings, _time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
            return true;
        },
        cancellationToken).ConfigureAwait(false);

    private async Task<ulong> RollBackCoreAsync(string name, CancellationToken cancellationToken)
    {
        byte[]? image = await ReadHistoryAsync(cancellationToken).ConfigureAwait(false);
        var current = image is null ? null : TagDatabase.Open(image, Repository.ToString());
        if (current?.Find(name) is not { } target) throw new CvmfsPublishException(name, "there is no such tag.");
        if (target.Branch.Length > 0) throw new CvmfsPublishException(name, $"the tag is on branch \"{target.Branch}\"; only the default branch can be rolled back.");

        var settings = await ReadSettingsAsync(cancellationToken).ConfigureAwait(false);
        var now = _time.GetUtcNow();
        ulong revision = Manifest.Revision + 1;
        byte[] old = await _reader.ReadCatalogAsync(new NestedCatalog(RepositoryPath.Root, target.RootCatalog, target.RootCatalogSize, IsBind: false), cancellationToken).ConfigureAwait(false);
        byte[] renewed = CatalogImage.Renew(old, revision, Manifest.RootCatalog, now.ToUnixTimeSeconds());
        var objects = NewObjects();
        using var encoder = new ObjectEncoder(objects, settings.HashAlgorithm, CompressionId.Zlib, ZlibCodec.DefaultLevel);
        var hash = await encoder.StoreAsync(renewed, ObjectSuffix.Catalog, cancellationToken).ConfigureAwait(false);
        var root = new NestedCatalog(RepositoryPath.Root, hash, renewed.Length, IsBind: false);

        using var history = OpenHistory(image);
        TagPolicy.RollBack(history, current, target, HeadTag(root, revision, now));
        await SignAsync(root, revision, history.ToArray(), metaInfo: null, whitelist: null, settings, now, cancellationToken).ConfigureAwait(false);
        return revision;
    }

    private async Task SignAsync(
        NestedCatalog root, ulong revision, byte[]? history, string? metaInfo, byte[]? whitelist, RepositorySettings settings, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var roots = new RootWriter(_store, _root, _keys, settings);
        Manifest = await roots.PublishAsync(Manifest, root, revision, history, metaInfo, whitelist, now, NewObjects(), cancellationToken).ConfigureAwait(false);
    }

    private StoredObjects NewObjects() => new(_store, new IngestCounters(null, _time));

    private async ValueTask<TagDatabase?> OpenTagsAsync(CancellationToken cancellationToken)
        => await ReadHistoryAsync(cancellationToken).ConfigureAwait(false) is { } image ? TagDatabase.Open(image, Repository.ToString()) : null;

    private async ValueTask<RepositoryTag> DescribeAsync(ContentHash rootCatalog, string name, string description, CancellationToken cancellationToken)
    {
        using var catalog = await _reader.OpenCatalogAsync(new NestedCatalog(RepositoryPath.Root, rootCatalog, 0, IsBind: false), cancellationToken).ConfigureAwait(false);
        return new RepositoryTag
        {
            Name = name,
            RootCatalog = rootCatalog,
            RootCatalogSize = catalog.Length,
            Revision = catalog.Revision,
            Timestamp = catalog.LastModified,
            Description = description,
        };
    }
}
