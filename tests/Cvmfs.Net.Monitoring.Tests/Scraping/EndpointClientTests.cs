using Cvmfs.Net.Monitoring.Scraping;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests.Scraping;

public sealed class EndpointClientTests : IDisposable
{
    private const string Hanging = "http://s1.example.org/hangs";
    private readonly FakeClock _clock = new();
    private readonly DocumentHandler _network = new();
    private readonly HttpMessageInvoker _invoker;
    private readonly CancellationTokenSource _server = new();
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public EndpointClientTests()
    {
        _invoker = new HttpMessageInvoker(_network);
        _network.Put("http://s1.example.org/good", "good").Put("http://s1.example.org/more", "more");
        _network.Before = async (request, cancellationToken) =>
        {
            if (request.RequestUri!.AbsoluteUri != Hanging) return;
            _asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        };
    }

    public void Dispose()
    {
        _invoker.Dispose();
        _network.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task A_request_that_ran_out_of_time_gives_its_slot_to_the_next()
    {
        using var client = Client();
        var hanging = client.GetAsync(new Asked("other", new Uri(Hanging)), 100);
        await _asked.Task;
        var waiting = client.GetAsync(new Asked("other", new Uri("http://s1.example.org/good")), 100);
        Assert.Single(_network.Asked);
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(ErrorClass.Timeout, (await hanging).Error);
        Assert.Equal("good"u8.ToArray(), (await waiting).Body);
        Assert.Equal("more"u8.ToArray(), (await client.GetAsync(new Asked("other", new Uri("http://s1.example.org/more")), 100)).Body);
    }

    [Fact]
    public async Task A_reader_that_fails_gives_its_slot_back()
    {
        using var client = Client();
        var report = await client.AskAsync(new Asked("other", new Uri("http://s1.example.org/good")), HttpMethod.Get, (_, _, _) => throw new IOException("broke off"));
        Assert.Equal((ErrorClass.Reset, "broke off"), (report.Error, report.Detail));
        Assert.Equal(ErrorClass.None, (await client.GetAsync(new Asked("other", new Uri("http://s1.example.org/more")), 100)).Error);
    }

    [Fact]
    public async Task What_waits_when_the_servers_time_ends_was_never_asked_and_says_so()
    {
        using var client = Client();
        var hanging = client.GetAsync(new Asked("other", new Uri(Hanging)), 100);
        await _asked.Task;
        var waiting = client.GetAsync(new Asked("other", new Uri("http://s1.example.org/good")), 100);
        await _server.CancelAsync();
        Assert.Equal((ErrorClass.Timeout, ErrorClass.Cancelled), ((await hanging).Error, (await waiting).Error));
        Assert.Equal([Hanging], _network.Asked);
    }

    private EndpointClient Client()
    {
        var options = new ScraperOptions { MaxRequestsPerServer = 1, Retries = 0, TimeProvider = _clock };
        return new EndpointClient(_invoker, new Dialer(options), options, _server.Token, CancellationToken.None);
    }
}
