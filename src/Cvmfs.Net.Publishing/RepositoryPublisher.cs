using Cvmfs.Net.Catalogs;
using Cvmfs.Net.History;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Publishing.CatalogWriting;
using Cvmfs.Net.Publishing.Ingestion;
using Cvmfs.Net.Publishing.Signing;
using Cvmfs.Net.Publishing.Tagging;
using Cvmfs.Net.Publishing.Trees;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Publishing;

// One commit, from a tree to a visible revision:
//
//   source ► PublishTree ► TreePreparer ► ContentIngester ► RevisionWriter ► TagDatabaseWriter ► RootWriter
//            names          markers,       files ► objects   catalogs,        history            reflog, manifest
//                           grafts                           bottom-up
//
// Whatever fails or is cancelled before RootWriter's last rename leaves the old revision; objects that were stored in vain are found
// again by the next attempt.

/// <summary>A Stratum 0: turns trees into signed revisions of one repository.</summary>
/// <remarks>Operations exclude each other, also between processes: the second process gets a <see cref="RepositoryLockedException"/>. Keys are not
/// disposed here.</remarks>
public sealed partial class RepositoryPublisher : IDisposable
{
    private readonly IObjectStore _store;
    private readonly RootFolder _root;
    private readonly PublisherKeys _keys;
    private readonly PublisherOptions _options;
    private readonly TimeProvider _time;
    private readonly RevisionReader _reader;
    private readonly SemaphoreSlim _gate = new(1);

    private RepositoryPublisher(IObjectStore store, RootFolder root, PublisherKeys keys, PublisherOptions options, TimeProvider time, Manifest manifest)
    {
        _store = store;
        _root = root;
        _keys = keys;
        _options = options;
        _time = time;
        _reader = new RevisionReader(store);
        Manifest = manifest;
    }

    /// <summary>The repository.</summary>
    public RepositoryName Repository => _keys.Repository;

    /// <summary>What is visible, as of the last operation here.</summary>
    public Manifest Manifest { get; private set; }

