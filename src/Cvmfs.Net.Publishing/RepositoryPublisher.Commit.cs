using Cvmfs.Net.Catalogs;
using Cvmfs.Net.History;
using Cvmfs.Net.Publishing.CatalogWriting;
using Cvmfs.Net.Publishing.Ingestion;
using Cvmfs.Net.Publishing.Signing;
using Cvmfs.Net.Publishing.Tagging;
using Cvmfs.Net.Publishing.Trees;
using Cvmfs.Net.Publishing.Trees.Tar;

namespace Cvmfs.Net.Publishing;

public sealed partial class RepositoryPublisher
{
    /// <summary>Publishes a tree as the whole content of the next revision.</summary>
    /// <param name="tree">The tree; belongs to this commit from here on.</param>
    /// <param name="options">Defaults where null.</param>
    /// <param name="cancellationToken">Cancels; the old revision stays.</param>
    /// <exception cref="CvmfsPublishException">The tree cannot be published, or the repository is not in order.</exception>
    /// <exception cref="RepositoryLockedException">Another process is publishing.</exception>
    /// <exception cref="IOException">The store cannot take it.</exception>
    public Task<PublishReport> CommitAsync(PublishTree tree, CommitOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tree);
        return CommitAsync((_, _) => ValueTask.FromResult(tree), options ?? new CommitOptions(), cancellationToken);
    }

    /// <summary>Publishes a directory as the whole content of the next revision. 64-bit Linux.</summary>
    /// <param name="directory">The directory; its own attributes become the root's.</param>
    /// <param name="options">Defaults where null.</param>
    /// <param name="cancellationToken">Cancels; the old revision stays.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such directory.</exception>
    /// <exception cref="PlatformNotSupportedException">This is not 64-bit Linux.</exception>
    /// <inheritdoc cref="CommitAsync(PublishTree, CommitOptions, CancellationToken)" path="/exception"/>
    public Task<PublishReport> CommitTreeAsync(string directory, CommitOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        return CommitAsync(
            (_, token) => ValueTask.FromResult(DirectoryScanner.Scan(directory, _options, token)), options ?? new CommitOptions(), cancellationToken);
    }

    /// <summary>Extracts a tar archive on top of what is published.</summary>
    /// <param name="archive">Uncompressed tar stream (ustar, PAX or GNU), read once to its end; stays the caller's.</param>
    /// <param name="options">Where it goes; defaults where null.</param>
    /// <param name="cancellationToken">Cancels; the old revision stays.</param>
    /// <exception cref="CvmfsFormatException">The archive is damaged, or holds what has no place in a repository.</exception>
    /// <inheritdoc cref="CommitAsync(PublishTree, CommitOptions, CancellationToken)" path="/exception"/>
    public Task<PublishReport> CommitTarAsync(Stream archive, TarCommitOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(archive);
        options ??= new TarCommitOptions();
        return CommitAsync(
            async (commit, token) =>
            {
                var revision = await RevisionTree.OpenAsync(_reader, CurrentRoot, token).ConfigureAwait(false);
                await new TarExtractor(revision, commit.Ingester, _options, options).ExtractAsync(archive, token).ConfigureAwait(false);
                return revision.Tree;
            },
            options.Commit, cancellationToken);
    }

    private Task<PublishReport> CommitAsync(Func<Commit, CancellationToken, ValueTask<PublishTree>> makeTree, CommitOptions options, CancellationToken cancellationToken)
    {
        if (options.Tag is { } tag) TagPolicy.CheckName(tag);
        return ExclusivelyAsync(() => CommitCoreAsync(makeTree, options, cancellationToken), cancellationToken);
    }

    private async Task<PublishReport> CommitCoreAsync(Func<Commit, CancellationToken, ValueTask<PublishTree>> makeTree, CommitOptions options, CancellationToken cancellationToken)
    {
        long start = _time.GetTimestamp();
        var counters = new IngestCounters(options.Progress, _time);
        var settings = await ReadSettingsAsync(cancellationToken).ConfigureAwait(false);
        var objects = new StoredObjects(_store, counters);
        var ingester = new ContentIngester(objects, _options, settings.HashAlgorithm, counters, cancellationToken);
        await using var ingesterDisposal = ingester.ConfigureAwait(false);

        counters.Report(PublishPhase.Scanning);
        var tree = await makeTree(new Commit(ingester, settings), cancellationToken).ConfigureAwait(false);
        TreePreparer.Prepare(tree, _options);
        long scanned = _time.GetTimestamp();

        counters.Report(PublishPhase.StoringFiles);
        if (_options.TrustFileTimes) await TakeOverUnchangedAsync(tree, cancellationToken).ConfigureAwait(false);
        await FileFeeder.FeedAsync(tree.Root, ingester).ConfigureAwait(false);
        long stored = _time.GetTimestamp();

        counters.Report(PublishPhase.WritingCatalogs);
        var now = _time.GetUtcNow();
        ulong revision = Manifest.Revision + 1;
        var writer = new RevisionWriter(objects, _reader, settings, _options.Parallelism, now.ToUnixTimeSeconds());
        var plan = await writer.WriteAsync(tree, CurrentRoot, revision, options.PublishUnchanged, cancellationToken).ConfigureAwait(false);
        long catalogued = _time.GetTimestamp();

        if (!plan.IsKept) await MakeVisibleAsync(plan.Result, revision, settings, objects, options, now, counters, cancellationToken).ConfigureAwait(false);
        counters.Report(PublishPhase.Done);
        return new PublishReport
        {
            Outcome = plan.IsKept ? PublishOutcome.Unchanged : PublishOutcome.Published,
            Revision = Manifest.Revision,
            RootCatalog = Manifest.RootCatalog,
            Files = counters.Files,
            Bytes = counters.Bytes,
            NewObjects = counters.NewObjects,
            KnownObjects = counters.KnownObjects,
            NewBytes = counters.NewBytes,
            CatalogsWritten = writer.Written,
            CatalogsKept = writer.Kept,
            ScanTime = _time.GetElapsedTime(start, scanned),
            StoreTime = _time.GetElapsedTime(scanned, stored),
            CatalogTime = _time.GetElapsedTime(stored, catalogued),
            TotalTime = _time.GetElapsedTime(start),
        };
    }

    private async Task MakeVisibleAsync(
        NestedCatalog root, ulong revision, RepositorySettings settings, StoredObjects objects, CommitOptions options, DateTimeOffset now,
        IngestCounters counters, CancellationToken cancellationToken)
    {
        counters.Report(PublishPhase.Signing);
        byte[]? image = await ReadHistoryAsync(cancellationToken).ConfigureAwait(false);
        var current = image is null ? null : TagDatabase.Open(image, Repository.ToString());
        using var history = OpenHistory(image);
        var head = HeadTag(root, revision, now);
        string? name = options.Tag ?? (_options.AutoTags ? TagPolicy.AutomaticName(current, now) : null);
        if (name is not null) history.Put(head with { Name = name, Description = options.Tag is null ? "" : options.TagDescription });
        TagPolicy.MoveTrunk(history, current, head);
        var roots = new RootWriter(_store, _root, _keys, settings);
        Manifest = await roots.PublishAsync(
            Manifest, root, revision, history.ToArray(), _options.MetaInfo, whitelist: null, now, objects, cancellationToken).ConfigureAwait(false);
    }

    private TagDatabaseWriter OpenHistory(byte[]? image) => image is null
        ? TagDatabaseWriter.Create(Repository.ToString())
        : TagDatabaseWriter.Open(image, Repository.ToString(), Manifest.History);

    private async Task TakeOverUnchangedAsync(PublishTree tree, CancellationToken cancellationToken)
    {
        var previous = await RevisionTree.OpenAsync(_reader, CurrentRoot, cancellationToken).ConfigureAwait(false);
        await previous.OpenAllAsync(cancellationToken).ConfigureAwait(false);
        FileFeeder.TakeOverUnchanged(tree.Root, previous.Tree.Root);
    }

    /// <summary>What a source of trees may use while it makes one.</summary>
    private sealed record Commit(ContentIngester Ingester, RepositorySettings Settings);
}
