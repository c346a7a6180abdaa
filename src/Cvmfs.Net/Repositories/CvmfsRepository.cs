// Repositories/ reads a repository as a client does: verified from the first byte, fetching what is needed and no more.
//
//   source ► ManifestReader ► VerifiedManifest ─ root hash ─► RepositoryRevision ► CatalogTree ► CatalogPool ► CatalogLoader
//                                                                  │ entries                                      │
//                                                                  └► RepositoryFileStream ► pieces ► ObjectReader ► ObjectCache, VerifiedFetcher
// Must stay true
//   - A revision is fixed by one hash; nothing read through it can come from another one.
//   - The current revision goes forward only, and only on a verified statement.
//   - A catalog that cannot be loaded is an error, never an absent entry.
//   - No byte of a file is handed out before the hash of its piece was right.
// May use: everything below it in the core. Used by: command line, monitoring, samples.
// Rules from: the reference client's catalog manager.
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Documents;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.History;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Repositories;

/// <summary>A repository, open for reading: its current revision, its tags, and earlier revisions.</summary>
/// <remarks>Safe for concurrent use. Disposing it ends all revisions and streams that came from it.</remarks>
public sealed class CvmfsRepository : IAsyncDisposable
{
    private static readonly TimeSpan s_retryAfterFailure = TimeSpan.FromSeconds(180); // what the reference client waits

    private readonly RepositoryServices _services;
    private readonly RevisionFinder _finder;
    private readonly SemaphoreSlim _refreshing = new(1, 1);
    private volatile State _state;

    private CvmfsRepository(RepositoryServices services, State state)
        => (_services, _finder, _state) = (services, new RevisionFinder(services), state);

    /// <summary>URL or folder.</summary>
    public string Origin => _services.Source.Origin;

    /// <summary>The name in the signed documents; default when opened by root hash alone.</summary>
    public RepositoryName Name => _state.Name;

    /// <summary>The statement that the repository was opened with or refreshed to; null when opened by root hash alone.</summary>
    public Manifest? Manifest => _state.Manifest;

    /// <summary>The same with its proof; null when opened by root hash or unverified.</summary>
    public VerifiedManifest? VerifiedManifest => _state.Verified;

    /// <summary>The revision that was asked for, or the newest known one. <see cref="RefreshAsync"/> replaces it; what was read before stays valid.</summary>
    public RepositoryRevision Current => _state.Revision;

    /// <summary>Whether the last look for a newer revision failed: <see cref="Current"/> may be old.</summary>
    public bool IsOffline => _state.LastFailure is not null;

    /// <summary>Why the last look for a newer revision failed; null where it did not.</summary>
    public CvmfsException? LastFailure => _state.LastFailure;

    /// <summary>Opens a repository.</summary>
    /// <param name="source">A URL such as <c>http://host/cvmfs/software.eessi.io</c>, several joined by commas, or a folder.</param>
    /// <param name="options">What to trust and which revision to open.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="CvmfsTrustException">The repository cannot be believed, or no keys were given.</exception>
    /// <exception cref="CvmfsRevisionException">The tag, date or revision asked for does not exist.</exception>
    /// <exception cref="CvmfsTransportException">The source cannot be reached, or lacks the manifest or the root catalog.</exception>
    /// <exception cref="CvmfsException">Something that came makes no sense.</exception>
    public static Task<CvmfsRepository> OpenAsync(string source, CvmfsRepositoryOptions? options = null, CancellationToken cancellationToken = default)
        => OpenAsync(RepositorySource.Open(source), options, leaveOpen: false, cancellationToken);

