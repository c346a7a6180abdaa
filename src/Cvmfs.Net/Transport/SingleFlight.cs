namespace Cvmfs.Net.Transport;

/// <summary>Lets concurrent requests for the same thing share one piece of work. Thread-safe.</summary>
/// <remarks>The work belongs to nobody: it has its own token, which is cancelled when the last waiter has left. A waiter's own token ends
/// only its waiting. Results and failures are not kept: whoever comes after the end starts anew.</remarks>
/// <typeparam name="TKey">What is asked for.</typeparam>
/// <typeparam name="TResult">What all waiters get; shared, so nobody owns it alone.</typeparam>
public sealed class SingleFlight<TKey, TResult>
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, Flight> _flights = [];

    /// <summary>Pieces of work under way.</summary>
    public int Count
    {
        get { lock (_lock) return _flights.Count; }
    }

    /// <summary>Joins the work for a key, starting it where there is none.</summary>
    /// <param name="key">What is asked for.</param>
    /// <param name="work">Starts the work; runs on the thread of the first to ask, up to its first wait.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled.</exception>
    public async Task<TResult> RunAsync(TKey key, Func<CancellationToken, Task<TResult>> work, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        cancellationToken.ThrowIfCancellationRequested();
        bool isLeader = false;
        Flight? flight;
        lock (_lock)
        {
            if (!_flights.TryGetValue(key, out flight))
            {
                _flights[key] = flight = new Flight();
                isLeader = true;
            }

            flight.Waiters++;
        }

        var flown = isLeader ? FlyAsync(key, flight, work) : Task.CompletedTask;
        try
        {
            var result = await flight.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            await flown.ConfigureAwait(false); // over by now; awaited so that nothing of ours runs unobserved
            return result;
        }
        finally
        {
            Leave(key, flight);
        }
    }

    private async Task FlyAsync(TKey key, Flight flight, Func<CancellationToken, Task<TResult>> work)
    {
        try
        {
            var result = await work(flight.Token).ConfigureAwait(false);
            Land(key, flight);
            flight.SetResult(result);
        }
        catch (OperationCanceledException fault)
        {
            Land(key, flight);
            flight.SetCanceled(fault.CancellationToken);
        }
#pragma warning disable CA1031 // whatever it is, it belongs to the waiters
        catch (Exception fault)
        {
            Land(key, flight);
            flight.SetException(fault);
        }
#pragma warning restore CA1031
    }

    private void Land(TKey key, Flight flight)
    {
        lock (_lock)
        {
            RemoveLocked(key, flight);
        }
    }

    private void RemoveLocked(TKey key, Flight flight)
    {
        if (_flights.TryGetValue(key, out var current) && ReferenceEquals(current, flight)) _flights.Remove(key);
    }

    private void Leave(TKey key, Flight flight)
    {
        lock (_lock)
        {
            if (--flight.Waiters > 0) return;
            RemoveLocked(key, flight); // under the same lock: nobody may join work that is about to be stopped
        }

        flight.Stop();
    }

#pragma warning disable CA1001 // a token source without timer and links holds nothing to free, and late work may still look at its token
    private sealed class Flight : TaskCompletionSource<TResult>
    {
        private readonly CancellationTokenSource _stop = new();

        public Flight() : base(TaskCreationOptions.RunContinuationsAsynchronously)
        {
        }

        public CancellationToken Token => _stop.Token;

        public int Waiters { get; set; }

        public void Stop()
        {
            if (!Task.IsCompleted) _stop.Cancel();
        }
    }
#pragma warning restore CA1001
}
