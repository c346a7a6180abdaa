using Cvmfs.Net.Replication.Scheduling;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Scheduling;

public sealed class RunTurnsTests
{
    [Fact]
    [Conforms("stratum1", 63)]
    public async Task The_oldest_of_those_that_wait_comes_first()
    {
        var turns = new RunTurns(1);
        await turns.TakeAsync(At(9), CancellationToken.None);
        var order = new List<int>();
        var waiters = new[] { 5, 3, 8, 1 }.Select(async rank =>
        {
            await turns.TakeAsync(At(rank), CancellationToken.None);
            order.Add(rank); // one at a time: there is one place
            turns.Release();
        }).ToArray();
        turns.Release();
        await Task.WhenAll(waiters);
        Assert.Equal([1, 3, 5, 8], order);
    }

    [Fact]
    public async Task Who_gives_up_waiting_takes_no_place()
    {
        var turns = new RunTurns(1);
        await turns.TakeAsync(At(1), CancellationToken.None);
        using var cancel = new CancellationTokenSource();
        var impatient = turns.TakeAsync(At(1), cancel.Token);
        var patient = turns.TakeAsync(At(2), CancellationToken.None);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        turns.Release();
        await patient;
        turns.Release();
        Assert.True(turns.TakeAsync(At(3), CancellationToken.None).IsCompletedSuccessfully);
    }

    private static DateTimeOffset At(int day) => new(2026, 1, day, 0, 0, 0, TimeSpan.Zero);
}
