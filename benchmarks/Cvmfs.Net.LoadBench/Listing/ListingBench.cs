using System.Diagnostics;
using System.Globalization;
using Cvmfs.Net.Databases;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Repositories;

namespace Cvmfs.Net.LoadBench.Listing;

/// <summary>Question: how much more than SQLite itself does a recursive listing cost? Read the ratio to "raw": the same rows stepped over and
/// nothing done with them.</summary>
internal static class ListingBench
{
    // Until the runtime has compiled the hot loops for good.
    private const int WarmUps = 10;

    private const string AllColumns = "SELECT md5path_1, md5path_2, parent_1, parent_2, hardlinks, hash, size, mode, mtime, mtimens, flags, name, symlink, uid, gid, xattr FROM catalog";

    public static async Task<int> RunAsync(Arguments arguments)
    {
        string folder = arguments["repository"];
        int runs = arguments.Get("runs", 5);
        var root = ContentHash.Parse(arguments["root-hash"]);
        var options = new CvmfsRepositoryOptions { RootHash = root, MaxIdleCatalogs = 100_000, Cache = ObjectCache.InMemory(1L << 30) };
        await using var warm = await CvmfsRepository.OpenAsync(folder, options);
        var catalogs = await OpenRawAsync(warm, folder);
        List<double> raw = [], listed = [], cold = [], allocated = [];
        long entries = 0;
        for (int run = -WarmUps; run < runs; run++)
        {
            var (rawTime, _) = Measure(() => catalogs.Sum(StepAll));
            long before = GC.GetTotalAllocatedBytes(precise: true);
            long began = Stopwatch.GetTimestamp();
            entries = await CountAsync(warm);
            var listTime = Stopwatch.GetElapsedTime(began);
            long bytes = GC.GetTotalAllocatedBytes(precise: true) - before;
            began = Stopwatch.GetTimestamp();
            await using (var fresh = await CvmfsRepository.OpenAsync(folder, options with { MaxIdleCatalogs = 4, Cache = null })) await CountAsync(fresh);
            var coldTime = Stopwatch.GetElapsedTime(began);
            if (run < 0) continue;
            raw.Add(rawTime.TotalSeconds);
            listed.Add(listTime.TotalSeconds);
            cold.Add(coldTime.TotalSeconds);
            allocated.Add((double)bytes / entries);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{entries:N0} entries in {catalogs.Count:N0} catalogs, median of {runs}, alternating"));
        Print("raw sqlite3_step", Median(raw), entries, Median(raw));
        Print("listing, catalogs open", Median(listed), entries, Median(raw));
        Print("listing, from the folder", Median(cold), entries, Median(raw));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Median(allocated):0} bytes allocated per entry (catalogs open)"));
        catalogs.ForEach(catalog => catalog.Dispose());
        return 0;
    }

    private static async Task<List<SqliteFile>> OpenRawAsync(CvmfsRepository repository, string folder)
    {
        var store = new FileObjectStore(folder);
        var catalogs = new List<SqliteFile>();
        await foreach (var catalog in repository.Current.CatalogsAsync())
        {
            var key = new ObjectKey(catalog.Hash, ObjectSuffix.Catalog);
            await using var stored = await store.OpenReadAsync(key) ?? throw new FileNotFoundException(store.PathOf(key));
            using var image = new MemoryStream();
            await MetadataObject.DecompressAsync(stored, ObjectSuffix.Catalog, image, catalog.Bytes);
            catalogs.Add(SqliteFile.Open(image.ToArray(), catalog.Mountpoint.ToString()));
        }

        return catalogs;
    }

    private static long StepAll(SqliteFile catalog)
    {
        using var rows = catalog.Prepare(AllColumns);
        long count = 0;
        while (rows.Step()) count++;
        return count;
    }

    private static async Task<long> CountAsync(CvmfsRepository repository)
    {
        long count = 0;
        await foreach (var _ in repository.EnumerateAsync()) count++;
        return count;
    }

    private static (TimeSpan Time, T Result) Measure<T>(Func<T> work)
    {
        long began = Stopwatch.GetTimestamp();
        var result = work();
        return (Stopwatch.GetElapsedTime(began), result);
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static void Print(string name, double seconds, long entries, double baseline) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{name,-26} {seconds * 1000,8:f1} ms  {entries / seconds,12:N0} entries/s  {seconds / baseline,6:f2} x raw"));
}
