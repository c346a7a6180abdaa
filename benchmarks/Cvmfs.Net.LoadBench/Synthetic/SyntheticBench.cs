using System.Diagnostics;
using System.Globalization;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication;
using Cvmfs.Net.Testing.Synthetic;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.LoadBench.Synthetic;

/// <summary>
/// Question: does the memory of a snapshot depend on the size of the repository? The upstream is made on the fly, in this process or, so that
/// only the engine is measured, in that of <see cref="SyntheticServer"/>.
/// </summary>
internal static class SyntheticBench
{
    private const int Points = 20;

    /// <summary>First snapshot of so many objects.</summary>
    public static async Task<int> RunTreeAsync(Arguments arguments)
    {
        int objects = arguments.Get("objects", 1_000_000);
        int files = arguments.Get("files-per-catalog", SyntheticUpstream.DefaultFilesPerCatalog);
        string origin = arguments.Get("origin", "");
        bool discards = arguments.Get("store", "none") == "none";
        var curve = new MemoryCurve(Points, objects);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(origin.Length > 0 ? "copying" : "making")} {objects:N0} objects"));
        await using var upstream = origin.Length > 0 ? null : SyntheticUpstream.OfTree(objects, files, asked: curve.Count);
        // Requests of the real client are not seen; objects that arrive are as good.
        var store = discards ? new DiscardingObjectStore(objects + objects / files * 2, upstream is null ? curve.Count : null) : null;
        using var folder = new WorkFolder(arguments);

        curve.Begin();
        var report = upstream is null ? await CopyAsync(origin, folder.Path, store, arguments) : await SnapshotAsync(upstream, folder.Path, store, arguments);
        curve.End();
        // The certificate is the one object that no catalog names.
        if (store is not null && store.Count - store.Catalogs - 1 != objects) throw new InvalidOperationException($"{store.Count - store.Catalogs - 1} objects are stored.");
        Summarize(report);
        return 0;
    }

    /// <summary>So many revisions in one increment, into a real folder.</summary>
    public static async Task<int> RunHistoryAsync(Arguments arguments)
    {
        int revisions = arguments.Get("revisions", 100_000);
        var curve = new MemoryCurve(Points, revisions);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"making {revisions:N0} revisions"));
        await using var upstream = SyntheticUpstream.OfHistory(revisions, curve.Count);
        using var folder = new WorkFolder(arguments);
        await SnapshotAsync(upstream.At(1), folder.Path, null, arguments);

        curve.Begin();
        var report = await SnapshotAsync(upstream, folder.Path, null, arguments);
        curve.End();
        var stored = new FileObjectStore(folder.Path);
        for (int revision = 1; revision <= revisions; revision++)
        {
            if (!await stored.ContainsAsync(new ObjectKey(upstream.RootOf(revision), ObjectSuffix.Catalog))) throw new InvalidOperationException($"revision {revision} is missing.");
        }

        Summarize(report);
        return 0;
    }

    private static async Task<SnapshotReport> CopyAsync(string origin, string folder, DiscardingObjectStore? store, Arguments arguments)
    {
        var keys = await MasterKeys.LoadAsync(arguments["key"]);
        string repository = origin.TrimEnd('/').Split('/')[^1];
        await using var replica = new Replica(Options(repository, origin, folder, arguments), keys, new ReplicaServices { Objects = store });
        return Succeeded(await replica.SnapshotAsync());
    }

    private static async Task<SnapshotReport> SnapshotAsync(SyntheticUpstream upstream, string folder, DiscardingObjectStore? store, Arguments arguments)
    {
        string name = upstream.Name.ToString();
        var options = Options(name, "http://127.0.0.1:1/cvmfs/" + name, folder, arguments); // the source below is asked instead
        await using var replica = new Replica(options, upstream.TrustedKeys, new ReplicaServices { Source = upstream, Objects = store });
        return Succeeded(await replica.SnapshotAsync());
    }

    private static ReplicationOptions Options(string repository, string upstream, string folder, Arguments arguments) => new()
    {
        Repository = repository,
        Upstream = upstream,
        StorageFolder = folder,
        MaxTransfers = arguments.Get("workers", 64),
        FlushBeforePublishing = false,
    };

    private static SnapshotReport Succeeded(SnapshotReport report) => report.Succeeded ? report : throw new InvalidOperationException(report.Message);

    private static void Summarize(SnapshotReport report)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"revision {report.Revision}, {report.CatalogsFetched:N0} catalogs, {report.ObjectsFetched:N0} objects, {report.ObjectsFetched / report.TransferDuration.TotalSeconds:N0} objects/s, publishing {report.PublishDuration.TotalSeconds:f1} s"));
        RunCost.OfThisProcess(report.Duration, report.ObjectsFetched + report.CatalogsFetched).Print();
    }

    /// <summary>A folder below the one asked for, removed at the end.</summary>
    private sealed class WorkFolder : IDisposable
    {
        public WorkFolder(Arguments arguments)
        {
            string above = Directory.CreateDirectory(arguments.Get("folder", System.IO.Path.GetTempPath())).FullName;
            Path = Directory.CreateDirectory(System.IO.Path.Combine(above, $"synthetic-{Environment.ProcessId}")).FullName;
        }

        public string Path { get; }

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
