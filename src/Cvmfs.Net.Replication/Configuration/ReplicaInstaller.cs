// Adds a replica to a host: all of it or nothing.
//
//   upstream asked and verified ─► storage, spool ─► repositories.d/<alias> (one rename: from here on it exists) ─► repositories.json
//
// Must stay true
//   - Until the rename nobody sees anything of the replica; what was made before is taken back when a later step fails.
//   - What was there before is never taken away: a storage folder that is reused stays as it is.
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Replication.Configuration;

/// <summary>Adds replicas to a host. What is there already as asked for stays untouched.</summary>
public sealed class ReplicaInstaller
{
    private readonly HostConfigurationOptions _host;
    private readonly TimeProvider _time;

    /// <summary>Names the host; touches nothing.</summary>
    /// <param name="host">Where its files and data go.</param>
    /// <param name="timeProvider">The clock for certificates and whitelists; null for the system's.</param>
    public ReplicaInstaller(HostConfigurationOptions host, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        (_host, _time) = (host, timeProvider ?? TimeProvider.System);
    }

    /// <summary>Sees to it that a replica is there. Copies nothing yet: that is for the first snapshot.</summary>
    /// <param name="definition">What is wanted.</param>
    /// <param name="update">Whether an existing replica's settings are brought in line.</param>
    /// <param name="dryRun">Whether to only say what would be done.</param>
    /// <param name="cancellationToken">Cancels; what was made is taken back.</param>
    /// <exception cref="ConfigurationException">The host's files cannot be used, or the account is unknown.</exception>
    /// <exception cref="CvmfsTrustException">None of the keys signed what the upstream offers.</exception>
    /// <exception cref="CvmfsTransportException">The upstream cannot be reached.</exception>
    /// <exception cref="CvmfsFormatException">The upstream or a key is damaged, or the alias is no name.</exception>
    /// <exception cref="IOException">A folder cannot be written.</exception>
    /// <exception cref="ArgumentException">The upstream is neither URL nor folder.</exception>
    public async Task<ReplicaAddReport> AddAsync(ReplicaDefinition definition, bool update = false, bool dryRun = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(definition);
        var host = await HostConfiguration.LoadAsync(_host, cancellationToken).ConfigureAwait(false);
        if (definition.Alias is { } given && host.Find(given) is { } known) return await EnsureAsync(known, definition, update, dryRun, cancellationToken).ConfigureAwait(false);

        var (repository, mayCopy) = await AskUpstreamAsync(definition, host.Blacklist, cancellationToken).ConfigureAwait(false);
        string[] warnings = WarningsOf(definition);
        string alias = RepositoryName.Parse(definition.Alias ?? repository.ToString()).ToString();
        if (host.Find(alias) is { } existing) return await EnsureAsync(existing, definition, update, dryRun, cancellationToken).ConfigureAwait(false);
        ReplicaAddReport Report(ReplicaAddOutcome outcome, string message) => new(outcome, alias, repository.ToString(), message) { Warnings = warnings };

        string folder = Path.Combine(_host.RepositoriesFolder, alias);
        if (host.Broken.FirstOrDefault(broken => broken.Alias == alias) is { } unusable) return Report(ReplicaAddOutcome.Taken, $"it is there and its files cannot be used: {unusable.Problem.Message}");
        if (Path.Exists(folder)) return Report(ReplicaAddOutcome.Taken, $"{folder} is there and is no replica: this host publishes a repository of that name, or somebody left it.");
        if (!mayCopy) return Report(ReplicaAddOutcome.NotReplicable, $"{definition.Upstream} has no {RootFileNames.MasterReplica}: it does not allow replication.");
        if (dryRun) return Report(ReplicaAddOutcome.Added, $"would be kept in {definition.StorageFor(alias, _host)}, with its files in {folder}. Nothing was done.");

        await MakeAsync(definition, alias, repository, folder, cancellationToken).ConfigureAwait(false);
        return Report(ReplicaAddOutcome.Added, $"is kept in {definition.StorageFor(alias, _host)}. Nothing is copied yet.") with { Warnings = [.. warnings, .. await WriteInfoAsync().ConfigureAwait(false)] };
    }

    private static async Task<ReplicaAddReport> EnsureAsync(ReplicaConfiguration existing, ReplicaDefinition definition, bool update, bool dryRun, CancellationToken cancellationToken)
    {
        var differences = definition.DifferencesTo(existing);
        ReplicaAddReport Report(ReplicaAddOutcome outcome, string message) => new(outcome, existing.Alias, existing.Repository.ToString(), message) { Differences = differences, Warnings = WarningsOf(definition) };
        if (differences.Count == 0) return Report(ReplicaAddOutcome.Unchanged, "is there as asked for; nothing to do.");
        if (!update) return Report(ReplicaAddOutcome.Different, "is there with other settings. Nothing was changed.");
        if (differences.FirstOrDefault(one => one.IsFixed) is { } moved) return Report(ReplicaAddOutcome.Different, $"{moved.Name} cannot be changed without moving data. Nothing was changed.");
        if (dryRun) return Report(ReplicaAddOutcome.Updated, "its settings would be brought in line. Nothing was done.");
        foreach (bool isReplicaConf in new[] { false, true })
        {
            var settings = differences.Where(one => one.IsReplicaConf == isReplicaConf).Select(one => (one.Name, one.Wanted)).ToList();
            if (settings.Count == 0) continue;
            await ReplicaFiles.SetAsync(existing.Folder, isReplicaConf ? ReplicaFiles.ReplicaConf : ReplicaFiles.ServerConf, settings, cancellationToken).ConfigureAwait(false);
        }

        return Report(ReplicaAddOutcome.Updated, "its settings were brought in line.");
    }

