using Cvmfs.Net.Manifests;
using Cvmfs.Net.Replication.Collection;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Replication.Configuration;

/// <summary>One replica of a host, as its <c>server.conf</c> and <c>replica.conf</c> and the host's <c>server.local</c> describe it. Immutable.</summary>
/// <remarks>Nothing that another replica's files set is seen here, unlike in the reference's tools, where some of it leaks into the next replica.</remarks>
public sealed class ReplicaConfiguration
{
    /// <summary>The layout of folders and files that is worked with here, and the only one in use since 2018.</summary>
    public const int SupportedLayout = 143;

    private readonly ConfigurationValue? _layout;
    private readonly ConfigurationValue? _upstreamStorage;
    private readonly ShellVariables _variables;
    private readonly string _spoolRoot;

    internal ReplicaConfiguration(string alias, string folder, ShellVariables variables, HostConfigurationOptions host)
    {
        var settings = new SettingReader(variables);
        (_variables, _spoolRoot) = (variables, Path.GetFullPath(host.SpoolRoot));
        (Alias, Folder) = (alias, folder);
        string serverConf = Path.Combine(folder, "server.conf");
        Repository = ReadRepository(settings, serverConf);
        if (settings.Find("CVMFS_REPOSITORY_TYPE") is { Text: not "stratum1" } type) throw type.Refuse("expected stratum1, because the folder has a replica.conf.");
        _layout = settings.Find("CVMFS_CREATOR_VERSION");
        User = settings.Text("CVMFS_USER");
        Upstream = settings.Text("CVMFS_STRATUM0") ?? throw new ConfigurationException(serverConf, 0, "CVMFS_STRATUM0, the URL to copy from, is not set. Add it.");
        OwnUrl = settings.Text("CVMFS_STRATUM1") ?? $"http://localhost/cvmfs/{alias}";
        SpoolFolder = settings.Folder("CVMFS_SPOOL_DIR") ?? Path.Combine(Path.GetFullPath(host.SpoolRoot), alias);
        _upstreamStorage = settings.Find("CVMFS_UPSTREAM_STORAGE");
        Storage = ReadStorage(_upstreamStorage, alias, host);
        Group = settings.Text("CVMFS_SNAPSHOT_GROUP");
        IsPassThrough = settings.Is("CVMFS_PASSTHROUGH", "true");
        IsActive = !settings.Is("CVMFS_REPLICA_ACTIVE", "no");
        KeyPaths = settings.Text("CVMFS_PUBLIC_KEY")?.Split(':', StringSplitOptions.RemoveEmptyEntries) ?? [];
        Workers = settings.Number("CVMFS_NUM_WORKERS", 16, 1, 4096);
        HttpTimeout = TimeSpan.FromSeconds(settings.Number("CVMFS_HTTP_TIMEOUT", 10, 1, 3600));
        HttpRetries = settings.Number("CVMFS_HTTP_RETRIES", 3, 0, 100);
        CollectsAfterSnapshot = settings.Is("CVMFS_AUTO_GC", "true");
        CollectionTimespan = settings.Date("CVMFS_AUTO_GC_TIMESPAN", "3 days ago");
        CollectionLapse = ReadLapse(settings);
        DeletionLogFile = settings.Folder("CVMFS_GC_DELETION_LOG");
        CheckInterval = TimeSpan.FromDays(settings.Number("CVMFS_CHECK_ALL_MIN_DAYS", 30, 0, 36500));
        FlushAfterRuns = settings.Is("CVMFS_SYNCFS_LEVEL", "cautious");
        ServerProxy = settings.Text("CVMFS_SERVER_PROXY");
        FollowsRedirects = settings.Is("CVMFS_FOLLOW_REDIRECTS", "yes");
        LogLevel = settings.Number("CVMFS_LOG_LEVEL", 2, 0, 4);
        CountsCollectedBytes = settings.Is("CVMFS_EXTENDED_GC_STATS", "true");
        if (UpstreamWarning(Upstream) is { } severalUpstreams) settings.Notes.Add($"{settings.Find("CVMFS_STRATUM0")?.Origin}: {severalUpstreams}");
        settings.Know(HostConfiguration.HostWideNames);
        settings.Know(HostConfiguration.NamesWithoutEffect);
        UnusedSettings = [.. settings.Unused];
        Notes = settings.Notes;
    }

    /// <summary>Local name: the folder's name, and the last part of URLs.</summary>
    public string Alias { get; }

    /// <summary>Folder of its files, in <c>repositories.d</c>.</summary>
    public string Folder { get; }

    /// <summary>Fully qualified name of the repository.</summary>
    public RepositoryName Repository { get; }

    /// <summary>Layout that the files were made for; null where they say something that is no number.</summary>
    public int? Layout => _layout is null ? SupportedLayout : int.TryParse(_layout.Text, out int layout) ? layout : null;

    /// <summary>Account that owns the storage; null where the files do not say.</summary>
    public string? User { get; }

    /// <summary>URL to copy from.</summary>
    public string Upstream { get; }