    /// <summary>Makes a new repository with an empty revision 0, and opens it.</summary>
    /// <param name="folder">Folder to serve it from: created if need be; must not hold a repository.</param>
    /// <param name="keys">Master key and certificate; stay the caller's.</param>
    /// <param name="options">Defaults where null.</param>
    /// <param name="timeProvider">The clock; the system's where null.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="CvmfsPublishException">There is a repository already, or the master key is missing.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static Task<RepositoryPublisher> InitAsync(
        string folder, PublisherKeys keys, PublisherOptions? options = null, TimeProvider? timeProvider = null, CancellationToken cancellationToken = default)
    {
        var store = new FileObjectStore(folder);
        store.CreateFolders();
        return InitAsync(store, new RootFolder(folder), keys, options, timeProvider, cancellationToken);
    }

    /// <summary>Makes a new repository in a store of any kind.</summary>
    /// <param name="store">Takes the objects.</param>
    /// <param name="root">Takes the root files.</param>
    /// <param name="keys">Master key and certificate; stay the caller's.</param>
    /// <param name="options">Defaults where null.</param>
    /// <param name="timeProvider">The clock; the system's where null.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <inheritdoc cref="InitAsync(string, PublisherKeys, PublisherOptions, TimeProvider, CancellationToken)" path="/exception"/>
    public static async Task<RepositoryPublisher> InitAsync(
        IObjectStore store, RootFolder root, PublisherKeys keys, PublisherOptions? options = null, TimeProvider? timeProvider = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(keys);
        options ??= new PublisherOptions();
        options.Validate();
        var time = timeProvider ?? TimeProvider.System;
        using var locked = PublisherLock.Take(root);
        if (await root.ExistsAsync(RootFileNames.Manifest, cancellationToken).ConfigureAwait(false))
            throw new CvmfsPublishException(root.Location, "holds a repository already.");

        var now = time.GetUtcNow();
        var settings = RepositorySettings.ForNew(options);
        byte[] whitelist = keys.SignWhitelist(keys.Repository, now, now + options.WhitelistValidity, settings.HashAlgorithm);
        var objects = new StoredObjects(store, new IngestCounters(null, time));
        var attributes = EntryAttributes.ForDirectory(0x1ED, DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds()));
        var tree = new PublishTree((options.Owners?.Apply(attributes) ?? attributes) with { MTimeNanoseconds = null });
        var writer = new RevisionWriter(objects, new RevisionReader(store), settings, options.Parallelism, now.ToUnixTimeSeconds());
        var plan = await writer.WriteAsync(tree, null, 0, rewriteRoot: true, cancellationToken).ConfigureAwait(false);

        using var history = TagDatabaseWriter.Create(keys.Repository.ToString());
        TagPolicy.MoveTrunk(history, null, HeadTag(plan.Result, 0, now));
        if (options.AllowReplication)
        {
            await root.ReplaceAsync(
                RootFileNames.MasterReplica, "Stratum 1 servers may copy this repository.\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
        }

        var roots = new RootWriter(store, root, keys, settings);
        var manifest = await roots.PublishAsync(
            null, plan.Result, 0, history.ToArray(), options.MetaInfo ?? "{}\n", whitelist, now, objects, cancellationToken).ConfigureAwait(false);
        return new RepositoryPublisher(store, root, keys, options, time, manifest);
    }

    /// <summary>Opens a repository to publish to it.</summary>
    /// <param name="folder">Folder that holds it.</param>
    /// <param name="keys">Certificate with its key; the master key for whitelists only. Stay the caller's.</param>
    /// <param name="options">Defaults where null: what the repository records about itself stays as it is.</param>
    /// <param name="timeProvider">The clock; the system's where null.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="CvmfsPublishException">There is no repository, or it has another name than the keys.</exception>
    /// <exception cref="CvmfsFormatException">The manifest is damaged.</exception>
    public static Task<RepositoryPublisher> OpenAsync(
        string folder, PublisherKeys keys, PublisherOptions? options = null, TimeProvider? timeProvider = null, CancellationToken cancellationToken = default)
        => OpenAsync(new FileObjectStore(folder), new RootFolder(folder), keys, options, timeProvider, cancellationToken);

    /// <summary>Opens a repository in a store of any kind.</summary>
    /// <param name="store">Holds the objects.</param>
    /// <param name="root">Holds the root files.</param>
    /// <param name="keys">Certificate with its key; the master key for whitelists only. Stay the caller's.</param>
    /// <param name="options">Defaults where null.</param>
    /// <param name="timeProvider">The clock; the system's where null.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <inheritdoc cref="OpenAsync(string, PublisherKeys, PublisherOptions, TimeProvider, CancellationToken)" path="/exception"/>
    public static async Task<RepositoryPublisher> OpenAsync(
        IObjectStore store, RootFolder root, PublisherKeys keys, PublisherOptions? options = null, TimeProvider? timeProvider = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(keys);
        options ??= new PublisherOptions();
        options.Validate();
        var manifest = await ReadManifestAsync(root, keys.Repository, cancellationToken).ConfigureAwait(false);
        return new RepositoryPublisher(store, root, keys, options, timeProvider ?? TimeProvider.System, manifest);
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private static async ValueTask<Manifest> ReadManifestAsync(RootFolder root, RepositoryName repository, CancellationToken cancellationToken)
    {
        byte[] document = await root.ReadAsync(RootFileNames.Manifest, Manifest.MaxBytes, cancellationToken).ConfigureAwait(false)
            ?? throw new CvmfsPublishException(root.Location, "holds no repository: there is no manifest.");
        var manifest = Manifest.Parse(document, Path.Combine(root.Location, RootFileNames.Manifest));
        return manifest.RepositoryName == repository.ToString()
            ? manifest
            : throw new CvmfsPublishException(root.Location, $"holds \"{manifest.RepositoryName}\", the keys are for \"{repository}\".");
    }

    private static RepositoryTag HeadTag(NestedCatalog root, ulong revision, DateTimeOffset now) => new()
    {
        Name = RepositoryTag.Trunk,
        RootCatalog = root.Hash,
        RootCatalogSize = root.Size,
        Revision = revision,
        Timestamp = now.ToUnixTimeSeconds(),
    };

    /// <summary>Runs one operation alone, on what is published at its start.</summary>
    private async Task<T> ExclusivelyAsync<T>(Func<Task<T>> operation, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var locked = PublisherLock.Take(_root);
            Manifest = await ReadManifestAsync(_root, Repository, cancellationToken).ConfigureAwait(false);
            return await operation().ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    private NestedCatalog CurrentRoot => new(RepositoryPath.Root, Manifest.RootCatalog, (long)Manifest.RootCatalogSize, IsBind: false);

    private async ValueTask<RepositorySettings> ReadSettingsAsync(CancellationToken cancellationToken)
    {
        using var root = await _reader.OpenCatalogAsync(CurrentRoot, cancellationToken).ConfigureAwait(false);
        return RepositorySettings.For(_options, Manifest, root);
    }

    private async ValueTask<byte[]?> ReadHistoryAsync(CancellationToken cancellationToken)
        => Manifest.HistoryKey is { } key ? await _reader.ReadAsync(key, 0, cancellationToken).ConfigureAwait(false) : null;
}
