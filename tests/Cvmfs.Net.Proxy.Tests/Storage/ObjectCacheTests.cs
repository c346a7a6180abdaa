using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Storage;
using Cvmfs.Net.Testing;
using static Cvmfs.Net.Proxy.Tests.Storage.StoredObjects;

namespace Cvmfs.Net.Proxy.Tests.Storage;

public sealed class ObjectCacheTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4 << 10)]
    [InlineData(5000)]
    [InlineData((64 << 10) - 1)]
    [InlineData(64 << 10)]
    [InlineData(2_000_000)]
    public async Task Finds_a_whole_object_at_once_and_after_a_restart(int length)
    {
        using var folder = new TempFolder();
        byte[] content = Content(1, length);
        var hash = KeyOf(content).Hash;
        await using (var cache = ObjectCache.Open(Options(folder.Path)))
        {
            cache.Add(content);
            Assert.True(cache.TryFind(hash, out var found));
            Assert.Equal(content, Read(found));
            await cache.FlushAsync();
            Assert.Equal(content, await cache.ReadAsync(hash));
        }

        await using var again = ObjectCache.Open(Options(folder.Path));
        Assert.False(again.TryFind(hash, out _)); // nobody has hashed it since the restart
        Assert.Equal(content, await again.ReadAsync(hash));
        Assert.True(again.TryFind(hash, out var ready));
        Assert.Equal(CacheTier.Disk, ready.Tier);
        Assert.Equal(content, Read(ready));
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(100, false)]
    [InlineData(500_000, true)]
    [InlineData(500_000, false)]
    public async Task A_staged_object_can_be_read_while_it_grows_and_found_once_it_is_committed(int length, bool announced)
    {
        using var folder = new TempFolder();
        byte[] content = Content(2, length);
        var key = KeyOf(content);
        await using var cache = ObjectCache.Open(Options(folder.Path));
        var staged = cache.Stage(key, Repository, announced ? length : null, default)!;
        staged.Write(content.AsSpan(0, length / 2));
        Assert.True(staged.File.TryAcquire());
        byte[] seen = new byte[staged.Length];
        Assert.Equal(seen.Length, RandomAccess.Read(staged.File.Handle, seen, 0));
        Assert.Equal(content[..(length / 2)], seen);
        await staged.WriteAsync(content.AsMemory(length / 2), TestContext.Current.CancellationToken);
        Assert.Null(await cache.ReadAsync(key.Hash));

        Assert.True(staged.Commit());
        staged.File.Release();
        Assert.True(cache.TryFind(key.Hash, out var found));
        Assert.Equal(content, Read(found));
        Assert.Throws<InvalidOperationException>(() => staged.Commit());
    }

    [Fact]
    public async Task A_discarded_object_leaves_nothing_and_stays_readable_for_those_who_have_it()
    {
        using var folder = new TempFolder();
        byte[] content = Content(3, 200_000);
        await using var cache = ObjectCache.Open(Options(folder.Path));
        var staged = cache.Stage(KeyOf(content), Repository, content.Length, default)!;
        staged.Write(content);
        Assert.True(staged.File.TryAcquire());
        staged.Discard();
        staged.Discard();

        byte[] seen = new byte[content.Length];
        Assert.Equal(seen.Length, RandomAccess.Read(staged.File.Handle, seen, 0));
        Assert.Equal(content, seen);
        staged.File.Release();
        Assert.True(staged.File.Handle.IsClosed);
        Assert.Null(await cache.ReadAsync(KeyOf(content).Hash));
        Assert.Empty(Directory.GetFiles(folder.Combine("staging")));
    }

    [Fact]
    public async Task An_object_that_is_removed_while_it_is_sent_stays_readable_to_its_end()
    {
        using var folder = new TempFolder();
        await using var cache = ObjectCache.Open(Options(folder.Path));
        foreach (int length in new[] { 300_000, 20_000 })
        {
            byte[] content = Content(length, length);
            var hash = cache.Add(content).Hash;
            await cache.FlushAsync();
            Assert.True(cache.TryFind(hash, out var found));
            Assert.NotNull(found.File);
            Assert.True(cache.Remove(hash));
            Assert.False(cache.Remove(hash));
            Assert.Null(await cache.ReadAsync(hash));
            Assert.Equal(content, Read(found));
        }
    }

    [Fact]
    public async Task What_is_asked_for_again_and_again_comes_into_memory()
    {
        using var folder = new TempFolder();
        byte[] content = Content(4, 50_000);
        await using var cache = ObjectCache.Open(Options(folder.Path));
        var hash = cache.Add(content).Hash;
        await cache.FlushAsync();
        Assert.Equal(0, cache.MemoryFigures.Objects);
        await cache.ReadAsync(hash);
        await cache.ReadAsync(hash);
        await cache.FlushAsync();

        Assert.Equal(1, cache.MemoryFigures.Objects);
        Assert.True(cache.TryFind(hash, out var found));
        Assert.Equal(CacheTier.Memory, found.Tier);
        Assert.Equal(content, found.Bytes);
    }

    [Fact]
    public async Task The_smallest_objects_are_in_memory_from_the_start_and_counted_with_what_they_take_besides()
    {
        using var folder = new TempFolder();
        await using var cache = ObjectCache.Open(Options(folder.Path));
        for (int i = 0; i < 1000; i++) cache.Add(Content(i, 100));

        Assert.Equal(1000, cache.MemoryFigures.Objects);
        Assert.InRange(cache.MemoryFigures.UsedBytes, 1000 * 150, 1000 * 250);
    }

    [Fact]
    public async Task Memory_stays_within_its_limit()
    {
        var options = new ProxyStorageOptions { MemoryBytes = 1 << 20 };
        await using var cache = ObjectCache.Open(options);
        for (int i = 0; i < 2000; i++)
        {
            cache.Add(Content(i, 1 + i % 3000));
            Assert.InRange(cache.MemoryFigures.UsedBytes, 0, 1 << 20);
        }

        Assert.True(cache.MemoryFigures.Evictions > 0);
    }

    [Fact]
    public async Task Finding_in_memory_or_in_an_open_file_allocates_nothing()
    {
        using var folder = new TempFolder();
        await using var cache = ObjectCache.Open(Options(folder.Path));
        byte[] small = Content(5, 1000), large = Content(6, 400_000);
        var (inMemory, onDisk) = (cache.Add(small).Hash, cache.Add(large).Hash);
        var absent = KeyOf(Content(7, 10)).Hash;
        await cache.FlushAsync();
        Look();
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 1000; i++) Look();
        }));

        void Look()
        {
            Assert.True(cache.TryFind(inMemory, out _));
            Assert.True(cache.TryFind(onDisk, out var found));
            found.Dispose();
            Assert.False(cache.TryFind(absent, out _));
        }
    }

    [Fact, Conforms("proxy", 81)]
    public async Task A_recheck_keeps_what_is_right_and_removes_what_is_not()
    {
        using var folder = new TempFolder();
        await using var cache = ObjectCache.Open(Options(folder.Path));
        byte[] large = Content(8, 100_000), small = Content(9, 10_000);
        var keys = new[] { cache.Add(large), cache.Add(small) };
        await cache.FlushAsync();
        foreach (var key in keys) Assert.True(await cache.RecheckAsync(key.Hash, TestContext.Current.CancellationToken));
        Damage(folder);

        foreach (var key in keys)
        {
            Assert.False(await cache.RecheckAsync(key.Hash, TestContext.Current.CancellationToken));
            Assert.Null(await cache.ReadAsync(key.Hash));
        }

        Assert.Equal(2, cache.DiskFigures.Damaged);
        Assert.Equal(0, cache.DiskFigures.Objects);
    }

    [Fact]
    public async Task What_rotted_while_the_proxy_was_down_is_not_given_out()
    {
        using var folder = new TempFolder();
        byte[] large = Content(10, 100_000), small = Content(11, 10_000);
        await using (var cache = ObjectCache.Open(Options(folder.Path)))
        {
            cache.Add(large);
            cache.Add(small);
        }

        Damage(folder);
        await using var again = ObjectCache.Open(Options(folder.Path));
        Assert.Equal(2, again.DiskFigures.Objects);
        Assert.Null(await again.ReadAsync(KeyOf(large).Hash));
        Assert.Null(await again.ReadAsync(KeyOf(small).Hash));
        Assert.Equal(2, again.DiskFigures.Damaged);
    }

    [Fact]
    public async Task The_scrubber_finds_damage_that_nobody_asks_for()
    {
        using var folder = new TempFolder();
        var clock = new FakeClock();
        await using var cache = ObjectCache.Open(Options(folder.Path, static options => options.ScrubBytesPerSecond = 1 << 20), clock);
        byte[] large = Content(12, 100_000);
        cache.Add(large);
        cache.Add(Content(13, 10_000));
        await cache.FlushAsync();
        Damage(folder);
        while (cache.DiskFigures.Damaged < 2)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(0, cache.DiskFigures.Objects);
    }

    [Fact]
    public async Task Several_folders_share_the_objects_and_losing_one_loses_its_share()
    {
        using var folder = new TempFolder();
        var options = Options(folder.Combine("a"), options =>
        {
            options.Folders.Add(folder.Combine("b"));
            options.Folders.Add(folder.Combine("c"));
        });
        byte[][] contents = [.. Enumerable.Range(0, 300).Select(static i => Content(i, 6000))];
        await using (var cache = ObjectCache.Open(options))
        {
            foreach (byte[] content in contents) cache.Add(content);
        }

        Directory.Delete(folder.Combine("b"), recursive: true);
        await using var again = ObjectCache.Open(options);
        int found = 0;
        foreach (byte[] content in contents)
        {
            if (await again.ReadAsync(KeyOf(content).Hash) is not { } read) continue;
            Assert.Equal(content, read);
            found++;
        }

        Assert.InRange(found, 150, 250);
    }

    [Fact]
    public async Task Without_a_folder_small_objects_are_kept_in_memory()
    {
        await using var cache = ObjectCache.Open(new ProxyStorageOptions());
        byte[] content = Content(14, 100_000);
        cache.Add(content);

        Assert.Equal(content, await cache.ReadAsync(KeyOf(content).Hash));
        Assert.Null(cache.Stage(KeyOf(content), Repository, content.Length, default));
        Assert.Null(await cache.ReadAsync(KeyOf(Content(15, 3)).Hash));
    }

    /// <summary>Flips a bit of every object.</summary>
    private static void Damage(TempFolder folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder.Combine("objects"), "*", SearchOption.AllDirectories).Concat(Directory.EnumerateFiles(folder.Combine("segments"))))
        {
            byte[] bytes = File.ReadAllBytes(file);
            for (int at = 5000; at < bytes.Length; at += 5000) bytes[at] ^= 1;
            using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            RandomAccess.Write(handle, bytes, 0);
        }
    }
}
