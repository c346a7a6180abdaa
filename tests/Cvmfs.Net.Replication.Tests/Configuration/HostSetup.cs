using System.Text;
using Cvmfs.Net.Replication.Configuration;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Configuration;

/// <summary>A host's <c>/etc/cvmfs</c>, <c>/srv/cvmfs</c> and <c>/var/spool/cvmfs</c> in a folder of the test.</summary>
internal sealed class HostSetup : IDisposable
{
    public TempFolder Folder { get; } = new();

    public HostConfigurationOptions Options => new()
    {
        Folder = Folder.Combine("etc"),
        StorageRoot = Folder.Combine("srv"),
        SpoolRoot = Folder.Combine("spool"),
    };

    public void Write(string relative, string text) => Folder.Write("etc/" + relative, Encoding.UTF8.GetBytes(text));

    /// <summary>The two files as the reference's <c>add-replica</c> writes them.</summary>
    public void WriteReplica(string alias, string? serverConf = null, string? replicaConf = null, string? name = null)
    {
        Write($"repositories.d/{alias}/server.conf", $"""
            # Created by cvmfs_server.
            CVMFS_CREATOR_VERSION=143
            CVMFS_REPOSITORY_NAME={name ?? alias}
            CVMFS_REPOSITORY_TYPE=stratum1
            CVMFS_USER=root
            CVMFS_SPOOL_DIR={Folder.Combine("spool")}/{alias}
            CVMFS_STRATUM0=http://stratum0.example.org/cvmfs/{alias}
            CVMFS_STRATUM1=http://localhost/cvmfs/{alias}
            CVMFS_UPSTREAM_STORAGE=local,{Folder.Combine("srv")}/{alias}/data/txn,{Folder.Combine("srv")}/{alias}
            CVMFS_SNAPSHOT_GROUP=
            {serverConf}
            """);
        Write($"repositories.d/{alias}/replica.conf", replicaConf ?? """
            # Created by cvmfs_server.
            CVMFS_NUM_WORKERS=16
            CVMFS_PUBLIC_KEY=/etc/cvmfs/keys/example.org
            CVMFS_HTTP_TIMEOUT=10
            CVMFS_HTTP_RETRIES=3

            """);
    }

    public Task<HostConfiguration> LoadAsync(IReadOnlyDictionary<string, string>? environment = null)
        => HostConfiguration.LoadAsync(Options with { Environment = environment }, TestContext.Current.CancellationToken);

    public void Dispose() => Folder.Dispose();
}
