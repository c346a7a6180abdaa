using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Repositories;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.Repositories;

public sealed class ObjectCacheTests
{
    private static readonly RepositoryPath s_file = RepositoryPath.Parse("/file");

    [Fact]
    public async Task What_was_read_once_comes_from_the_cache_also_for_the_next_process()
    {
        using var built = await new RepositoryBuilder().File("/file", "content").BuildAsync();
        using var folder = new TempFolder();
        for (int process = 0; process < 2; process++)
        {
            var source = new CountingSource(built.Path);
            await using var repository = await OpenAsync(source, built, ObjectCache.InFolder(folder.Path));
            Assert.Equal("content"u8.ToArray(), await repository.ReadAllBytesAsync(s_file));
            Assert.Equal("content"u8.ToArray(), await repository.ReadAllBytesAsync(s_file));
            Assert.Equal(process == 0 ? 1 : 0, source.Asked.Count(key => key == built.KeyOf("/file")));
            Assert.Equal(process == 0 ? 1 : 0, source.Asked.Count(key => key.Suffix == ObjectSuffix.Catalog));
        }
    }

    [Fact]
    public async Task A_cached_object_that_changed_on_disk_is_fetched_again()
    {
        using var built = await new RepositoryBuilder().File("/file", "content").BuildAsync();
        using var folder = new TempFolder();
        var source = new CountingSource(built.Path);
        await using var repository = await OpenAsync(source, built, ObjectCache.InFolder(folder.Path));
        await repository.ReadAllBytesAsync(s_file);

        string cached = folder.Combine(ObjectPath.Of(built.KeyOf("/file")));
        byte[] bytes = await File.ReadAllBytesAsync(cached);
        bytes[^1] ^= 1;
        File.Delete(cached);
        await File.WriteAllBytesAsync(cached, bytes);
        Assert.Equal("content"u8.ToArray(), await repository.ReadAllBytesAsync(s_file));
        Assert.Equal(2, source.Asked.Count(key => key == built.KeyOf("/file")));
    }

    [Fact]
    public async Task Stays_below_its_limit_and_drops_what_was_not_used_for_longest()
    {
        const int Bytes = 4000;
        var builder = new RepositoryBuilder();
        for (int i = 0; i < 40; i++) builder.RandomFile($"/{i:d2}", Bytes, seed: i);
        using var built = await builder.BuildAsync();
        using var folder = new TempFolder();
        var clock = new FakeClock();
        var cache = ObjectCache.InFolder(folder.Path, 100_000, clock);
        await using var repository = await OpenAsync(new CountingSource(built.Path), built, cache);
        for (int i = 0; i < 40; i++)
        {
            clock.Advance(TimeSpan.FromMinutes(2));
            await repository.ReadAllBytesAsync(RepositoryPath.Parse($"/{i:d2}"));
            await repository.ReadAllBytesAsync(RepositoryPath.Parse("/00")); // used all the time
        }

        long total = folder.Files().Sum(file => new FileInfo(folder.Combine(file)).Length);
        Assert.InRange(total, 1, 100_000 + (100_000 / 8) + Bytes);
        Assert.True(File.Exists(folder.Combine(ObjectPath.Of(built.KeyOf("/00")))));
        Assert.True(File.Exists(folder.Combine(ObjectPath.Of(built.KeyOf("/39")))));
        Assert.False(File.Exists(folder.Combine(ObjectPath.Of(built.KeyOf("/01")))));
    }

    [Fact]
    public async Task Memory_keeps_to_its_limit_too()
    {
        const int Bytes = 4000;
        var builder = new RepositoryBuilder();
        for (int i = 0; i < 10; i++) builder.RandomFile($"/{i}", Bytes, seed: i);
        using var built = await builder.BuildAsync();
        var source = new CountingSource(built.Path);
        await using var repository = await OpenAsync(source, built, ObjectCache.InMemory(5 * Bytes));
        for (int i = 0; i < 10; i++) await repository.ReadAllBytesAsync(RepositoryPath.Parse($"/{i}"));
        int before = source.Asked.Count;
        await repository.ReadAllBytesAsync(RepositoryPath.Parse("/9"));
        Assert.Equal(before, source.Asked.Count);
        await repository.ReadAllBytesAsync(RepositoryPath.Parse("/0"));
        Assert.Equal(before + 1, source.Asked.Count);
    }

    [Fact]
    public async Task An_object_larger_than_the_cache_is_read_all_the_same_and_leaves_nothing_behind()
    {
        using var built = await new RepositoryBuilder().RandomFile("/file", 4000).BuildAsync();
        using var temporary = new TempFolder();
        var source = new CountingSource(built.Path);
        await using (var repository = await CvmfsRepository.OpenAsync(source, new CvmfsRepositoryOptions
        {
            Keys = built.TrustedKeys,
            TimeProvider = built.Clock,
            Cache = ObjectCache.InMemory(1000),
            TemporaryFolder = temporary.Path,
        }))
        {
            byte[] expected = new byte[4000];
            new Random(1).NextBytes(expected);
            Assert.Equal(expected, await repository.ReadAllBytesAsync(s_file));
            Assert.Empty(temporary.Files());
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(temporary.Path));
    }

    [Fact]
    public async Task Concurrent_readers_fetch_an_object_once()
    {
        using var built = await new RepositoryBuilder().File("/file", "content").BuildAsync();
        var gate = new TaskCompletionSource();
        var source = new CountingSource(built.Path) { BeforeObject = key => key.Suffix == ObjectSuffix.None ? gate.Task : Task.CompletedTask };
        await using var repository = await OpenAsync(source, built, ObjectCache.InMemory());
        var readers = Enumerable.Range(0, 10).Select(_ => repository.ReadAllBytesAsync(s_file)).ToArray();
        gate.SetResult();
        Assert.All(await Task.WhenAll(readers), bytes => Assert.Equal("content"u8.ToArray(), bytes));
        Assert.Single(source.Asked, key => key == built.KeyOf("/file"));
    }

    [Fact]
    public void A_limit_must_be_positive() => Assert.Throws<ArgumentOutOfRangeException>(() => ObjectCache.InMemory(0));

    private static Task<CvmfsRepository> OpenAsync(CountingSource source, BuiltRepository built, ObjectCache cache)
        => CvmfsRepository.OpenAsync(source, new CvmfsRepositoryOptions { Keys = built.TrustedKeys, TimeProvider = built.Clock, Cache = cache });
}
