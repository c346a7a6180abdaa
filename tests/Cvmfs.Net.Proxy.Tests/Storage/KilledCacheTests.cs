using System.Diagnostics;
using Cvmfs.Net.Proxy.Storage;
using Cvmfs.Net.Testing;
using static Cvmfs.Net.Proxy.Tests.Storage.StoredObjects;

namespace Cvmfs.Net.Proxy.Tests.Storage;

public sealed class KilledCacheTests
{
    [Fact, Conforms("proxy", 99)]
    public async Task After_a_kill_every_object_that_was_on_disk_is_found()
    {
        var (stored, folder) = await KilledAsync(atLeast: 2000, batch: 100);
        using var owned = folder;
        await using var cache = ObjectCache.Open(Options(folder.Path, static options => options.MaxBytes = 8L << 30));
        await cache.FlushAsync();
        for (int number = 0; number < stored; number++)
        {
            byte[] content = KilledCache.Numbered(number);
            Assert.Equal(content, await cache.ReadAsync(KeyOf(content).Hash));
        }
    }

    [SlowFact, Conforms("proxy", 99)]
    public async Task After_a_kill_a_million_objects_are_served_within_seconds()
    {
        var (stored, folder) = await KilledAsync(atLeast: 1_000_000, batch: 5000);
        using var owned = folder;
        long started = Stopwatch.GetTimestamp();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        await using var cache = ObjectCache.Open(Options(folder.Path, static options => (options.MaxBytes, options.MemoryBytes) = (8L << 30, 1 << 20)));
        Assert.NotNull(await cache.ReadAsync(KeyOf(KilledCache.NumberedSmall(stored / 2)).Hash));
        var firstHit = Stopwatch.GetElapsedTime(started);
        double bytesPerObject = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / cache.DiskFigures.Objects;
        await cache.FlushAsync();
        int found = 0;
        for (int number = 0; number < stored; number += 10)
        {
            if (await cache.ReadAsync(KeyOf(KilledCache.NumberedSmall(number)).Hash) is not null) found++;
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{stored} objects: first hit after {firstHit.TotalSeconds:0.00} s, all known after {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s with the reading of a tenth, {bytesPerObject:0} bytes of memory each");
        Assert.True(found >= 0.99 * stored / 10, $"{found} of {stored / 10} were found");
        Assert.True(firstHit < TimeSpan.FromSeconds(5), $"first hit after {firstHit}");
    }

    /// <summary>Kills a process while it writes on; so many objects were on disk before.</summary>
    private static async Task<(int Stored, TempFolder Folder)> KilledAsync(int atLeast, int batch)
    {
        var folder = new TempFolder();
        using var process = KilledCache.Start(folder.Path, batch);
        int stored = 0;
        while (stored < atLeast)
        {
            string line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) ?? throw new InvalidOperationException("The process ended by itself.");
            stored = KilledCache.Stored(line) ?? stored;
        }

        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (stored, folder);
    }
}
