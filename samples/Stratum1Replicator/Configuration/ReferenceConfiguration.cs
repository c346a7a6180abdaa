using System.Collections;
using Cvmfs.Net.Replication.Configuration;

namespace Stratum1Replicator.Configuration;

/// <summary>Replicas of a host that the reference's tools were set up on, from their files.</summary>
internal static class ReferenceConfiguration
{
    /// <summary>Where the reference's tools keep storage folders.</summary>
    public const string DefaultStorage = "/srv/cvmfs";

    /// <summary>Where the reference's tools keep spool folders.</summary>
    public const string DefaultSpool = "/var/spool/cvmfs";

    /// <exception cref="ConfigurationException">A file that holds for all replicas cannot be used.</exception>
    public static async Task<HostSettings> ReadAsync(Stratum1Options options, TimeProvider time, CancellationToken cancellationToken)
    {
        var host = await HostConfiguration.LoadAsync(
            new HostConfigurationOptions
            {
                Folder = options.ConfigDir!,
                StorageRoot = options.Storage ?? DefaultStorage,
                SpoolRoot = options.Spool ?? DefaultSpool,
                Environment = EnvironmentVariables(),
            },
            cancellationToken);
        var replicas = new List<ReplicaSettings>();
        foreach (var replica in host.Replicas) replicas.Add(await ReadAsync(host, replica, options, time, cancellationToken));
        replicas.AddRange(host.Broken.Select(broken => new ReplicaSettings
        {
            Alias = broken.Alias,
            Origin = options.ConfigDir!,
            Fingerprint = broken.Problem.Message,
            Problem = broken.Problem.Message,
        }));
        var geo = host.Geo;
        return new HostSettings(replicas)
        {
            MaxSnapshots = host.MaxParallelSnapshots,
            GeoDatabase = geo.IsOff ? null : geo.DatabaseFile ?? Path.Combine(geo.DatabaseFolder, geo.DatabaseName + ".mmdb"),
            PublishesVersions = host.PublishesVersions,
            Notes = host.Notes,
        };
    }

    private static async Task<ReplicaSettings> ReadAsync(
        HostConfiguration host, ReplicaConfiguration replica, Stratum1Options options, TimeProvider time, CancellationToken cancellationToken)
    {
        var settings = new ReplicaSettings
        {
            Alias = replica.Alias,
            Origin = replica.Folder,
            Fingerprint = string.Join('\n', replica.Settings.Select(value => $"{value.Name}={value.Text}"))
                + $"\n{options.PollInterval}|{options.Limits.DiskReserveBytes}\n" + ReplicaSettingsReader.DescribeKeys(replica.KeyPaths),
            Collects = replica.CollectsAfterSnapshot,
            KeepNewerThan = _ => replica.KeepNewerThan(time),
            DeletionLog = replica.DeletionLogFile,
            CheckEvery = replica.CheckInterval,
            LookOver = token => new ReplicaAdoption(host, replica, time).LookAsync(checks: false, cancellationToken: token),
            Notes = replica.Notes,
        };
        try
        {
            var now = time.GetUtcNow();
            var replication = replica.ToReplicationOptions(time);
            replication.PollInterval = options.PollInterval;
            replication.ReserveBytes = options.Limits.DiskReserveBytes ?? ReplicaSettingsReader.DefaultReserveBytes;
            replication.LockPatience = ReplicaSettingsReader.LockPatience;
            return settings with
            {
                Options = replication,
                Keys = await replica.LoadKeysAsync(cancellationToken),
                CollectEvery = now - replica.CollectionLapse.Resolve(now, time.LocalTimeZone),
                Notes = [.. replica.Notes, .. ReplicaSettingsReader.ServedNotes(replication.StorageFolder, replica.Alias, options)],
            };
        }
        catch (Exception e) when (e is ConfigurationException or FormatException)
        {
            return settings with { Problem = e.Message };
        }
    }

    private static Dictionary<string, string> EnvironmentVariables() => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? "", StringComparer.Ordinal);
}
