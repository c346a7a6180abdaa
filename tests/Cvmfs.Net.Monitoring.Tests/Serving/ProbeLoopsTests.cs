using System.Collections.Concurrent;
using System.Threading.Channels;
using Cvmfs.Net.Monitoring.Serving;
using Cvmfs.Net.Monitoring.StatusPage;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests.Serving;

public sealed class ProbeLoopsTests
{
    private readonly FakeClock _clock = new();

    [Fact]
    public async Task One_server_that_hangs_delays_nobody()
    {
        var looks = Channel.CreateUnbounded<string>();
        var loops = new ProbeLoops(async (server, _, cancellationToken) =>
        {
            looks.Writer.TryWrite(server.Target.Name);
            if (server.Target.Name == "hangs.example.org") await Task.Delay(Timeout.Infinite, cancellationToken);
        }, maxAtATime: 2, jitter: 0, _clock, () => 0.5);
        using var stop = new CancellationTokenSource();
        var run = loops.RunAsync([Server("hangs.example.org"), Server("a.example.org"), Server("b.example.org")], stop.Token);
        for (int round = 0; round < 3; round++)
        {
            var seen = new HashSet<string>();
            while (seen.Count < (round == 0 ? 3 : 2)) seen.Add(await looks.Reader.ReadAsync(TestContext.Current.CancellationToken));
            Assert.Superset(new HashSet<string> { "a.example.org", "b.example.org" }, seen);
            await _clock.WhenTimersAsync(2);
            _clock.Advance(TimeSpan.FromSeconds(120));
        }

        await stop.CancelAsync();
        await run;
    }

    [Fact]
    public async Task No_more_servers_at_a_time_than_allowed_and_lateness_is_told()
    {
        int now = 0, most = 0;
        var lags = new ConcurrentQueue<TimeSpan>();
        var gate = new SemaphoreSlim(0);
        var started = new SemaphoreSlim(0);
        var loops = new ProbeLoops(async (_, lag, cancellationToken) =>
        {
            int at = Interlocked.Increment(ref now);
            InterlockedMax(ref most, at);
            lags.Enqueue(lag);
            started.Release();
            await gate.WaitAsync(cancellationToken);
            Interlocked.Decrement(ref now);
        }, maxAtATime: 3, jitter: 0, _clock, () => 0.5);
        using var stop = new CancellationTokenSource();
        var run = loops.RunAsync([.. Enumerable.Range(0, 20).Select(i => Server($"s{i}.example.org"))], stop.Token);
        for (int i = 0; i < 3; i++) await started.WaitAsync(TestContext.Current.CancellationToken);
        _clock.Advance(TimeSpan.FromSeconds(7));
        gate.Release(17);
        for (int i = 0; i < 17; i++) await started.WaitAsync(TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await run;
        Assert.Equal(3, most);
        Assert.Equal(3, lags.Count(lag => lag == TimeSpan.Zero));
        Assert.Equal(17, lags.Count(lag => lag >= TimeSpan.FromSeconds(6.99)));
    }

    [Theory]
    [InlineData(0.0, 108)]
    [InlineData(0.5, 120)]
    [InlineData(1.0, 132)]
    public async Task Pauses_differ_by_a_tenth_of_the_interval(double random, int seconds)
    {
        int looks = 0;
        var loops = new ProbeLoops((_, _, _) =>
        {
            looks++;
            return Task.CompletedTask;
        }, 1, 0.1, _clock, () => random);
        using var stop = new CancellationTokenSource();
        var run = loops.RunAsync([Server("a.example.org")], stop.Token);
        await _clock.WhenTimersAsync(1);
        _clock.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, looks);
        _clock.Advance(TimeSpan.FromMilliseconds(2));
        await _clock.WhenTimersAsync(1);
        Assert.Equal(2, looks);
        await stop.CancelAsync();
        await run;
    }

    internal static MonitoredServer Server(string name, int seconds = 120)
    {
        var target = ScrapeTarget.Parse(name) with { Role = ServerRole.Stratum1 };
        return new MonitoredServer(target, new StatusPageServerSettings(name, ServerRole.Stratum1), TimeSpan.FromSeconds(seconds));
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (int seen = Volatile.Read(ref target); value > seen; seen = Volatile.Read(ref target)) Interlocked.CompareExchange(ref target, value, seen);
    }
}
