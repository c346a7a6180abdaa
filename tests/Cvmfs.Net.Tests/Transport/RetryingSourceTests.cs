using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Tests.Transport;

public sealed class RetryingSourceTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeClock _clock = new();
    private readonly FaultySource _faulty;

    public RetryingSourceTests()
    {
        _folder.Write(RootFileNames.Manifest, "manifest"u8);
        _faulty = new FaultySource(new DirectoryRepositorySource(_folder.Path));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Conforms("proxy", 36)]
    public async Task Pauses_double_up_to_the_most_and_end_after_the_last_retry()
    {
        for (int i = 0; i < 5; i++) _faulty.ThenFail();
        var source = Open(options => (options.Retries, options.Jitter) = (4, () => 1));
        var reading = source.OpenRootFileAsync(RootFileNames.Manifest).AsTask();
        foreach (int milliseconds in new[] { 500, 1000, 2000, 2000 })
        {
            await _clock.WhenTimersAsync(1);
            _clock.Advance(TimeSpan.FromMilliseconds(milliseconds - 1));
            Assert.Equal(1, _clock.ArmedTimers);
            _clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        await Assert.ThrowsAsync<CvmfsTransportException>(() => reading);
        Assert.Equal(5, _faulty.Asked.Count);
    }

    [Fact]
    public async Task What_succeeds_at_last_is_returned()
    {
        _faulty.ThenFail().ThenFail();
        var source = Open(options => options.Jitter = () => 0);
        Assert.Equal("manifest"u8.ToArray(), await source.ReadRootFileAsync(RootFileNames.Manifest));
        Assert.Equal(3, _faulty.Asked.Count);
    }

    [Fact]
    public async Task What_will_not_pass_is_not_tried_again()
    {
        _faulty.ThenFail(isTransient: false);
        await Assert.ThrowsAsync<CvmfsTransportException>(async () => await Open(_ => { }).RootFileExistsAsync(RootFileNames.Manifest));
        Assert.Single(_faulty.Asked);
    }

    [Fact]
    public async Task Absence_is_an_answer_and_not_tried_again()
    {
        Assert.Null(await Open(_ => { }).OpenRootFileAsync(RootFileNames.Whitelist));
        Assert.Single(_faulty.Asked);
    }

    [Fact]
    [Conforms("proxy", 32)]
    public async Task A_server_that_asks_for_a_pause_gets_it()
    {
        _faulty.ThenFail(retryAfter: TimeSpan.FromSeconds(20));
        var reading = Open(options => options.Jitter = () => 0).ReadRootFileAsync(RootFileNames.Manifest).AsTask();
        await _clock.WhenTimersAsync(1);
        _clock.Advance(TimeSpan.FromSeconds(19.9));
        Assert.False(reading.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        await reading;
    }

    [Fact]
    public async Task A_server_that_asks_for_too_long_a_pause_is_given_up()
    {
        _faulty.ThenFail(retryAfter: TimeSpan.FromHours(1));
        var fault = await Assert.ThrowsAsync<CvmfsTransportException>(async () => await Open(_ => { }).ReadRootFileAsync(RootFileNames.Manifest));
        Assert.Equal(TimeSpan.FromHours(1), fault.RetryAfter);
        Assert.Single(_faulty.Asked);
    }

    [Fact]
    public async Task Cancelling_ends_a_pause()
    {
        _faulty.ThenFail();
        using var caller = new CancellationTokenSource();
        var reading = Open(options => options.Jitter = () => 1).ReadRootFileAsync(RootFileNames.Manifest, cancellationToken: caller.Token).AsTask();
        await _clock.WhenTimersAsync(1);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    private RetryingSource Open(Action<RetryOptions> change)
    {
        var options = new RetryOptions { TimeProvider = _clock };
        change(options);
        return new RetryingSource(_faulty, options);
    }
}