    /// <summary>URL under which the replica itself is served.</summary>
    public string OwnUrl { get; }

    /// <summary>Where the objects are kept.</summary>
    public UpstreamStorage Storage { get; }

    /// <summary>Folder for locks and what else is not served.</summary>
    public string SpoolFolder { get; }

    /// <summary>Group for snapshots of all replicas; null for none.</summary>
    public string? Group { get; }

    /// <summary>Whether requests are only passed on: nothing is stored.</summary>
    public bool IsPassThrough { get; }

    /// <summary>Whether commands for all replicas take this one. Default true.</summary>
    public bool IsActive { get; }

    /// <summary>Public keys: files, and folders whose <c>*.pub</c> files count.</summary>
    public IReadOnlyList<string> KeyPaths { get; }

    /// <summary>Connections to the upstream at once. Default 16.</summary>
    public int Workers { get; }

    /// <summary>How long a connection may take to be made, and to stand still. Default 10 s.</summary>
    public TimeSpan HttpTimeout { get; }

    /// <summary>How often a request is repeated. Default 3.</summary>
    public int HttpRetries { get; }

    /// <summary>Whether garbage is collected after snapshots. Default false.</summary>
    public bool CollectsAfterSnapshot { get; }

    /// <summary>Revisions after this are kept by that, and copied by snapshots. Default "3 days ago".</summary>
    public DateExpression CollectionTimespan { get; }

    /// <summary>Garbage was last collected before this: then it is time again. Default "1 day ago".</summary>
    public DateExpression CollectionLapse { get; }

    /// <summary>File that collected objects are listed in; null for none.</summary>
    public string? DeletionLogFile { get; }

    /// <summary>Age of the last check from which a replica is checked again. Default 30 days.</summary>
    public TimeSpan CheckInterval { get; }

    /// <summary>Whether file systems are flushed after a run whatever it did: <c>CVMFS_SYNCFS_LEVEL=cautious</c>.</summary>
    public bool FlushAfterRuns { get; }

    /// <summary>Proxy of the reference's tools for everything but snapshots; null for none.</summary>
    public string? ServerProxy { get; }

    /// <summary>Whether the reference's tools follow redirects, except in snapshots.</summary>
    public bool FollowsRedirects { get; }

    /// <summary>Log level from 0 to 4. Default 2.</summary>
    public int LogLevel { get; }

    /// <summary>Whether a collection counts the bytes that it frees, which here it always does.</summary>
    public bool CountsCollectedBytes { get; }

    /// <summary>Settings that are read, kept and used by nothing here.</summary>
    public IReadOnlyList<ConfigurationValue> UnusedSettings { get; }

    /// <summary>What is probably not meant as it is written, in sentences with file and line.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Every variable that the files set, and where.</summary>
    public IReadOnlyList<ConfigurationValue> Settings => [.. _variables.All.Where(value => value.Line > 0).OrderBy(value => value.Name, StringComparer.Ordinal)];

    /// <summary>Where the replica lies.</summary>
    /// <exception cref="ConfigurationException">Its storage is none of this machine, or its layout is not the supported one.</exception>
    public ReplicaLocation Location
    {
        get
        {
            RequireUsable();
            return new ReplicaLocation(Storage.Target, SpoolFolder, Alias, ChecksumFolder());
        }
    }

    /// <summary>One variable and where it was set; null where nothing sets it.</summary>
    public ConfigurationValue? Find(string name) => _variables.TryGet(name, out var value) ? value : null;

    /// <summary>What a snapshot of the replica is to do.</summary>
    /// <param name="timeProvider">What "3 days ago" counts from, and its zone; null for the system's.</param>
    /// <exception cref="ConfigurationException">As for <see cref="Location"/>, or a date lies outside what can be said.</exception>
    public ReplicationOptions ToReplicationOptions(TimeProvider? timeProvider = null)
    {
        RequireUsable();
        var time = timeProvider ?? TimeProvider.System;
        var now = time.GetUtcNow();
        var history = now - Resolve(CollectionTimespan, "CVMFS_AUTO_GC_TIMESPAN", time);
        return new ReplicationOptions
        {
            Repository = Repository.ToString(),
            Upstream = Upstream,
            StorageFolder = Storage.Target,
            SpoolFolder = SpoolFolder,
            Alias = Alias,
            ReflogChecksumFolder = ChecksumFolder(),
            IsPassThrough = IsPassThrough,
            IsActive = IsActive,
            Group = Group,
            MaxConnections = Workers,
            NetworkTimeout = HttpTimeout,
            Retries = HttpRetries,
            HistoryLimit = history < TimeSpan.Zero ? TimeSpan.Zero : history > TimeSpan.FromDays(36500) ? TimeSpan.FromDays(36500) : history,
        };
    }

    /// <summary>What a garbage collection that follows a snapshot is to do.</summary>
    /// <param name="timeProvider">What "3 days ago" counts from; null for the system's.</param>
    /// <exception cref="ConfigurationException">The date lies outside what can be said.</exception>
    public CollectionOptions ToCollectionOptions(TimeProvider? timeProvider = null) => new()
    {
        KeepNewerThan = KeepNewerThan(timeProvider),
        DeletionLogFile = DeletionLogFile,
    };

