using System.Net;
using System.Net.Sockets;
using Cvmfs.Net.Server.Geo;
using Cvmfs.Net.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cvmfs.Net.Server.Tests.Geo;

public sealed class NameCacheTests
{
    private static readonly IPAddress s_first = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress s_second = IPAddress.Parse("192.0.2.2");
    private static readonly IPAddress s_six = IPAddress.Parse("2001:db8::1");

    private readonly FakeClock _clock = new();
    private readonly CvmfsGeoOptions _options = new();
    private Func<string, Task<IPAddress[]>> _answer = _ => Task.FromResult<IPAddress[]>([s_six, s_first, s_second]);

    private static CancellationToken Patient => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Keeps_the_first_address_of_either_protocol_for_five_minutes()
    {
        var names = Cache();
        Assert.Equal(new HostAddresses(s_first, s_six), await names.FindAsync("a", Patient));
        _clock.Advance(TimeSpan.FromMinutes(4.9));
        Assert.Equal(new HostAddresses(s_first, s_six), await names.FindAsync("A", Patient));
        Assert.Equal(1, names.Lookups);
        _answer = _ => Task.FromResult<IPAddress[]>([s_second]);
        _clock.Advance(TimeSpan.FromMinutes(0.1));
        Assert.Equal(new HostAddresses(s_second, null), await names.FindAsync("a", Patient));
        Assert.Equal(2, names.Lookups);
    }

    [Fact]
    public async Task An_old_address_outlives_a_look_up_that_fails()
    {
        var names = Cache();
        await names.FindAsync("a", Patient);
        _clock.Advance(TimeSpan.FromMinutes(6));
        _answer = _ => Task.FromException<IPAddress[]>(new SocketException((int)SocketError.TryAgain));
        Assert.Equal(s_first, (await names.FindAsync("a", Patient)).IPv4);
        Assert.Equal(s_first, (await names.FindAsync("a", Patient)).IPv4);
        Assert.Equal(2, names.Lookups); // the failure is kept for a minute
        _answer = _ => Task.FromResult<IPAddress[]>([s_second]);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(s_second, (await names.FindAsync("a", Patient)).IPv4);
    }

    [Fact]
    public async Task That_a_name_has_no_address_is_kept_for_a_minute()
    {
        var names = Cache();
        _answer = name => name == "none" ? Task.FromResult<IPAddress[]>([]) : throw new ArgumentException("such a name there cannot be");
        Assert.True((await names.FindAsync("none", Patient)).IsEmpty);
        Assert.True((await names.FindAsync("bad", Patient)).IsEmpty);
        Assert.True((await names.FindAsync("none", Patient)).IsEmpty);
        Assert.Equal(2, names.Lookups);
        _clock.Advance(TimeSpan.FromMinutes(1));
        await names.FindAsync("none", Patient);
        Assert.Equal(3, names.Lookups);
    }

    [Fact]
    public async Task One_asks_while_others_use_the_old_answer_and_newcomers_wait()
    {
        var names = Cache();
        await names.FindAsync("old", Patient);
        _clock.Advance(TimeSpan.FromMinutes(6));
        var slow = new TaskCompletionSource<IPAddress[]>();
        _answer = _ => slow.Task;

        var asking = names.FindAsync("old", Patient).AsTask();
        Assert.Equal(s_first, (await names.FindAsync("old", Patient)).IPv4); // at once, from before
        var first = names.FindAsync("new", Patient).AsTask();
        var second = names.FindAsync("new", Patient).AsTask();
        Assert.False(first.IsCompleted || second.IsCompleted || asking.IsCompleted);

        slow.SetResult([s_second]);
        Assert.All(await Task.WhenAll(asking, first, second), found => Assert.Equal(s_second, found.IPv4));
        Assert.Equal(3, names.Lookups);
    }

    [Fact]
    public async Task Nobody_waits_longer_than_the_budget_and_the_answer_still_serves_the_next_one()
    {
        var names = Cache();
        var slow = new TaskCompletionSource<IPAddress[]>();
        _answer = _ => slow.Task;
        using var budget = new CancellationTokenSource(TimeSpan.FromSeconds(2), _clock);
        var asking = names.FindAsync("a", budget.Token).AsTask();
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.True((await asking).IsEmpty);
        slow.SetResult([s_first]);
        Assert.Equal(s_first, (await names.FindAsync("a", Patient)).IPv4);
        Assert.Equal(1, names.Lookups);
    }

    [Fact]
    public async Task Only_so_many_ask_at_once_also_when_those_who_asked_have_gone()
    {
        _options.MaxLookups = 2;
        var names = Cache();
        var slow = new TaskCompletionSource<IPAddress[]>();
        _answer = _ => slow.Task;
        using var budget = new CancellationTokenSource(TimeSpan.FromSeconds(2), _clock);
        var asking = Enumerable.Range(0, 50).Select(n => names.FindAsync($"n{n}", budget.Token).AsTask()).ToList();
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.All(await Task.WhenAll(asking), found => Assert.True(found.IsEmpty));
        Assert.Equal(2, names.Lookups); // the resolver has not ended: nobody else gets a turn
        slow.SetResult([s_first]);
        Assert.Equal(s_first, (await names.FindAsync("n50", Patient)).IPv4);
    }

    [Fact]
    public async Task Keeps_so_many_names_and_no_more()
    {
        _options.MaxNames = 100;
        var names = Cache();
        for (int n = 0; n < 1000; n++) await names.FindAsync($"n{n}", Patient);
        Assert.Equal(100, names.Count);
        await names.FindAsync("n999", Patient);
        Assert.Equal(1000, names.Lookups);
        await names.FindAsync("n0", Patient);
        Assert.Equal(1001, names.Lookups);
    }

    private NameCache Cache()
    {
        _options.Resolve = (name, _) => _answer(name);
        return new NameCache(_options, _clock, NullLogger.Instance);
    }
}
