using System.Threading.Channels;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Publishing;
using Cvmfs.Net.Replication.Scrubbing;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Scrubbing;

public sealed class RollingScrubTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeClock _clock = new();
    private readonly FileObjectStore _store;

    public RollingScrubTests()
    {
        _store = new FileObjectStore(_folder.Path);
        _store.CreateFolders();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_pass_follows_a_pass_when_it_is_due_and_not_before()
    {
        await _store.PutAsync(new ObjectKey(ContentHash.Compute(HashAlgorithmId.Sha1, "one"u8)), "one"u8.ToArray(), Token);
        var scrubber = new StorageScrubber(_folder.Path, new ScrubServices { TimeProvider = _clock });
        var rolling = new RollingScrub(scrubber, new RollingScrubOptions { PassEvery = TimeSpan.FromHours(5), Scrub = new ScrubOptions { Workers = 1 } }, _clock);
        var reports = Channel.CreateBounded<ScrubReport>(10);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var running = rolling.RunAsync(report => reports.Writer.TryWrite(report), cancellationToken: stop.Token);

        Assert.Equal((1L, true), await reports.Reader.ReadAsync(Token) is var first ? (first.Files, first.IsPassComplete) : default);
        var due = await rolling.NextPassAtAsync(Token);
        Assert.Equal(TimeSpan.FromHours(5), due - _clock.GetUtcNow());
        Assert.False(reports.Reader.TryRead(out _));
        Assert.False(running.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        // After a restart the position is known: nothing is due before its time, and then it is.
        _clock.Advance(TimeSpan.FromHours(6));
        using var again = CancellationTokenSource.CreateLinkedTokenSource(Token);
        running = rolling.RunAsync(report => reports.Writer.TryWrite(report), cancellationToken: again.Token);
        Assert.Equal(1, (await reports.Reader.ReadAsync(Token)).Files);
        await again.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task A_scrub_waits_while_a_snapshot_runs_and_not_for_a_dead_ones_marker()
    {
        await _store.PutAsync(new ObjectKey(ContentHash.Compute(HashAlgorithmId.Sha1, "one"u8)), "one"u8.ToArray(), Token);
        File.WriteAllText(_folder.Combine(".cvmfs_is_snapshotting"), "now");
        var location = new ReplicaLocation(_folder.Path);
        Directory.CreateDirectory(location.SpoolFolder);
        var options = new ScrubOptions { YieldToSnapshots = true };
        string lockFile = Path.Combine(location.SpoolFolder, ReplicaLock.FileName);
        Task<ScrubReport> scrub;
        using (await ReplicaLock.TakeAsync(lockFile, TimeSpan.Zero, TimeProvider.System, Token))
        {
            scrub = new StorageScrubber(_folder.Path).ScrubAsync(options, cancellationToken: Token);
            Assert.False(scrub.IsCompleted);
        }

        Assert.Equal(1, (await scrub).Files); // the marker is still there
    }
}
