using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Tests.Transport;

public sealed class SingleFlightTests
{
    private readonly SingleFlight<string, int> _flights = new();
    private readonly TaskCompletionSource<int> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _started;
    private CancellationToken _token;

    [Fact]
    public async Task Concurrent_requests_for_one_key_share_one_piece_of_work()
    {
        var waiters = Enumerable.Range(0, 10).Select(_ => _flights.RunAsync("a", WorkAsync)).ToList();
        Assert.Equal(1, _flights.Count);
        _result.SetResult(42);
        Assert.All(await Task.WhenAll(waiters), result => Assert.Equal(42, result));
        Assert.Equal(1, _started);
        Assert.Equal(0, _flights.Count);
    }

    [Fact]
    public async Task Different_keys_do_not_wait_for_each_other()
    {
        var slow = _flights.RunAsync("a", WorkAsync);
        Assert.Equal(7, await _flights.RunAsync("b", _ => Task.FromResult(7)));
        Assert.False(slow.IsCompleted);
        _result.SetResult(1);
        await slow;
    }

    [Fact]
    public async Task Results_are_not_kept()
    {
        Assert.Equal(1, await _flights.RunAsync("a", _ => Task.FromResult(1)));
        Assert.Equal(2, await _flights.RunAsync("a", _ => Task.FromResult(2)));
    }

    [Fact]
    public async Task A_failure_reaches_every_waiter_and_is_forgotten()
    {
        var waiters = Enumerable.Range(0, 3).Select(_ => _flights.RunAsync("a", WorkAsync)).ToList();
        _result.SetException(new IOException("broken"));
        foreach (var waiter in waiters) await Assert.ThrowsAsync<IOException>(() => waiter);
        Assert.Equal(3, await _flights.RunAsync("a", _ => Task.FromResult(3)));
    }

    [Fact]
    public async Task A_failure_before_the_first_wait_is_a_failure_like_any_other()
    {
        await Assert.ThrowsAsync<IOException>(() => _flights.RunAsync("a", _ => throw new IOException("at once")));
        Assert.Equal(0, _flights.Count);
    }

    [Fact]
    public async Task The_leader_may_leave_and_the_work_goes_on_for_the_others()
    {
        using var leader = new CancellationTokenSource();
        var first = _flights.RunAsync("a", WorkAsync, leader.Token);
        var second = _flights.RunAsync("a", WorkAsync);
        await leader.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.False(_token.IsCancellationRequested);
        _result.SetResult(5);
        Assert.Equal(5, await second);
    }

    [Fact]
    public async Task The_work_is_stopped_when_the_last_waiter_leaves_and_a_newcomer_starts_anew()
    {
        using var callers = new CancellationTokenSource();
        var first = _flights.RunAsync("a", WorkAsync, callers.Token);
        var second = _flights.RunAsync("a", WorkAsync, callers.Token);
        await callers.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.True(_token.IsCancellationRequested);
        Assert.Equal(9, await _flights.RunAsync("a", _ => Task.FromResult(9)));
    }

    private Task<int> WorkAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _started);
        _token = cancellationToken;
        return _result.Task;
    }
}
