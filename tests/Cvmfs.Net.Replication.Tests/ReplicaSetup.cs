using Cvmfs.Net.Testing;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Replication.Tests;

/// <summary>A replica in a folder of its own.</summary>
internal sealed class ReplicaSetup : IAsyncDisposable
{
    private readonly TempFolder _folder = new();

    public ReplicaSetup(string upstream, string repository, MasterKeys keys, Action<ReplicationOptions>? configure = null, ReplicaServices? services = null)
    {
        var options = new ReplicationOptions { Repository = repository, Upstream = upstream, StorageFolder = Folder, MaxTransfers = 8, FlushBeforePublishing = false };
        configure?.Invoke(options);
        Replica = new Replica(options, keys, services);
    }

    public Replica Replica { get; }

    /// <summary>The folder that would be served.</summary>
    public string Folder => _folder.Combine("storage");

    public static Task<MasterKeys> KeysAsync(string repository)
        => MasterKeys.LoadAsync(TestData.PublicKey(repository), TestContext.Current.CancellationToken);

    public Task<SnapshotReport> SnapshotAsync() => Replica.SnapshotAsync(cancellationToken: TestContext.Current.CancellationToken);

    public byte[] Read(string file) => File.ReadAllBytes(Path.Combine(Folder, file));

    public bool Has(string file) => File.Exists(Path.Combine(Folder, file));

    public async ValueTask DisposeAsync()
    {
        await Replica.DisposeAsync();
        _folder.Dispose();
    }
}
