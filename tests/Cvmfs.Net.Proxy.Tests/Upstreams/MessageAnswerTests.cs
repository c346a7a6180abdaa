using System.IO.Pipelines;
using Cvmfs.Net.Proxy.Upstreams;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Proxy.Tests.Upstreams;

public sealed class MessageAnswerTests
{
    private readonly FakeClock _clock = new();
    private readonly Pipe _body = new();

    [Fact]
    public async Task A_body_that_falls_silent_ends_when_the_given_clock_says_so()
    {
        using var answer = Answer(CancellationToken.None);
        for (int i = 0; i < 3; i++)
        {
            var reading = answer.ReadAsync(new byte[10], TestContext.Current.CancellationToken);
            _clock.Advance(TimeSpan.FromSeconds(4));
            await _body.Writer.WriteAsync(new byte[1], TestContext.Current.CancellationToken);
            Assert.Equal(1, await reading);
            _clock.Advance(TimeSpan.FromSeconds(60)); // what is done with the bytes may take its time
        }

        var silent = answer.ReadAsync(new byte[10], TestContext.Current.CancellationToken).AsTask();
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(UpstreamFailure.Timeout, (await Assert.ThrowsAsync<UpstreamException>(() => silent)).Failure);
    }

    [Fact]
    public async Task Whoever_cancels_the_exchange_cancels_the_body()
    {
        using var exchange = new CancellationTokenSource();
        using var answer = Answer(exchange.Token);
        var reading = answer.ReadAsync(new byte[10], TestContext.Current.CancellationToken).AsTask();
        await exchange.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    private MessageAnswer Answer(CancellationToken caller)
    {
        var state = new ServerState(new Uri("https://h"), _clock);
        state.BeginExchange();
        var attempt = new UpstreamAttempt { Plan = null!, Server = state.Server, Asked = state, Path = "/" };
        return new MessageAnswer(attempt, new HttpResponseMessage { Content = new StreamContent(_body.Reader.AsStream()) }, new StallWatch(TimeSpan.FromSeconds(5), _clock), caller);
    }
}
