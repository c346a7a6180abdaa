using System.Diagnostics;
using System.Text;
using Cvmfs.Net.Replication;
using Cvmfs.Net.Testing;
using Microsoft.Extensions.Configuration;
using Stratum1Replicator.Configuration;

namespace Stratum1Replicator.Tests;

/// <summary>What <c>replica import-config</c> writes, read by the service.</summary>
public sealed class ImportedConfigurationTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Conforms("stratum1", 93)]
    public async Task Every_key_is_accepted_and_says_what_the_reference_s_files_say()
    {
        using var upstream = await ServiceSetup.CreateAsync();
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder.Combine("spool/elsewhere"));
        folder.Write("etc/server.local", "CVMFS_MAX_PARALLEL_SNAPSHOTS=2000\nCVMFS_GEO_DB_FILE=/var/lib/geo.mmdb\nCVMFS_AUTO_GC_LAPSE='2 days ago'\nCVMFS_CHECK_ALL_MIN_DAYS=5000\n"u8);
        Configure(folder, "plain", upstream.KeyFolder, "", "");
        Configure(folder, "elsewhere", upstream.KeyFolder, "CVMFS_SNAPSHOT_GROUP=night\nCVMFS_AUTO_GC=true\nCVMFS_AUTO_GC_TIMESPAN='2 weeks ago'\nCVMFS_GC_DELETION_LOG=/var/log/deleted\n", "CVMFS_REPLICA_ACTIVE=no\n",
            spool: folder.Combine("spool of its own"), workers: 4096, timeout: 3600, retries: 0);

        var options = await ImportAsync(folder);
        Assert.Equal((2000, "/var/lib/geo.mmdb"), (options.Limits.MaxSnapshots, options.GeoDatabase));
        Assert.Equal((TimeSpan.FromDays(2), TimeSpan.FromDays(5000)), (options.Maintenance.CollectEvery, options.Maintenance.CheckEvery));
        var imported = await ReplicaSettingsReader.ReadAsync(options, TimeProvider.System, Token);

        // The service reads those files by itself, too, and that is what import has to be equal to.
        var direct = await ReplicaSettingsReader.ReadAsync(
            new Stratum1Options { ConfigDir = folder.Combine("etc"), Storage = folder.Combine("srv"), Spool = folder.Combine("spool"), PollInterval = options.PollInterval }, TimeProvider.System, Token);
        Assert.Equal(["elsewhere", "plain"], imported.Replicas.Select(replica => replica.Alias));
        Assert.Equal((direct.MaxSnapshots, direct.GeoDatabase), (imported.MaxSnapshots, imported.GeoDatabase));
        Assert.Equal(direct.Replicas.Select(Describe), imported.Replicas.Select(Describe));
        var elsewhere = imported.Replicas[0].Options!;
        Assert.Equal((4096, TimeSpan.FromHours(1), 0, TimeSpan.FromDays(14), "night"), (elsewhere.MaxConnections, elsewhere.NetworkTimeout, elsewhere.Retries, elsewhere.HistoryLimit, elsewhere.Group));
        Assert.Equal(folder.Combine("spool/elsewhere"), elsewhere.ReflogChecksumFolder);
    }

    [Theory]
    [InlineData("CVMFS_MAX_PARALLEL_SNAPSHOTS=4096\nCVMFS_CHECK_ALL_MIN_DAYS=36500\nCVMFS_AUTO_GC_LAPSE='1900-01-01'")]
    [InlineData("CVMFS_MAX_PARALLEL_SNAPSHOTS=1\nCVMFS_CHECK_ALL_MIN_DAYS=0\nCVMFS_AUTO_GC_LAPSE=whenever")]
    [InlineData("CVMFS_AUTO_GC_LAPSE='1 minute ago'\nCVMFS_AUTO_GC_TIMESPAN='tomorrow'")]
    public async Task Settings_at_their_ends_are_accepted(string serverLocal)
    {
        using var upstream = await ServiceSetup.CreateAsync();
        using var folder = new TempFolder();
        folder.Write("etc/server.local", Encoding.UTF8.GetBytes(serverLocal));
        Configure(folder, "plain", upstream.KeyFolder, "", "");
        Assert.Null(Assert.Single((await ReplicaSettingsReader.ReadAsync(await ImportAsync(folder), TimeProvider.System, Token)).Replicas).Problem);
    }

    /// <summary>Runs the command and reads what it wrote as the service does: an unknown key, or a value that is out of bounds, throws.</summary>
    private static async Task<Stratum1Options> ImportAsync(TempFolder folder)
    {
        string file = folder.Combine("imported.json");
        var start = new ProcessStartInfo(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "cvmfs-net.dll"), "replica", "import-config", "--output", file, "--config-dir", folder.Combine("etc"), "--storage-root", folder.Combine("srv"), "--spool-root", folder.Combine("spool")])
        {
            RedirectStandardError = true,
        };
        using var command = Process.Start(start)!;
        string error = await command.StandardError.ReadToEndAsync(Token);
        await command.WaitForExitAsync(Token);
        Assert.True(command.ExitCode == 0, error);
        using var configuration = new ConfigurationManager();
        return new ConfigurationFiles(configuration, file).Read();
    }

    private static string Describe(ReplicaSettings replica)
    {
        Assert.Null(replica.Problem);
        var options = replica.Options!;
        var now = TimeProvider.System.GetUtcNow();
        var values = typeof(ReplicationOptions).GetProperties().Where(property => property.Name is not (nameof(ReplicationOptions.HistoryLimit) or nameof(ReplicationOptions.ReflogChecksumFolder)))
            .Select(property => $"{property.Name}={property.GetValue(options)}");
        return $"""
            {replica.Alias} {string.Join(' ', values)}
            history {options.HistoryLimit.TotalMinutes:0} checksum {options.ReflogChecksumFolder ?? options.SpoolFolder}
            keys {replica.Keys.Count} collects {replica.Collects} keeps {(now - replica.KeepNewerThan(now)).TotalMinutes:0} log {replica.DeletionLog}
            """;
    }

    /// <summary>The files as the reference's tools write them.</summary>
    private static void Configure(TempFolder folder, string alias, string keys, string server, string replica, string? spool = null, int workers = 16, int timeout = 10, int retries = 3)
    {
        string storage = folder.Combine($"srv/{alias}");
        folder.Write($"etc/repositories.d/{alias}/server.conf", Encoding.UTF8.GetBytes(
            $"""
            CVMFS_CREATOR_VERSION=143
            CVMFS_REPOSITORY_NAME=service.example.org
            CVMFS_REPOSITORY_TYPE=stratum1
            CVMFS_USER={Environment.UserName}
            CVMFS_SPOOL_DIR="{spool ?? folder.Combine($"spool/{alias}")}"
            CVMFS_STRATUM0=http://localhost/cvmfs/service.example.org
            CVMFS_STRATUM1=http://localhost/cvmfs/{alias}
            CVMFS_UPSTREAM_STORAGE=local,{storage}/data/txn,{storage}
            {server}
            """));
        folder.Write($"etc/repositories.d/{alias}/replica.conf", Encoding.UTF8.GetBytes(
            $"""
            CVMFS_NUM_WORKERS={workers}
            CVMFS_PUBLIC_KEY={keys}
            CVMFS_HTTP_TIMEOUT={timeout}
            CVMFS_HTTP_RETRIES={retries}
            {replica}
            """));
    }
}
