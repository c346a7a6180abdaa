using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Cvmfs.Net.Proxy.Upstreams.Http;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Upstreams.Http;

public sealed class NameCacheTests
{
    private readonly FakeClock _clock = new();
    private readonly List<string> _changes = [];
    private int _asked;
    private Func<Task<IPAddress[]>> _answer = static () => Task.FromResult<IPAddress[]>([IPAddress.Parse("192.0.2.1"), IPAddress.Parse("192.0.2.2")]);

    [Fact]
    public async Task A_name_is_looked_up_once_in_its_lifetime_and_then_behind_the_backs_of_those_who_ask()
    {
        var names = Cache(TimeSpan.FromSeconds(60));
        for (int i = 0; i < 5; i++) Assert.Equal("192.0.2.1 192.0.2.2", await FindAsync(names));
        Assert.Equal(1, _asked);
        _clock.Advance(TimeSpan.FromSeconds(60));
        var gate = new TaskCompletionSource<IPAddress[]>();
        _answer = () => gate.Task;
        for (int i = 0; i < 5; i++) Assert.Equal("192.0.2.1 192.0.2.2", await FindAsync(names));
        gate.SetResult([IPAddress.Parse("192.0.2.9")]);
        while (_changes.Count < 2) await Task.Yield();
        Assert.Equal("192.0.2.9", await FindAsync(names));
        Assert.Equal(2, _asked);
        Assert.Equal(["192.0.2.1 192.0.2.2", "192.0.2.9"], _changes);
    }

    [Theory]
    [Conforms("proxy", 44)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_look_up_that_fails_keeps_the_addresses_known_so_far(bool throws)
    {
        var names = Cache(TimeSpan.FromSeconds(60));
        await FindAsync(names);
        _clock.Advance(TimeSpan.FromSeconds(61));
        _answer = () => throws ? Task.FromException<IPAddress[]>(new SocketException((int)SocketError.TryAgain)) : Task.FromResult<IPAddress[]>([]);
        await FindAsync(names);
        while (Volatile.Read(ref _asked) < 2) await Task.Yield();
        Assert.Equal("192.0.2.1 192.0.2.2", await FindAsync(names));
        Assert.Single(_changes);
    }

    [Fact]
    public async Task A_storm_for_a_name_without_address_is_one_question_every_five_seconds()
    {
        _answer = static () => Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound));
        var names = Cache(TimeSpan.FromSeconds(60));
        string[] found = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => FindAsync(names)));
        Assert.All(found, static addresses => Assert.Empty(addresses));
        Assert.Equal(1, _asked);
        _clock.Advance(TimeSpan.FromSeconds(5));
        _answer = static () => Task.FromResult<IPAddress[]>([IPAddress.Parse("192.0.2.3")]);
        Assert.Equal("192.0.2.3", await FindAsync(names));
    }

    [Theory]
    [Conforms("proxy", 44)]
    [InlineData(1, 5)]
    [InlineData(3600, 600)]
    public async Task Lifetimes_are_bounded(int configured, int used)
    {
        var names = Cache(TimeSpan.FromSeconds(configured));
        await FindAsync(names);
        _clock.Advance(TimeSpan.FromSeconds(used - 1));
        await FindAsync(names);
        Assert.Equal(1, _asked);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await FindAsync(names);
        while (Volatile.Read(ref _asked) < 2) await Task.Yield();
    }

    [Fact]
    public async Task Look_ups_under_way_are_bounded_and_an_abandoned_one_keeps_its_place()
    {
        var gates = new ConcurrentQueue<TaskCompletionSource<IPAddress[]>>();
        _answer = () =>
        {
            var gate = new TaskCompletionSource<IPAddress[]>(TaskCreationOptions.RunContinuationsAsynchronously);
            gates.Enqueue(gate);
            return gate.Task;
        };
        var names = Cache(TimeSpan.FromSeconds(60));
        var first = Enumerable.Range(0, 16).Select(i => names.FindAsync($"slow{i}.example.org", TestContext.Current.CancellationToken).AsTask()).ToList();
        while (Volatile.Read(ref _asked) < 16) await Task.Yield();
        var waiting = names.FindAsync("next.example.org", TestContext.Current.CancellationToken).AsTask();
        while (!waiting.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromSeconds(11)); // it may have begun to wait just now
            await Task.Yield();
        }

        foreach (var abandoned in first) Assert.Empty(await abandoned);
        Assert.Empty(await waiting);
        Assert.Equal(16, _asked); // the resolver still has them
        foreach (var gate in gates) gate.SetResult([]);
        _answer = static () => Task.FromResult<IPAddress[]>([IPAddress.Parse("192.0.2.3")]);
        Assert.Equal("192.0.2.3", string.Join(' ', await names.FindAsync("next.example.org", TestContext.Current.CancellationToken))); // nothing was learnt of it before
    }

    [Fact]
    public async Task Names_beyond_those_that_may_wait_have_no_address_for_the_moment()
    {
        _answer = static () => new TaskCompletionSource<IPAddress[]>().Task;
        var names = Cache(TimeSpan.FromSeconds(60));
        for (int i = 0; i < 256; i++) Assert.False(names.FindAsync($"slow{i}.example.org", TestContext.Current.CancellationToken).AsTask().IsCompleted);
        Assert.Empty(await names.FindAsync("another.example.org", TestContext.Current.CancellationToken));
        Assert.InRange(_asked, 0, 16);
    }

    [Fact]
    public async Task An_address_is_no_question() => Assert.Equal("2001:db8::1", string.Join(' ', await Cache(TimeSpan.FromSeconds(60)).FindAsync("2001:db8::1", TestContext.Current.CancellationToken)));

    private NameCache Cache(TimeSpan lifetime)
    {
        var names = new NameCache(
            (_, _) =>
            {
                Interlocked.Increment(ref _asked);
                return _answer();
            },
            lifetime,
            _clock);
        names.Changed += (_, addresses) => _changes.Add(string.Join(' ', addresses));
        return names;
    }

    private static async Task<string> FindAsync(NameCache names) => string.Join(' ', await names.FindAsync("server.example.org", TestContext.Current.CancellationToken));
}
