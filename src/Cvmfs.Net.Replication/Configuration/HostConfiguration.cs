using System.Text;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Replication.Configuration;

/// <summary>The configuration of a host that keeps replicas: the files of the reference's tools in <c>/etc/cvmfs</c>. Immutable; read once.</summary>
public sealed class HostConfiguration
{
    /// <summary>Settings that hold for the host, wherever they are written.</summary>
    internal static readonly string[] HostWideNames =
    [
        "CVMFS_MAX_PARALLEL_SNAPSHOTS", "CVMFS_PUBLISH_VERSIONS_IN_META_FILE", "CVMFS_GEO_DB_FILE", "CVMFS_GEO_ACCOUNT_ID", "CVMFS_GEO_LICENSE_KEY",
        "CVMFS_GEO_AUTO_UPDATE", "CVMFS_UPDATEGEO_DAY", "CVMFS_UPDATEGEO_HOUR", "CVMFS_UPDATEGEO_MINDAYS", "CVMFS_UPDATEGEO_MAXDAYS",
        "CVMFS_UPDATEGEO_URLBASE", "CVMFS_UPDATEGEO_DIR", "CVMFS_UPDATEGEO_DB",
    ];

    /// <summary>Settings of the reference's tools that mean nothing to a program that has neither Apache nor a shell, and no statistics database.</summary>
    internal static readonly string[] NamesWithoutEffect =
    [
        "CVMFS_SERVER_APACHE_RELOAD_IS_RESTART", "CVMFS_SERVER_DEBUG", "CVMFS_HASH_ALGORITHM", "CVMFS_STATISTICS_DB", "CVMFS_STATS_DB_DAYS_TO_KEEP",
        "CVMFS_UPLOAD_STATS_DB", "CVMFS_SERVER_FLAGS", "CVMFS_SERVER_OVERRIDE", "CVMFS_IPV4_ONLY",
    ];

    private const string ServerLocal = "server.local";
    private const string BlacklistName = "blacklist";
    private const string Hooks = "cvmfs_server_hooks.sh";

    private HostConfiguration(HostConfigurationOptions options, ShellVariables variables, List<string> notes)
    {
        Options = options;
        var settings = new SettingReader(variables);
        MaxParallelSnapshots = settings.Number("CVMFS_MAX_PARALLEL_SNAPSHOTS", Math.Max(1, Environment.ProcessorCount), 1, 4096);
        PublishesVersions = settings.Is("CVMFS_PUBLISH_VERSIONS_IN_META_FILE", "true", byDefault: true);
        Geo = new GeoConfiguration(settings);
        Settings = [.. variables.All.Where(value => value.Line > 0).OrderBy(value => value.Name, StringComparer.Ordinal)];
        Notes = [.. notes, .. settings.Notes];
    }

    /// <summary>Where everything lies.</summary>
    public HostConfigurationOptions Options { get; }

    /// <summary>Replicas, by alias.</summary>
    public IReadOnlyList<ReplicaConfiguration> Replicas { get; private init; } = [];

    /// <summary>Replicas whose files cannot be used, by alias.</summary>
    public IReadOnlyList<BrokenReplica> Broken { get; private init; } = [];

    /// <summary>Repositories of which the host is the Stratum 0: alias and name. Nothing else of them is read here.</summary>
    public IReadOnlyList<(string Alias, RepositoryName Name)> Stratum0s { get; private init; } = [];

    /// <summary>Certificates and revisions that are refused although they are signed: the file <c>blacklist</c>, which clients read as well. Empty where there is none.</summary>
    public Blacklist Blacklist { get; private init; } = Blacklist.Empty;

    /// <summary>Snapshots at once. Default: as many as there are processors.</summary>
    public int MaxParallelSnapshots { get; }

    /// <summary>Whether <c>repositories.json</c> tells versions. Default true.</summary>
    public bool PublishesVersions { get; }

    /// <summary>The geo database.</summary>
    public GeoConfiguration Geo { get; }

    /// <summary>What the host-wide files set, and where.</summary>
    public IReadOnlyList<ConfigurationValue> Settings { get; }

