namespace Cvmfs.Net.Monitoring.Serving;

/// <summary>Looks at servers again and again, each at its own pace, so many at a time: one that hangs delays only itself.</summary>
/// <param name="look">Looks at a server once; told how late it is. Throws only when cancelled.</param>
/// <param name="maxAtATime">Servers at a time.</param>
/// <param name="jitter">By how much a pause may differ from the interval, as a part of it: 0.1 for a tenth.</param>
/// <param name="clock">Clock of the pauses.</param>
/// <param name="random">Numbers from 0 to 1.</param>
internal sealed class ProbeLoops(Func<MonitoredServer, TimeSpan, CancellationToken, Task> look, int maxAtATime, double jitter, TimeProvider clock, Func<double> random)
{
    /// <summary>Runs until cancelled; then everything has ended.</summary>
    public async Task RunAsync(IReadOnlyList<MonitoredServer> servers, CancellationToken cancellationToken)
    {
        using var slots = new SemaphoreSlim(maxAtATime);
        await Task.WhenAll(servers.Select(server => LoopAsync(server, slots, cancellationToken))).ConfigureAwait(false);
    }

    private async Task LoopAsync(MonitoredServer server, SemaphoreSlim slots, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                long due = clock.GetTimestamp();
                await slots.WaitAsync(cancellationToken).ConfigureAwait(false);
                try
                {
                    await look(server, clock.GetElapsedTime(due), cancellationToken).ConfigureAwait(false);
                }
                finally
                {
                    slots.Release();
                }

                // From begin to begin, so that slow servers are not looked at less often; but never without a pause.
                var pause = (server.Interval * (1 + (jitter * ((2 * random()) - 1)))) - clock.GetElapsedTime(due);
                var shortest = server.Interval / 10;
                await Task.Delay(pause > shortest ? pause : shortest, clock, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // the end
        }
    }
}
