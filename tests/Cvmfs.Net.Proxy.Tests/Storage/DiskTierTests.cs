using Cvmfs.Net.Proxy.Storage;
using Cvmfs.Net.Testing;
using static Cvmfs.Net.Proxy.Tests.Storage.StoredObjects;

namespace Cvmfs.Net.Proxy.Tests.Storage;

/// <summary>Faults that nobody foresaw, and places of a disk that are bad for good.</summary>
public sealed class DiskTierTests : IAsyncDisposable
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TempFolder _folder = new();
    private readonly FakeClock _clock = new();
    private readonly ErrorLog _log = new();
    private FailingFiles _files = new();
    private ObjectCache? _cache;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact, Conforms("proxy", 98)]
    public async Task A_fault_of_the_writer_suspends_the_folder_and_is_told()
    {
        var cache = Open();
        byte[] content = Content(1, 10_000);
        _files.WriteFailure = static () => new InvalidOperationException("nobody foresaw this");
        cache.Add(content);
        await cache.FlushAsync().WaitAsync(Patience, Cancelled);
        Assert.Equal(1, cache.DiskFigures.Suspended);
        Assert.Equal(1, _log.ErrorsWith("a fault of this program"));

        _clock.Advance(RetryInterval); // told again, as it is met again
        await cache.FlushAsync().WaitAsync(Patience, Cancelled);
        Assert.Equal(2, _log.ErrorsWith("a fault of this program"));
        _files.WriteFailure = null;
        _clock.Advance(RetryInterval);
        await cache.FlushAsync().WaitAsync(Patience, Cancelled);
        Assert.Equal(0, cache.DiskFigures.Suspended);
        cache.Add(content);
        await cache.FlushAsync().WaitAsync(Patience, Cancelled);
        Assert.Equal(1, cache.DiskFigures.Objects);
    }

    [Fact, Conforms("proxy", 98)]
    public async Task A_fault_of_the_scrubber_suspends_the_folder_and_it_goes_on_later()
    {
        var cache = Open(static options => options.ScrubBytesPerSecond = 1 << 20);
        cache.Add(Content(2, 10_000));
        await cache.FlushAsync();
        _files.ReadFailure = static () => new InvalidOperationException("nobody foresaw this");
        await _clock.WhenDueWithinAsync(TimeSpan.FromSeconds(1));
        _clock.Advance(TimeSpan.FromSeconds(1)); // one look only: each that fails is told
        await UntilAsync(() => cache.DiskFigures.Suspended == 1, TimeSpan.Zero);
        Assert.Equal(1, _log.ErrorsWith("a fault of this program"));
        _files.ReadFailure = null;
        long before = cache.DiskFigures.Scrubbed;
        await UntilAsync(() => cache.DiskFigures.Scrubbed > before, RetryInterval);
        Assert.Equal(0, cache.DiskFigures.Suspended);
    }

    [Fact, Conforms("proxy", 98)]
    public async Task What_a_fault_kept_from_being_found_at_the_start_is_looked_for_again()
    {
        var contents = await FillAndLoseIndexAsync();
        bool isFaulty = true;
        _files.FileFailure = path => isFaulty && path.Contains("segments", StringComparison.Ordinal) ? new InvalidOperationException("nobody foresaw this") : null;
        var cache = Open();
        await cache.FlushAsync().WaitAsync(Patience, Cancelled);
        Assert.Equal(1, cache.DiskFigures.Suspended);
        Assert.Equal(0, cache.DiskFigures.Objects);
        isFaulty = false;
        _clock.Advance(RetryInterval);
        await cache.FlushAsync().WaitAsync(Patience, Cancelled); // the worker has begun the search by then
        await cache.FlushAsync().WaitAsync(Patience, Cancelled);
        Assert.Equal(contents.Length, cache.DiskFigures.Objects);
    }

    [Fact, Conforms("proxy", 98)]
    public async Task A_segment_that_cannot_be_read_costs_its_own_objects_only()
    {
        var contents = await FillAndLoseIndexAsync();
        _files.FileFailure = static path => path.EndsWith("00000001", StringComparison.Ordinal) ? new IOException("EIO") : null;
        var cache = Open();
        await cache.FlushAsync().WaitAsync(Patience, Cancelled);
        Assert.Equal(0, cache.DiskFigures.Suspended);
        Assert.Equal(1, cache.DiskFigures.ReadErrors);
        Assert.InRange(cache.DiskFigures.Objects, 1, contents.Length - 1);
        foreach (byte[] content in contents)
        {
            if (await cache.ReadAsync(KeyOf(content).Hash) is { } found) Assert.Equal(content, found);
        }
    }

    [Fact, Conforms("proxy", 98)]
    public async Task A_bad_place_is_let_go_and_does_not_put_everything_else_in_doubt_again_and_again()
    {
        var cache = Open();
        byte[] bad = Content(3, 100_000), good = Content(4, 120_000);
        Assert.True(cache.StageAndCommit(bad));
        Assert.True(cache.StageAndCommit(good));
        await cache.FlushAsync();
        await cache.DisposeAsync();
        cache = Open();
        string name = KeyOf(bad).Hash.ToString()[2..];
        _files.FileFailure = path => path.EndsWith(name, StringComparison.Ordinal) ? new IOException("EIO") : null;
        Assert.Null(await cache.ReadAsync(KeyOf(bad).Hash));
        Assert.Equal(good, await cache.ReadAsync(KeyOf(good).Hash));
        Assert.Null(await cache.ReadAsync(KeyOf(bad).Hash));
        Assert.True(cache.TryFind(KeyOf(good).Hash, out var found)); // nothing to be hashed once more
        found.Dispose();
        Assert.Equal(2, cache.DiskFigures.ReadErrors);
        Assert.Equal(1, _log.Errors);

        _files.FileFailure = null; // its next copy lies elsewhere
        Assert.True(cache.StageAndCommit(bad));
        Assert.Equal(bad, await cache.ReadAsync(KeyOf(bad).Hash));
    }

    [Fact, Conforms("proxy", 98)]
    public async Task A_full_disk_is_told_once_and_written_again_when_there_is_room_for_more_than_a_few_bytes()
    {
        const int noSpace = 28;
        var cache = Open(static options => (options.MinFreeBytes, options.MinFreeShare) = (0, 0));
        byte[] content = Content(6, 100_000);
        _files.WriteFailure = static () => new IOException("No space left on device", noSpace);
        Assert.False(cache.StageAndCommit(content));
        _files.WriteFailure = null;
        foreach (var (free, isTaken) in new[] { (1L << 20, false), (5L << 20, false), (65L << 20, true), (1L << 20, true) })
        {
            _files.FakeSpace = (free, 1L << 40);
            _clock.Advance(RetryInterval);
            await cache.FlushAsync().WaitAsync(Patience, Cancelled);
            Assert.Equal(isTaken ? 0 : 1, cache.DiskFigures.Suspended);
            Assert.Equal(isTaken, cache.StageAndCommit(content));
            cache.Remove(KeyOf(content).Hash);
        }

        Assert.Equal(1, _log.Errors);
    }

    [Fact]
    public void A_short_object_that_cannot_be_moved_where_short_ones_go_leaves_no_file()
    {
        var cache = Open();
        _files.ReadFailure = static () => new IOException("EIO");
        Assert.False(cache.StageAndCommit(Content(5, 1000), announced: false));
        Assert.Empty(Directory.EnumerateFiles(_folder.Combine("staging")));
    }

    public async ValueTask DisposeAsync()
    {
        if (_cache is not null) await _cache.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Leaves some segments, as a process that was killed, and no index.</summary>
    private async Task<byte[][]> FillAndLoseIndexAsync()
    {
        byte[][] contents = [.. Enumerable.Range(10, 12).Select(static seed => Content(seed, 60_000))];
        var cache = Open();
        foreach (byte[] content in contents) cache.Add(content);
        await cache.FlushAsync();
        _files.Die();
        await cache.DisposeAsync();
        Directory.Delete(_folder.Combine("index"), recursive: true);
        _files = new FailingFiles();
        return contents;
    }

    private async Task UntilAsync(Func<bool> isSo, TimeSpan step)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        enough.CancelAfter(Patience);
        while (!isSo())
        {
            enough.Token.ThrowIfCancellationRequested();
            _clock.Advance(step);
            await Task.Yield();
        }
    }

    private ObjectCache Open(Action<ProxyStorageOptions>? configure = null)
    {
        _cache = ObjectCache.Open(
            Options(_folder.Path, options =>
            {
                options.MaxBytes = 16 << 20; // segments of 256 KiB
                configure?.Invoke(options);
            }),
            _clock,
            _log,
            _files);
        return _cache;
    }
}