    /// <summary>Opens a repository over any source.</summary>
    /// <param name="source">Brings the bytes; disposed with the repository unless <paramref name="leaveOpen"/>.</param>
    /// <param name="options">What to trust and which revision to open.</param>
    /// <param name="leaveOpen">Whether the source stays open.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="CvmfsException">As above.</exception>
    public static async Task<CvmfsRepository> OpenAsync(
        IRepositorySource source, CvmfsRepositoryOptions? options, bool leaveOpen = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        options ??= new CvmfsRepositoryOptions();
        var services = new RepositoryServices(source, leaveOpen, options);
        try
        {
            return new CvmfsRepository(services, await OpenStateAsync(services, options, cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            await services.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The name that an address promises: the last part of a URL, if it can be one and not a mere alias, that is, if it has a dot. The signed
    /// documents found there must then carry it.</summary>
    /// <param name="source">A URL, several joined by commas (the first counts), or a folder, which promises nothing.</param>
    /// <returns>The name; <see langword="default"/> where only the signed documents say whose they are.</returns>
    public static RepositoryName NameFromAddress(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (!Uri.TryCreate(source.Split(',')[0].Trim(), UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")) return default;
        string path = Uri.UnescapeDataString(uri.AbsolutePath.TrimEnd('/'));
        string last = path[(path.LastIndexOf('/') + 1)..];
        return last.Contains('.', StringComparison.Ordinal) && RepositoryName.TryParse(last, out var name) ? name : default;
    }

    /// <inheritdoc cref="RepositoryRevision.StatAsync"/>
    public ValueTask<CatalogEntry?> StatAsync(RepositoryPath path, CancellationToken cancellationToken = default) => Current.StatAsync(path, cancellationToken);

    /// <inheritdoc cref="RepositoryRevision.ListAsync"/>
    public Task<IReadOnlyList<CatalogEntry>> ListAsync(RepositoryPath directory, bool includeHidden = false, CancellationToken cancellationToken = default)
        => Current.ListAsync(directory, includeHidden, cancellationToken);

    /// <inheritdoc cref="RepositoryRevision.EnumerateAsync"/>
    public IAsyncEnumerable<CatalogTreeEntry> EnumerateAsync(
        RepositoryPath start = default, RepositoryEnumerationOptions? options = null, CancellationToken cancellationToken = default)
        => Current.EnumerateAsync(start, options, cancellationToken);

    /// <inheritdoc cref="RepositoryRevision.OpenReadAsync"/>
    public Task<RepositoryFileStream> OpenReadAsync(RepositoryPath path, CancellationToken cancellationToken = default)
        => Current.OpenReadAsync(path, cancellationToken);

    /// <inheritdoc cref="RepositoryRevision.ReadAllBytesAsync"/>
    public Task<byte[]> ReadAllBytesAsync(RepositoryPath path, long maxBytes = 64 << 20, CancellationToken cancellationToken = default)
        => Current.ReadAllBytesAsync(path, maxBytes, cancellationToken);

    /// <summary>The named revisions, newest first. Their catalogs need not be on this server.</summary>
    /// <returns>Empty where the repository has no history, or was opened by root hash alone.</returns>
    /// <exception cref="CvmfsException">The history cannot be loaded or makes no sense.</exception>
    public async Task<IReadOnlyList<RepositoryTag>> ReadTagsAsync(CancellationToken cancellationToken = default)
        => Manifest is { } manifest && await _finder.ReadTagsAsync(manifest, cancellationToken).ConfigureAwait(false) is { } tags ? tags.Tags : [];

    /// <summary>The current revision and its predecessors, newest first, as far as this server still has them.</summary>
    /// <exception cref="CvmfsException">A catalog cannot be loaded, for another reason than that it is gone, or makes no sense.</exception>
    public IAsyncEnumerable<RepositoryRevision> ReadRevisionsAsync(CancellationToken cancellationToken = default) => _finder.BackFromAsync(Current, cancellationToken);

    /// <summary>Opens the revision with a root catalog.</summary>
    /// <exception cref="CvmfsException">The catalog cannot be loaded or makes no sense.</exception>
    public Task<RepositoryRevision> OpenRevisionAsync(ContentHash rootCatalog, CancellationToken cancellationToken = default)
        => RepositoryRevision.OpenAsync(_services, rootCatalog, 0, cancellationToken);

    /// <summary>Opens the revision with a tag.</summary>
    /// <exception cref="CvmfsRevisionException">There is no such tag.</exception>
    /// <exception cref="CvmfsException">The history or catalog cannot be loaded or makes no sense.</exception>
    public Task<RepositoryRevision> OpenRevisionAsync(string tag, CancellationToken cancellationToken = default)
        => _finder.ByTagAsync(RequireManifest(), tag, cancellationToken);

    /// <summary>Opens the revision with a number.</summary>
    /// <exception cref="CvmfsRevisionException">It is neither tagged nor reachable from the current one.</exception>
    /// <exception cref="CvmfsException">The history or a catalog cannot be loaded or makes no sense.</exception>
    public Task<RepositoryRevision> OpenRevisionAsync(ulong revision, CancellationToken cancellationToken = default)
        => _finder.ByNumberAsync(RequireManifest(), Current, revision, cancellationToken);

    /// <summary>What changed between two revisions, in path order. Subtrees in unchanged nested catalogs are not even loaded.</summary>
    /// <exception cref="CvmfsException">A catalog cannot be loaded or makes no sense.</exception>
    public static IAsyncEnumerable<RepositoryChange> DiffAsync(RepositoryRevision from, RepositoryRevision to, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        return RevisionDiff.CompareAsync(from.Tree, to.Tree, cancellationToken);
    }

    /// <summary>What the publisher says about the repository; null where there is nothing, or nothing readable.</summary>
    /// <exception cref="CvmfsTransportException">The object is announced and cannot be had.</exception>
    public async Task<RepositoryMetaInfo?> ReadMetaInfoAsync(CancellationToken cancellationToken = default)
    {
        if (Manifest?.MetaInfoKey is not { } key) return null;
        byte[] json = await _services.Objects.ReadMetadataAsync(key, Manifest.MaxBytes, cancellationToken).ConfigureAwait(false);
        return RepositoryMetaInfo.Parse(json);
    }

    /// <summary>Looks for a newer revision once. Never goes back, and keeps what it has when anything fails.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; nothing changed.</exception>
    public async Task<RefreshOutcome> RefreshAsync(CancellationToken cancellationToken = default)
    {
        if (!_state.Follows) return RefreshOutcome.Fixed;
        await _refreshing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await RefreshOnceAsync(_state, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _refreshing.Release();
        }
    }

    /// <summary>How long to wait before looking again: the revision's own time, or 180 s after a failure.</summary>
    public TimeSpan NextRefreshIn
    {
        get
        {
            if (IsOffline) return s_retryAfterFailure;
            return _services.Options.MaxTtl is { } cap && cap < Current.Ttl ? cap : Current.Ttl;
        }
    }

    /// <summary>Keeps looking for newer revisions, as often as the repository says, until cancelled or no longer enumerated.</summary>
    /// <returns>One outcome per look, the first after one waiting time. Ends at once for a fixed revision.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async IAsyncEnumerable<RefreshOutcome> FollowAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (_state.Follows)
        {
            var wait = NextRefreshIn > TimeSpan.FromSeconds(1) ? NextRefreshIn : TimeSpan.FromSeconds(1); // a repository may say 0
            await Task.Delay(wait, _services.Options.TimeProvider, cancellationToken).ConfigureAwait(false);
            yield return await RefreshAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync().ConfigureAwait(false);
        _refreshing.Dispose();
    }

    private static async Task<State> OpenStateAsync(RepositoryServices services, CvmfsRepositoryOptions options, CancellationToken cancellationToken)
    {
        if (!options.RootHash.IsNull)
        {
            var fixedRevision = await RepositoryRevision.OpenAsync(services, options.RootHash, 0, cancellationToken).ConfigureAwait(false);
            return new State(options.RepositoryName, null, null, fixedRevision, Follows: false);
        }

        var (manifest, verified) = await new ManifestReader(services.Source, options).ReadAsync(default, cancellationToken).ConfigureAwait(false);
        if (verified is not null && options.KnownState.JudgeAsReader(verified) is var verdict and (RevisionVerdict.RevisionLower or RevisionVerdict.TimestampOlder))
        {
            throw new CvmfsTrustException(
                TrustFailure.ManifestOutdated,
                $"{services.Source.Origin} shows revision {manifest.Revision} of {manifest.PublishedAt}, older than revision {options.KnownState.Revision} of {options.KnownState.PublishedAt} that is known ({verdict}).");
        }

        var name = RepositoryName.TryParse(manifest.RepositoryName, out var signed) ? signed : default;
        var finder = new RevisionFinder(services);
        if (options.Tag is { } tag) return Fixed(await finder.ByTagAsync(manifest, tag, cancellationToken).ConfigureAwait(false));
        if (options.Date is { } date) return Fixed(await finder.ByDateAsync(manifest, date, cancellationToken).ConfigureAwait(false));
        var head = await OpenHeadAsync(services, manifest, cancellationToken).ConfigureAwait(false);
        return options.Revision is { } number
            ? Fixed(await finder.ByNumberAsync(manifest, head, number, cancellationToken).ConfigureAwait(false))
            : new State(name, manifest, verified, head, Follows: true);

        State Fixed(RepositoryRevision revision) => new(name, manifest, verified, revision, Follows: false);
    }

    private static Task<RepositoryRevision> OpenHeadAsync(RepositoryServices services, Manifest manifest, CancellationToken cancellationToken)
    {
        if (manifest.HasAlternativePaths) services.UseAlternativeName(manifest.RootCatalogKey);
        // A size beyond long is no size: the loader refuses it as too large.
        return RepositoryRevision.OpenAsync(services, manifest.RootCatalog, (long)Math.Min(manifest.RootCatalogSize, long.MaxValue), cancellationToken);
    }

    private async Task<RefreshOutcome> RefreshOnceAsync(State before, CancellationToken cancellationToken)
    {
        try
        {
            var (manifest, verified) = await new ManifestReader(_services.Source, _services.Options).ReadAsync(before.Name, cancellationToken).ConfigureAwait(false);
            var known = new RollbackGuard(before.Manifest!.Revision, before.Manifest.PublishedAt, before.Manifest.RootCatalog);
            switch (known.JudgeAsReader(manifest))
            {
                case RevisionVerdict.NothingNew:
                    _state = before with { LastFailure = null };
                    return RefreshOutcome.NothingNew;
                case RevisionVerdict.Newer:
                    var revision = await OpenHeadAsync(_services, manifest, cancellationToken).ConfigureAwait(false);
                    _state = before with { Manifest = manifest, Verified = verified, Revision = revision, LastFailure = null };
                    return RefreshOutcome.Updated;
                default:
                    _state = before with
                    {
                        LastFailure = new CvmfsTrustException(
                            TrustFailure.ManifestOutdated,
                            $"{Origin} shows revision {manifest.Revision} of {manifest.PublishedAt}, older than revision {known.Revision} of {known.PublishedAt} that is known."),
                    };
                    return RefreshOutcome.RolledBack;
            }
        }
        catch (CvmfsException failure)
        {
            _state = before with { LastFailure = failure };
            return RefreshOutcome.Offline;
        }
    }

    private Manifest RequireManifest()
        => Manifest ?? throw new CvmfsRevisionException("The repository was opened by root hash alone: without its manifest there are neither tags nor numbers to look up.");

    /// <summary>Everything that a refresh replaces, at once.</summary>
    private sealed record State(
        RepositoryName Name, Manifest? Manifest, VerifiedManifest? Verified, RepositoryRevision Revision, bool Follows, CvmfsException? LastFailure = null);
}
