using Cvmfs.Net.Documents;
using Cvmfs.Net.Replication.Publishing;
using Cvmfs.Net.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cvmfs.Net.Replication.Tests.Publishing;

public sealed class ReplicaStatusFileTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ReplicaLocation _location;

    public ReplicaStatusFileTests()
    {
        _location = new ReplicaLocation(_folder.Combine("storage"), _folder.Combine("spool"));
        Directory.CreateDirectory(_location.StorageFolder);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string StatusPath => Path.Combine(_location.StorageFolder, ".cvmfs_status.json");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Writers_that_know_nothing_of_each_other_lose_nothing_of_each_other()
    {
        const int Rounds = 20;
        var begin = new DateTimeOffset(2026, 11, 22, 9, 0, 0, TimeSpan.Zero);
        File.WriteAllText(StatusPath, """{"of_others": {"kept": 1}}""");
        // Each is a writer of its own, as in another process: a lock of the file belongs to the opened file, not to the process.
        await Task.WhenAll(
            RepeatAsync((file, now) => file.SucceedAsync(now, Token)),
            RepeatAsync((file, now) => file.SetLastCollectionAsync(now, Token)),
            RepeatAsync((file, now) => file.SetLastCheckAsync(now, succeeded: false, Token)));

        string text = File.ReadAllText(StatusPath);
        var status = StatusDocument.Parse(File.ReadAllBytes(StatusPath));
        var last = begin.AddSeconds(Rounds - 1);
        Assert.Equal(last, status.LastSnapshot?.Time);
        Assert.Equal(last, status.LastGarbageCollection?.Time);
        Assert.Equal(last, status.LastCheck?.Time);
        Assert.False(status.CheckSucceeded);
        Assert.Contains("\"of_others\"", text, StringComparison.Ordinal);
        Assert.Contains("\"kept\"", text, StringComparison.Ordinal);

        async Task RepeatAsync(Func<ReplicaStatusFile, DateTimeOffset, Task> write)
        {
            var file = new ReplicaStatusFile(_location, NullLogger.Instance);
            await Task.Yield();
            for (int i = 0; i < Rounds; i++) await write(file, begin.AddSeconds(i));
        }
    }

    [Fact]
    public async Task A_document_that_nobody_can_read_is_begun_anew()
    {
        File.WriteAllText(StatusPath, "{\"last_snapshot\": ");
        await new ReplicaStatusFile(_location, NullLogger.Instance).SetLastCheckAsync(DateTimeOffset.UnixEpoch, succeeded: true, Token);
        Assert.True(StatusDocument.Parse(File.ReadAllBytes(StatusPath)).CheckSucceeded);
    }
}
