using System.Globalization;
using System.Text;
using Cvmfs.Net;
using Cvmfs.Net.Replication;
using Cvmfs.Net.Replication.Configuration;
using Cvmfs.Net.Repositories;
using Cvmfs.Net.Trust;

namespace Stratum1Replicator.Configuration;

/// <summary>Turns the replicas of the configuration into settings that can be worked with. What is wrong with one does not concern the others.</summary>
internal static class ReplicaSettingsReader
{
    /// <summary>Free bytes that a service keeps.</summary>
    public const long DefaultReserveBytes = 1L << 30;

    /// <summary>How long a snapshot waits for another run. A collection holds the lock for a short while at its end, and makes room for who waits.</summary>
    public static readonly TimeSpan LockPatience = TimeSpan.FromMinutes(10);

    /// <exception cref="ConfigurationException">A file of the reference's that holds for all replicas cannot be used.</exception>
    public static async Task<HostSettings> ReadAsync(Stratum1Options options, TimeProvider time, CancellationToken cancellationToken)
    {
        var host = options.ConfigDir is null ? new HostSettings([]) : await ReferenceConfiguration.ReadAsync(options, time, cancellationToken);
        var replicas = new List<ReplicaSettings>();
        foreach (var (alias, entry) in options.Replicas) replicas.Add(await ReadAsync(alias, entry, options, cancellationToken));
        replicas.AddRange(host.Replicas.Where(replica => !options.Replicas.ContainsKey(replica.Alias))); // ours say it more exactly
        return host with
        {
            Replicas = [.. replicas.OrderBy(replica => replica.Alias, StringComparer.Ordinal)],
            MaxSnapshots = options.Limits.MaxSnapshots ?? host.MaxSnapshots,
            GeoDatabase = options.GeoDatabase ?? host.GeoDatabase,
        };
    }

    /// <summary>Key files and when they changed: part of a fingerprint.</summary>
    public static string DescribeKeys(IEnumerable<string> paths)
    {
        var text = new StringBuilder();
        foreach (string path in paths)
        {
            string[] files = Directory.Exists(path) ? [.. Directory.EnumerateFiles(path, "*.pub").Order(StringComparer.Ordinal)] : [path];
            foreach (string file in files) text.Append(CultureInfo.InvariantCulture, $"{file} {File.GetLastWriteTimeUtc(file).Ticks}\n");
        }

        return text.ToString();
    }

    private static async Task<ReplicaSettings> ReadAsync(string alias, ReplicaEntry entry, Stratum1Options options, CancellationToken cancellationToken)
    {
        string[] keyPaths = (entry.Key ?? options.Key ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string name = entry.Repository ?? CvmfsRepository.NameFromAddress(entry.Upstream!).ToString();
        string? spool = options.Spool is null ? null : Path.Combine(options.Spool, alias);
        var replication = new ReplicationOptions
        {
            Alias = alias,
            Repository = name.Length > 0 ? name : alias,
            Upstream = entry.Upstream!,
            StorageFolder = entry.Storage ?? Path.Combine(options.Storage ?? ReferenceConfiguration.DefaultStorage, alias),
            SpoolFolder = entry.Spool ?? spool,
            ReflogChecksumFolder = Directory.Exists(spool) ? spool : null, // the reference looks there, wherever the rest of the spool folder is
            Group = entry.Group,
            IsActive = entry.Active,
            PollInterval = entry.PollInterval ?? options.PollInterval,
            Proxies = entry.Proxies,
            HistoryLimit = entry.KeepFor,
            ReserveBytes = options.Limits.DiskReserveBytes ?? DefaultReserveBytes,
            LockPatience = LockPatience,
        };
        if (entry.MaxConnections is { } connections) replication.MaxConnections = connections;
        if (entry.NetworkTimeout is { } timeout) replication.NetworkTimeout = timeout;
        if (entry.Retries is { } retries) replication.Retries = retries;
        if (entry.MaxTransfers is { } transfers) replication.MaxTransfers = transfers;
        if (entry.MaxBytesPerSecond is { } rate) replication.MaxBytesPerSecond = rate;

        var settings = new ReplicaSettings
        {
            Alias = alias,
            Origin = "Stratum1:Replicas",
            Fingerprint = Fingerprint(entry, replication) + DescribeKeys(keyPaths),
            Collects = entry.Collect,
            KeepNewerThan = now => now - entry.KeepFor,
            DeletionLog = entry.DeletionLog,
            Notes = ServedNotes(replication.StorageFolder, alias, options),
        };
        try
        {
            var validation = new ReplicationOptionsValidator().Validate(null, replication);
            if (validation.Failed) return settings with { Problem = string.Join(' ', validation.Failures) };
            var keys = await MasterKeys.LoadAsync(keyPaths, cancellationToken);
            return keys.Count > 0
                ? settings with { Options = replication, Keys = keys }
                : settings with { Problem = $"{string.Join(", ", keyPaths)}: no public key there; nothing could be verified." };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CvmfsException)
        {
            return settings with { Problem = $"The public keys cannot be read: {e.Message}" };
        }
    }

    /// <summary>What is not below the root folder is kept up to date and not served.</summary>
    public static IReadOnlyList<string> ServedNotes(string storageFolder, string alias, Stratum1Options options)
    {
        string served = Path.Combine(Path.GetFullPath(options.Storage ?? ReferenceConfiguration.DefaultStorage), alias);
        string folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(storageFolder));
        return folder == served || Path.Exists(served) ? [] : [$"{folder} is kept up to date and not served: there is no {served}, nor a link from there."];
    }

    private static string Fingerprint(ReplicaEntry entry, ReplicationOptions options) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        {options.Repository}|{options.Upstream}|{options.StorageFolder}|{options.SpoolFolder}|{options.Group}|{options.IsActive}|{options.PollInterval}|{options.Proxies}
        {options.HistoryLimit}|{options.ReserveBytes}|{options.MaxConnections}|{options.MaxTransfers}|{options.MaxBytesPerSecond}|{options.NetworkTimeout}|{options.Retries}|{options.ReflogChecksumFolder}|{entry.Collect}|{entry.KeepFor}|{entry.DeletionLog}

        """);
}
