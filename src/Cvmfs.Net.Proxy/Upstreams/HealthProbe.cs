namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>Asks configured servers, parents and siblings now and then whether they are well, so that a dead one is known before a request meets it.</summary>
internal sealed class HealthProbe : IDisposable
{
    private readonly UpstreamPool _pool;
    private readonly Func<ProxyUpstreamOptions> _options;
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _timer;
    private int _running;

    public HealthProbe(UpstreamPool pool, Func<ProxyUpstreamOptions> options, TimeProvider clock)
    {
        (_pool, _options) = (pool, options);
        _timer = clock.CreateTimer(static probe => ((HealthProbe)probe!).Begin(), this, options().ProbeInterval, options().ProbeInterval);
    }

    /// <summary>The latest round; completes when all have answered or failed.</summary>
    public Task Round { get; private set; } = Task.CompletedTask;

    public void Dispose()
    {
        _timer.Dispose();
        _stop.Cancel();
        _stop.Dispose();
    }

    private void Begin()
    {
        if (Interlocked.Exchange(ref _running, 1) == 0) Round = RunAsync(); // otherwise the last one is not through yet
    }

    private async Task RunAsync()
    {
        try
        {
            var parents = _pool.Parents?.Groups.Alive.Where(static member => !member.IsDirect).Select(static member => new Uri(member.Url!)) ?? [];
            var options = _options();
            await Task.WhenAll(options.Servers.Concat(options.Siblings.Where(one => one != options.Self)).Concat(parents).Select(ProbeAsync)).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The proxy closes.
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }

    private async Task ProbeAsync(Uri server)
    {
        var attempt = _pool.Probe(server, _options().ProbePath, Diagnostics.Endpoint.Probe);
        using var answer = await _pool.SendAsync(attempt, HttpMethod.Head, bypassCaches: false, null, _stop.Token).ConfigureAwait(false);
        if (answer.Status is > 0 and < 300) _pool.Succeeded(attempt);
    }
}
