// What a collection must leave, worked out from the replica's folder with SQL and sets in memory: nothing of what collects is used.
using Cvmfs.Net.Replication.Collection;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;
using Microsoft.Data.Sqlite;

namespace Cvmfs.Net.Replication.Tests.Collection;

/// <summary>A replica that takes snapshots, collects, and is looked at after every step.</summary>
internal sealed class CollectedReplica : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Replica _replica;
    private Func<Task>? _interruption;
    private int _interruptAt;

    public CollectedReplica(string upstream, string repository, MasterKeys keys, TimeProvider time, SharedStores? stores = null)
    {
        Time = time;
        var options = new ReplicationOptions
        {
            Repository = repository,
            Upstream = upstream,
            StorageFolder = _folder.Combine("storage"),
            MaxTransfers = 2,
            FlushBeforePublishing = false,
            HistoryLimit = TimeSpan.FromDays(3000),
        };
        var source = new InterceptedSource(new DirectoryRepositorySource(upstream), (_, _) => _interruption is { } interrupt && --_interruptAt == 0 ? interrupt() : Task.CompletedTask);
        _replica = new Replica(options, keys, new ReplicaServices { Source = source, TimeProvider = time, Stores = stores });
    }

    public TimeProvider Time { get; }

    public ReplicaLocation Location => _replica.Location;

    public string Folder => Location.StorageFolder;

    public async Task SnapshotAsync()
    {
        var report = await _replica.SnapshotAsync();
        Assert.True(report.Succeeded, report.Message);
        ReplicaInvariants.Check(Folder);
    }

    /// <summary>A snapshot that is cancelled at its nth request.</summary>
    public async Task SnapshotInterruptedAsync(int nth)
    {
        using var cancel = new CancellationTokenSource();
        (_interruptAt, _interruption) = (nth, cancel.CancelAsync);
        try
        {
            await _replica.SnapshotAsync(cancellationToken: cancel.Token);
        }
        catch (OperationCanceledException)
        {
            // As asked.
        }
        finally
        {
            _interruption = null;
        }

        ReplicaInvariants.Check(Folder);
    }

    /// <summary>Collects and holds what is left against what should be.</summary>
    public async Task<CollectionReport> CollectAsync(CollectionOptions options, CollectionServices? services = null)
    {
        options = options with { Sync = false, MemoryBytes = CollectionOptions.LeastMemoryBytes, GracePeriod = TimeSpan.Zero };
        var before = Objects();
        var expected = Expected(options);
        byte[] log = File.ReadAllBytes(Path.Combine(Folder, ".cvmfsreflog"));

        var pretended = new List<string>();
        var dry = await new GarbageCollector(Location, Services(pretended)).CollectAsync(options with { DryRun = true });
        Assert.True(dry.Succeeded, dry.Message);
        Assert.Equal(before, Objects());
        Assert.Equal(log, File.ReadAllBytes(Path.Combine(Folder, ".cvmfsreflog")));

        var removed = new List<string>();
        var report = await new GarbageCollector(Location, services ?? Services(removed)).CollectAsync(options);
        Assert.True(report.Succeeded, report.Message);
        Assert.Equal(expected, Objects());
        ReplicaInvariants.Check(Folder);
        if (services is null) Assert.Equal(pretended, removed);
        Assert.Equal(before.Count - expected.Count, report.ObjectsRemoved);
        Assert.Equal((dry.ObjectsCondemned, dry.BytesCondemned, dry.BytesUnreferenced), (report.ObjectsCondemned, report.BytesCondemned, report.BytesUnreferenced));
        Assert.Empty(Directory.GetFiles(Location.SpoolFolder, "condemned.*"));
        var gone = Log().Where(entry => entry.Type == 0 && !expected.Contains(ReplicaInvariants.PathOf(entry.Hash, "C"))).ToList();
        Assert.Empty(gone);
        return report;

        CollectionServices Services(List<string> heard) => new() { TimeProvider = Time, Removed = key => heard.Add(key.ToString()) };
    }

    public SortedSet<string> Objects() => new(ReplicaInvariants.Objects(Folder), StringComparer.Ordinal);

    /// <summary>Entries of the reflog.</summary>
    public List<(string Hash, int Type, long Seconds)> Log()
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(Folder, ".cvmfsreflog")};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT hash, type, timestamp FROM refs";
        using var reader = command.ExecuteReader();
        var log = new List<(string, int, long)>();
        while (reader.Read()) log.Add((reader.GetString(0), reader.GetInt32(1), reader.GetInt64(2)));
        return log;
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return _replica.DisposeAsync();
    }

    private SortedSet<string> Expected(CollectionOptions options)
    {
        var log = Log();
        var logged = log.Where(entry => entry.Type == 0).ToDictionary(entry => ReplicaInvariants.PathOf(entry.Hash, "C"), entry => entry.Seconds);
        var kept = new HashSet<string>();
        long? bound = options.KeepNewerThan?.ToUnixTimeSeconds()
            ?? (options.KeepRevisions is null ? Time.GetUtcNow().AddDays(-3).ToUnixTimeSeconds() : null);
        long oldest = long.MaxValue;
        string? root = ReplicaInvariants.PathOf(ReplicaInvariants.Field(Folder, 'C')!, "C");
        for (int depth = 0; root is not null && File.Exists(Path.Combine(Folder, root)); depth++)
        {
            kept.Add(root);
            oldest = Math.Min(oldest, logged[root]);
            if (depth >= options.KeepRevisions || logged[root] < bound) break;
            root = ReplicaInvariants.Query(Path.Combine(Folder, root), "SELECT value FROM properties WHERE key = 'previous_revision'", row => row.GetString(0))
                .Where(hash => hash.Trim('0').Length > 0).Select(hash => ReplicaInvariants.PathOf(hash, "C")).FirstOrDefault();
        }

        kept.UnionWith(ReplicaInvariants.Roots(Folder).Select(tag => ReplicaInvariants.PathOf(tag, "C")).Where(tag => File.Exists(Path.Combine(Folder, tag))));
        var needed = ReplicaInvariants.Reachable(Folder, kept);
        string[] kinds = ["C", "X", "H", "M"];
        var named = ReplicaInvariants.Named(Folder).ToHashSet();
        var auxiliary = log.Where(entry => entry.Type != 0).Select(entry => (Path: ReplicaInvariants.PathOf(entry.Hash, kinds[entry.Type]), entry.Seconds)).ToList();
        var oldAuxiliary = auxiliary.Where(entry => entry.Seconds < oldest && !named.Contains(entry.Path)).Select(entry => entry.Path).ToHashSet();
        var present = Objects();
        if (options.Unreferenced)
        {
            return new(present.Where(path => needed.Contains(path) || named.Contains(path) || auxiliary.Any(entry => entry.Path == path && !oldAuxiliary.Contains(path))), StringComparer.Ordinal);
        }

        var condemned = ReplicaInvariants.Reachable(Folder, logged.Keys.Where(logged => !needed.Contains(logged)).Where(present.Contains));
        var pinned = ReplicaInvariants.Reachable(Folder, present.Where(path => path.EndsWith('C') && !needed.Contains(path) && !condemned.Contains(path)));
        return new(present.Where(path => (needed.Contains(path) || pinned.Contains(path) || !condemned.Contains(path)) && !oldAuxiliary.Contains(path)), StringComparer.Ordinal);
    }
}