    /// <summary>When what a collection keeps begins.</summary>
    /// <exception cref="ConfigurationException">The date lies outside what can be said.</exception>
    public DateTimeOffset KeepNewerThan(TimeProvider? timeProvider = null) => Resolve(CollectionTimespan, "CVMFS_AUTO_GC_TIMESPAN", timeProvider ?? TimeProvider.System);

    /// <summary>Whether garbage is due to be collected by itself.</summary>
    /// <param name="lastCollection">When that last happened; null for never or unknown.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    public bool IsCollectionDue(DateTimeOffset? lastCollection, TimeProvider? timeProvider = null)
        => CollectsAfterSnapshot && (lastCollection is null || lastCollection < Resolve(CollectionLapse, "CVMFS_AUTO_GC_LAPSE", timeProvider ?? TimeProvider.System));

    /// <summary>Loads the public keys.</summary>
    /// <exception cref="ConfigurationException">There are none, or one cannot be read.</exception>
    public async Task<MasterKeys> LoadKeysAsync(CancellationToken cancellationToken = default)
    {
        string document = Find("CVMFS_PUBLIC_KEY")?.Document ?? Path.Combine(Folder, "replica.conf");
        int line = Find("CVMFS_PUBLIC_KEY")?.Line ?? 0;
        if (IsPassThrough && KeyPaths.Count == 0) return MasterKeys.None;
        try
        {
            var keys = await MasterKeys.LoadAsync(KeyPaths, cancellationToken).ConfigureAwait(false);
            return keys.Count > 0 ? keys : throw new ConfigurationException(document, line, "CVMFS_PUBLIC_KEY names no public key: nothing could be verified. Name a file, or a folder with *.pub files.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CvmfsFormatException)
        {
            throw new ConfigurationException(document, line, $"CVMFS_PUBLIC_KEY: {e.Message}", e);
        }
    }

    /// <summary>What the reference's tools would say to an upstream; null for nothing.</summary>
    internal static string? UpstreamWarning(string upstream) => upstream.Contains("://", StringComparison.Ordinal) && upstream.Contains(',', StringComparison.Ordinal)
        ? "CVMFS_STRATUM0 names several addresses. They are tried in order here; the reference's tools take them for one, and fail."
        : null;

    private static RepositoryName ReadRepository(SettingReader settings, string document)
    {
        if (settings.Find("CVMFS_REPOSITORY_NAME") is not { } value) throw new ConfigurationException(document, 0, "CVMFS_REPOSITORY_NAME is not set. Add it.");
        return RepositoryName.TryParse(value.Text, out var name) ? name : throw value.Refuse("is no repository name.");
    }

    private static UpstreamStorage ReadStorage(ConfigurationValue? value, string alias, HostConfigurationOptions host)
    {
        if (value is null)
        {
            string folder = Path.Combine(Path.GetFullPath(host.StorageRoot), alias);
            return new UpstreamStorage(UpstreamStorage.Local, Path.Combine(folder, "data", "txn"), folder);
        }

        try
        {
            return UpstreamStorage.Parse(value.Text);
        }
        catch (FormatException e)
        {
            throw value.Refuse(e.Message);
        }
    }

    // The reference takes a lapse that it does not understand for passed.
    private static DateExpression ReadLapse(SettingReader settings)
    {
        try
        {
            return settings.Date("CVMFS_AUTO_GC_LAPSE", "1 day ago");
        }
        catch (ConfigurationException e)
        {
            settings.Notes.Add($"{e.Message} It counts as passed: garbage is collected after every snapshot.");
            return DateExpression.Parse("tomorrow");
        }
    }

    private DateTimeOffset Resolve(DateExpression expression, string name, TimeProvider time)
    {
        try
        {
            return expression.Resolve(time.GetUtcNow(), time.LocalTimeZone);
        }
        catch (FormatException e)
        {
            throw Find(name)?.Refuse(e.Message) ?? new ConfigurationException(Folder, 0, e.Message);
        }
    }

    private void RequireUsable()
    {
        if (Layout != SupportedLayout)
        {
            throw _layout!.Refuse($"the layout is not {SupportedLayout}. Upgrade the replica with cvmfs_server migrate of the reference first, or look for a newer release of this program.");
        }

        if (Storage.IsLocal) return;
        throw _upstreamStorage!.Refuse($"storage of the kind {Storage.Kind} is not supported here, only {UpstreamStorage.Local}. Keep this replica with the reference's tools.");
    }

    // The reference looks for the reflog's checksum below its own spool folder, wherever CVMFS_SPOOL_DIR points. Where that folder does not
    // exist none of its tools can have written one.
    private string ChecksumFolder()
    {
        string fixedFolder = Path.Combine(_spoolRoot, Alias);
        return Directory.Exists(fixedFolder) ? fixedFolder : SpoolFolder;
    }
}
