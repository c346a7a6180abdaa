using Cvmfs.Net.Proxy.Storage;
using Cvmfs.Net.Testing;
using static Cvmfs.Net.Proxy.Tests.Storage.StoredObjects;

namespace Cvmfs.Net.Proxy.Tests.Storage;

public sealed class DiskFailureTests : IAsyncDisposable
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(30);

    private readonly TempFolder _folder = new();
    private readonly FakeClock _clock = new();
    private readonly FailingFiles _files = new();
    private readonly ErrorLog _log = new();
    private ObjectCache? _cache;

    public static TheoryData<string> Failures => ["ENOSPC", "EIO", "EROFS", "EACCES"];

    [Theory, Conforms("proxy", 98)]
    [MemberData(nameof(Failures))]
    public async Task A_disk_that_takes_nothing_is_left_alone_and_tried_again(string failure)
    {
        var cache = Open();
        byte[] old = Content(1, 20_000), small = Content(2, 10_000), large = Content(3, 200_000);
        cache.Add(old);
        await cache.FlushAsync();
        var staged = cache.Stage(KeyOf(large), Repository, large.Length, default)!;
        _files.WriteFailure = () => failure == "EACCES" ? new UnauthorizedAccessException(failure) : new IOException(failure);

        Assert.ThrowsAny<SystemException>(() => staged.Write(large));
        staged.Discard();
        for (int i = 0; i < 10; i++)
        {
            Assert.Null(cache.Stage(KeyOf(large), Repository, large.Length, default));
            cache.Add(small);
        }

        await cache.FlushAsync();
        Assert.Equal(1, cache.DiskFigures.Suspended);
        Assert.True(cache.DiskFigures.WriteErrors > 0);
        Assert.Equal(1, _log.Errors);
        Assert.Equal(old, await cache.ReadAsync(KeyOf(old).Hash)); // reading goes on
        Assert.Equal(small, await cache.ReadAsync(KeyOf(small).Hash)); // from memory

        _clock.Advance(RetryInterval); // still broken
        await cache.FlushAsync();
        Assert.Equal(1, cache.DiskFigures.Suspended);
        _files.WriteFailure = null;
        _clock.Advance(RetryInterval);
        await cache.FlushAsync();
        Assert.Equal(0, cache.DiskFigures.Suspended);
        Assert.Equal(1, _log.Errors);
        Assert.True(cache.StageAndCommit(large));
        cache.Add(small);
        await cache.FlushAsync();
        Assert.Equal(3, cache.DiskFigures.Objects);
    }

    [Fact, Conforms("proxy", 98)]
    public async Task What_cannot_be_read_is_not_there_and_hashed_again_later()
    {
        var cache = Open();
        byte[] content = Content(4, 200_000);
        cache.Add(content);
        await cache.FlushAsync();
        await cache.DisposeAsync();
        cache = Open();
        _files.ReadFailure = () => new IOException("EIO");
        Assert.Null(await cache.ReadAsync(KeyOf(content).Hash));
        Assert.Equal(1, cache.DiskFigures.ReadErrors);
        _files.ReadFailure = null;
        Assert.Equal(content, await cache.ReadAsync(KeyOf(content).Hash));
        Assert.True(cache.TryFind(KeyOf(content).Hash, out var found));
        found.Dispose();

        cache.ReportUnreadable(KeyOf(content).Hash, new IOException("EIO while sending"));
        Assert.False(cache.TryFind(KeyOf(content).Hash, out _));
        Assert.Equal(content, await cache.ReadAsync(KeyOf(content).Hash));
    }

    [Fact, Conforms("proxy", 98)]
    public async Task A_folder_that_is_removed_under_the_running_proxy_is_made_anew()
    {
        var cache = Open();
        byte[] content = Content(5, 100_000);
        cache.Add(content);
        await cache.FlushAsync();
        var staged = cache.Stage(KeyOf(Content(6, 80_000)), Repository, null, default)!;
        Directory.Delete(_folder.Path, recursive: true);
        staged.Write(Content(6, 80_000));
        Assert.False(staged.Commit());

        _clock.Advance(RetryInterval);
        await cache.FlushAsync();
        Assert.Equal(0, cache.DiskFigures.Suspended);
        Assert.Null(await cache.ReadAsync(KeyOf(content).Hash));
        Assert.True(cache.StageAndCommit(content));
        Assert.Equal(content, await cache.ReadAsync(KeyOf(content).Hash));
        Assert.True(Directory.Exists(_folder.Combine("objects")));
    }

    [Fact, Conforms("proxy", 98)]
    public async Task A_folder_that_cannot_be_opened_at_the_start_comes_later()
    {
        Directory.Delete(_folder.Path);
        File.WriteAllText(_folder.Path, "in the way");
        var cache = Open();
        byte[] content = Content(7, 70_000);
        cache.Add(content);
        Assert.Equal(1, cache.DiskFigures.Suspended);
        Assert.Equal(content, await cache.ReadAsync(KeyOf(content).Hash));

        File.Delete(_folder.Path);
        _clock.Advance(RetryInterval);
        await cache.FlushAsync();
        Assert.Equal(0, cache.DiskFigures.Suspended);
        Assert.True(cache.StageAndCommit(content));
    }

    [Fact]
    public async Task The_last_free_space_of_a_disk_is_left_to_others()
    {
        var cache = Open(static options => (options.MinFreeBytes, options.MinFreeShare) = (1 << 30, 0.05));
        byte[] content = Content(8, 100_000);
        foreach (var (free, total, isTaken) in new[] { (2L << 30, 10L << 30, true), ((1L << 30) - 1, 10L << 30, false), (2L << 30, 100L << 30, false), (6L << 30, 100L << 30, true) })
        {
            _files.FakeSpace = (free, total);
            _clock.Advance(RetryInterval);
            await cache.FlushAsync();
            Assert.Equal(isTaken, cache.StageAndCommit(content));
            Assert.Equal(isTaken ? 0 : 1, cache.DiskFigures.Suspended);
            cache.Remove(KeyOf(content).Hash);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_cache is not null) await _cache.DisposeAsync();
        _folder.Dispose();
    }

    private ObjectCache Open(Action<ProxyStorageOptions>? configure = null)
    {
        _cache = ObjectCache.Open(Options(_folder.Path, configure), _clock, _log, _files);
        return _cache;
    }
}
