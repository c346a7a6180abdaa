using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Tests.Transport;

public sealed class ByteRateLimitTests
{
    private readonly FakeClock _clock = new();

    [Fact]
    public async Task Who_has_received_more_than_allowed_waits_until_it_is_paid_off()
    {
        var limit = new ByteRateLimit(1000, _clock);
        limit.Charge(2100); // 0.1 s of it was unused
        var waiting = limit.WaitAsync(TestContext.Current.CancellationToken).AsTask();
        _clock.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(waiting.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(0.2));
        await waiting;
        Assert.True(limit.WaitAsync(TestContext.Current.CancellationToken).AsTask().IsCompletedSuccessfully);
    }

    [Fact]
    public void Unused_time_is_not_saved_up()
    {
        var limit = new ByteRateLimit(1000, _clock);
        _clock.Advance(TimeSpan.FromHours(1));
        limit.Charge(1100);
        Assert.False(limit.WaitAsync(TestContext.Current.CancellationToken).AsTask().IsCompleted);
    }

    [Fact]
    public async Task A_source_keeps_to_it_for_small_and_large_bodies()
    {
        await using var stratum = await FakeStratum.StartAsync();
        stratum.Mount("/cvmfs/x.example.org/", path => ValueTask.FromResult<byte[]?>(new byte[path == "large" ? 200_000 : 1000]));
        var limit = new ByteRateLimit(100_000, _clock);
        await using var source = new HttpRepositorySource(stratum.UrlOf("x.example.org"), new HttpRepositorySourceOptions { RateLimits = [limit] });
        for (int i = 0; i < 5; i++) await source.ReadRootFileAsync("small", cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(limit.WaitAsync(TestContext.Current.CancellationToken).AsTask().IsCompleted); // the burst
        var large = source.ReadRootFileAsync("large", cancellationToken: TestContext.Current.CancellationToken).AsTask();
        while (!large.IsCompleted)
        {
            await Task.WhenAny(large, _clock.WhenTimersAsync(1));
            _clock.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.Equal(200_000, (await large)!.Length);
        Assert.True(_clock.GetUtcNow() - new FakeClock().GetUtcNow() > TimeSpan.FromSeconds(1));
    }
}
