using System.Text.Json;
using Cvmfs.Net.Testing;

namespace Stratum1Replicator.Tests;

/// <summary>Folders, keys and a configuration for a service, and something to replicate.</summary>
internal sealed class ServiceSetup : IDisposable
{
    private readonly TempFolder _folder = new();

    private ServiceSetup(BuiltRepository upstream)
    {
        Upstream = upstream;
        _folder.Write("keys/upstream.pub", System.Text.Encoding.ASCII.GetBytes(upstream.Keys.Publisher.MasterPublicKeyPem));
    }

    public BuiltRepository Upstream { get; }

    public string Name => Upstream.Name.ToString();

    public static async Task<ServiceSetup> CreateAsync() => new(await new RepositoryBuilder("service.example.org") { Clock = new FakeClock(TimeProvider.System.GetUtcNow().AddDays(-5)) }
        .GarbageCollectable().Nested("/a").Files("/a", 10).RandomFile("/large", 200_000).Revision().Remove("/a/0001").File("/new", "2").BuildAsync());

    /// <summary>Holds the upstream's public master key.</summary>
    public string KeyFolder => _folder.Combine("keys");

    /// <summary>A file of the replica.</summary>
    public string Replica(string file) => _folder.Combine($"srv/{Name}/{file}");

    public int StoredObjects() => Directory.Exists(Replica("data"))
        ? Directory.EnumerateFiles(Replica("data"), "*", SearchOption.AllDirectories).Count(file => !file.Contains("/txn/", StringComparison.Ordinal))
        : 0;

    /// <summary>Completes once the replica has that many objects.</summary>
    public async Task WhenStoredAsync(int objects, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Replica("data"));
        using var watcher = new FileSystemWatcher(Replica("data")) { IncludeSubdirectories = true, EnableRaisingEvents = true };
        var changed = new SemaphoreSlim(0);
        watcher.Created += (_, _) => changed.Release();
        watcher.Renamed += (_, _) => changed.Release();
        while (StoredObjects() < objects) await changed.WaitAsync(cancellationToken);
    }

    /// <summary>The settings of a replica of the upstream.</summary>
    public Dictionary<string, object> Entry() => new()
    {
        ["Upstream"] = Upstream.Path,
        ["Repository"] = Name,
        ["PollInterval"] = "01:00:00", // only hints make it look
    };

    /// <summary>Writes the configuration.</summary>
    public string Configure(
        Action<Dictionary<string, object>>? replica = null, Action<Dictionary<string, object>>? maintenance = null, Action<Dictionary<string, object>>? more = null)
    {
        var entry = Entry();
        replica?.Invoke(entry);
        var maintain = new Dictionary<string, object> { ["CheckEvery"] = "00:00:00", ["ScrubEvery"] = "00:00:00" };
        maintenance?.Invoke(maintain);
        var settings = new Dictionary<string, object>
        {
            ["Storage"] = _folder.Combine("srv"),
            ["Key"] = _folder.Combine("keys"),
            ["HintSecret"] = "0123456789abcdef0123456789abcdef",
            ["Limits"] = new Dictionary<string, object> { ["DiskReserveBytes"] = 0, ["DiskWarnBytes"] = 0 },
            ["Maintenance"] = maintain,
            ["Replicas"] = new Dictionary<string, object> { [Name] = entry },
        };
        more?.Invoke(settings);
        return _folder.Write("stratum1.json", JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object> { ["Stratum1"] = settings }));
    }

    public void Dispose()
    {
        Upstream.Dispose();
        _folder.Dispose();
    }
}