    /// <summary>What an operator should know about the host-wide files, in sentences.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Reads a host's files.</summary>
    /// <param name="options">Where they are; null for the reference's places.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="ConfigurationException">A file that holds for all replicas cannot be used, or a folder cannot be read. What is wrong with one replica
    /// is in <see cref="Broken"/>.</exception>
    public static async Task<HostConfiguration> LoadAsync(HostConfigurationOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new HostConfigurationOptions();
        var notes = new List<string>();
        var variables = ShellVariables.OfEnvironment(options.Environment);
        await ReadAsync(Path.Combine(options.Folder, ServerLocal), variables, cancellationToken).ConfigureAwait(false);
        variables = await ReadHooksAsync(Path.Combine(options.Folder, Hooks), variables, notes, cancellationToken).ConfigureAwait(false);

        var replicas = new List<ReplicaConfiguration>();
        var broken = new List<BrokenReplica>();
        var stratum0s = new List<(string, RepositoryName)>();
        foreach (string folder in FoldersIn(options.RepositoriesFolder))
        {
            string alias = Path.GetFileName(folder);
            try
            {
                if (await ReadRepositoryAsync(folder, alias, variables, options, stratum0s, cancellationToken).ConfigureAwait(false) is { } replica) replicas.Add(replica);
            }
            catch (ConfigurationException e)
            {
                broken.Add(new BrokenReplica(alias, e));
            }
        }

        return new HostConfiguration(options, variables, notes)
        {
            Replicas = replicas,
            Broken = broken,
            Stratum0s = stratum0s,
            Blacklist = await ReadBlacklistAsync(Path.Combine(options.Folder, BlacklistName), cancellationToken).ConfigureAwait(false),
        };
    }

    /// <summary>The replica of that alias; null if there is none, or none whose files can be used.</summary>
    public ReplicaConfiguration? Find(string alias) => Replicas.FirstOrDefault(replica => replica.Alias == alias);

    private static async Task<ReplicaConfiguration?> ReadRepositoryAsync(
        string folder, string alias, ShellVariables host, HostConfigurationOptions options, List<(string, RepositoryName)> stratum0s, CancellationToken cancellationToken)
    {
        string serverFile = Path.Combine(folder, ReplicaFiles.ServerConf);
        string replicaFile = Path.Combine(folder, ReplicaFiles.ReplicaConf);
        bool isReplica = File.Exists(replicaFile);
        if (!isReplica && !File.Exists(serverFile)) return null; // left over, or somebody's own
        if (!RepositoryName.TryParse(alias, out _)) throw new ConfigurationException(folder, 0, "the folder's name is no name of a replica. Rename or remove it.");
        var variables = host.Copy();
        if (!await ReadAsync(serverFile, variables, cancellationToken).ConfigureAwait(false)) throw new ConfigurationException(serverFile, 0, "is missing beside replica.conf. Restore it, or remove the folder.");
        if (isReplica)
        {
            await ReadAsync(replicaFile, variables, cancellationToken).ConfigureAwait(false);
            return new ReplicaConfiguration(alias, folder, variables, options);
        }

        string name = variables.TryGet("CVMFS_REPOSITORY_NAME", out var value) ? value.Text : alias;
        if (RepositoryName.TryParse(name, out var repository)) stratum0s.Add((alias, repository));
        return null;
    }

    // Hooks are functions for the reference's commands; some hosts only set variables there.
    private static async Task<ShellVariables> ReadHooksAsync(string path, ShellVariables variables, List<string> notes, CancellationToken cancellationToken)
    {
        var copy = variables.Copy();
        try
        {
            await ReadAsync(path, copy, cancellationToken).ConfigureAwait(false);
            return copy;
        }
        catch (ConfigurationException e)
        {
            notes.Add($"{path} is a program, which is not run here: nothing of it has any effect. ({e.Message})");
            return variables;
        }
    }

    private static async Task<bool> ReadAsync(string path, ShellVariables variables, CancellationToken cancellationToken)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists) return false;
            if (file.Length > ShellFragment.MaxBytes) throw new ConfigurationException(path, 0, $"{file.Length} bytes, expected at most {ShellFragment.MaxBytes}.");
            ShellFragment.Read(await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false), path, variables);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(path, 0, $"cannot be read: {e.Message}", e);
        }
    }

    private static async Task<Blacklist> ReadBlacklistAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists) return Blacklist.Empty;
            if (file.Length > ShellFragment.MaxBytes) throw new ConfigurationException(path, 0, $"{file.Length} bytes, expected at most {ShellFragment.MaxBytes}.");
            return Blacklist.Parse(await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CvmfsFormatException)
        {
            throw new ConfigurationException(path, 0, $"cannot be read: {e.Message} Nothing is trusted without it.", e);
        }
    }

    private static IEnumerable<string> FoldersIn(string path)
    {
        try
        {
            if (!Directory.Exists(path)) return [];
            return [.. Directory.EnumerateDirectories(path).Where(folder => Path.GetFileName(folder)[0] != '.').Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(path, 0, $"cannot be read: {e.Message}", e);
        }
    }
}