    private static string[] WarningsOf(ReplicaDefinition definition) => ReplicaConfiguration.UpstreamWarning(definition.Upstream) is { } warning ? [warning] : [];

    // With keys the upstream has to prove who it is: a wrong key shows now and not in the first night.
    private async Task<(RepositoryName Repository, bool MayCopy)> AskUpstreamAsync(ReplicaDefinition definition, Blacklist blacklist, CancellationToken cancellationToken)
    {
        var source = RepositorySource.Open(definition.Upstream);
        await using var _ = source.ConfigureAwait(false);
        byte[] document = await source.ReadRootFileAsync(RootFileNames.Manifest, cancellationToken: cancellationToken).ConfigureAwait(false)
            ?? throw new CvmfsTransportException(source.Origin, $"there is no {RootFileNames.Manifest}: it is no repository.", isTransient: false);
        var name = RepositoryName.Parse(Manifest.Parse(document, source.Origin).RepositoryName);
        if (!definition.IsPassThrough)
        {
            var keys = await MasterKeys.LoadAsync(definition.KeyPaths, cancellationToken).ConfigureAwait(false);
            var verifier = new ManifestVerifier(keys, blacklist, null, _time);
            await new VerifiedManifestFetcher(source, name, verifier, new MemoryObjectStore()).FetchAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        }

        bool mayCopy = definition.IsPassThrough || await source.RootFileExistsAsync(RootFileNames.MasterReplica, cancellationToken).ConfigureAwait(false);
        return (name, mayCopy);
    }

    private async Task MakeAsync(ReplicaDefinition definition, string alias, RepositoryName repository, string folder, CancellationToken cancellationToken)
    {
        (int User, int Group)? owner = null;
        if (definition.User is { } user && user != Environment.UserName)
        {
            owner = FolderOwner.Find(user) ?? throw new ConfigurationException("/etc/passwd", 0, $"there is no account {user}. Make it first, or name another one.");
        }

        var made = new Stack<string>();
        try
        {
            string storage = definition.StorageFor(alias, _host);
            string spool = Path.Combine(Path.GetFullPath(_host.SpoolRoot), alias);
            bool isNew = Make(storage, made);
            if (!definition.IsPassThrough) new FileObjectStore(storage).CreateFolders();
            bool isSpoolNew = Make(spool, made);
            string link = Path.Combine(spool, ReplicaFiles.Temporary);
            if (!Path.Exists(link) && new FileInfo(link).LinkTarget is null) File.CreateSymbolicLink(link, Path.Combine(storage, "data", "txn"));
            if (owner is { } account)
            {
                if (isNew) FolderOwner.Give(storage, account);
                if (isSpoolNew) FolderOwner.Give(spool, account);
            }

            Make(_host.RepositoriesFolder, made);
            string hidden = Path.Combine(_host.RepositoriesFolder, $".{alias}.new");
            if (Directory.Exists(hidden)) Directory.Delete(hidden, recursive: true); // of an attempt that was killed
            Make(hidden, made);
            var files = new RootFolder(hidden, new RootFolderOptions { TemporaryFolder = hidden });
            await files.ReplaceAsync(ReplicaFiles.ServerConf, ReplicaFiles.Text(definition.ServerSettings(alias, repository.ToString(), _host)), cancellationToken).ConfigureAwait(false);
            await files.ReplaceAsync(ReplicaFiles.ReplicaConf, ReplicaFiles.Text(definition.ReplicaSettings()), cancellationToken).ConfigureAwait(false);
            Directory.Move(hidden, folder);
        }
        catch (Exception e)
        {
            TakeBack(made);
            if (e is UnauthorizedAccessException) throw new IOException($"{e.Message} Run as root, or as an account that may write there.", e);
            throw;
        }
    }

    /// <summary>Makes a folder and those above it, remembering each that was not there.</summary>
    private static bool Make(string folder, Stack<string> made)
    {
        if (Directory.Exists(folder)) return false;
        if (Path.GetDirectoryName(folder) is { } parent) Make(parent, made);
        Directory.CreateDirectory(folder);
        made.Push(folder);
        return true;
    }

    private static void TakeBack(Stack<string> made)
    {
        foreach (string folder in made)
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The failure that led here is the one to report; an empty folder that stays harms nobody.
            }
        }
    }

    private async Task<IReadOnlyList<string>> WriteInfoAsync()
    {
        try
        {
            HostInfo.Write(await HostConfiguration.LoadAsync(_host).ConfigureAwait(false));
            return [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CvmfsException)
        {
            return [$"repositories.json could not be written: {e.Message}"];
        }
    }
}
