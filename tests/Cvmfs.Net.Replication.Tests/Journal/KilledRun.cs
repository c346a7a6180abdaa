using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Journal;

/// <summary>What a kill leaves: a copy of a replica's folder, taken in the middle of a run that goes on and is of no interest then.</summary>
/// <remarks>The run has one worker, and the copy is taken while that worker waits for an answer: nothing moves meanwhile.</remarks>
internal sealed class KilledRun : IDisposable
{
    private readonly TempFolder _folder = new();

    private KilledRun()
    {
    }

    /// <summary>The replica's folder as it was at that moment.</summary>
    public string Folder => _folder.Combine("storage");

    /// <summary>Objects that the run had got by then.</summary>
    public IReadOnlyList<string> Received { get; private set; } = [];

    /// <summary>Runs until an object is asked for.</summary>
    /// <param name="upstream">What is copied.</param>
    /// <param name="server">Who serves it.</param>
    /// <param name="nth">Number of the request for an object, from 1.</param>
    /// <param name="from">What the replica holds before; null for nothing.</param>
    /// <param name="bootId">The boot in which it happens.</param>
    /// <returns>Null if the run asks for fewer objects.</returns>
    public static async Task<KilledRun?> AtRequestAsync(BuiltRepository upstream, TestOrigin server, int nth, string? from = null, string bootId = "one")
    {
        using var victim = new TempFolder();
        string storage = victim.Combine("storage");
        if (from is not null) Copy(from, storage);
        KilledRun? killed = null;
        var received = new List<string>();
        server.Interfere = (_, path) =>
        {
            if (!path.StartsWith("data/", StringComparison.Ordinal) || killed is not null) return Task.FromResult(false);
            if (received.Count + 1 == nth)
            {
                killed = new KilledRun { Received = [.. received] };
                Copy(storage, killed.Folder);
            }

            received.Add(path);
            return Task.FromResult(false);
        };
        await using var replica = new Replica(Options(upstream, server, storage), upstream.TrustedKeys, new ReplicaServices { BootId = bootId });
        await replica.SnapshotAsync(cancellationToken: TestContext.Current.CancellationToken);
        server.Interfere = null;
        server.Requests.Clear();
        return killed;
    }

    /// <summary>Runs again, to the end.</summary>
    public async Task<SnapshotReport> ResumeAsync(BuiltRepository upstream, TestOrigin server, string bootId = "one", Action<ReplicationOptions>? configure = null)
    {
        var options = Options(upstream, server, Folder);
        configure?.Invoke(options);
        await using var replica = new Replica(options, upstream.TrustedKeys, new ReplicaServices { BootId = bootId });
        return await replica.SnapshotAsync(cancellationToken: TestContext.Current.CancellationToken);
    }

    public void Dispose() => _folder.Dispose();

    private static ReplicationOptions Options(BuiltRepository upstream, TestOrigin server, string storage) => new()
    {
        Repository = upstream.Name.ToString(),
        Upstream = server.Url,
        StorageFolder = storage,
        MaxTransfers = 1,
        FlushBeforePublishing = false,
    };

    /// <summary>Copies with the times of files: doubts hang on them.</summary>
    private static void Copy(string from, string to)
    {
        foreach (string folder in Directory.GetDirectories(from, "*", SearchOption.AllDirectories).Prepend(from)) Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(to, Path.GetRelativePath(from, file));
            if (file.EndsWith(".lock", StringComparison.Ordinal)) File.Create(copy).Dispose(); // it is held; what is in it means nothing
            else File.Copy(file, copy);
            File.SetLastWriteTimeUtc(copy, File.GetLastWriteTimeUtc(file));
        }
    }
}
