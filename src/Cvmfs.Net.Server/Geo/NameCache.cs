using System.Net;
using Cvmfs.Net.Server.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Server.Geo;

/// <summary>Addresses of names, kept for minutes. Thread-safe.</summary>
/// <remarks>
/// <para>One look-up of a name at a time: while it runs, those who have an old answer use it, the others wait within their budget. An old answer also
/// outlives a look-up that fails. That a name has no address is kept too, for a shorter time.</para>
/// <para>Bounded: so many names, the oldest going first; so many look-ups, each of which keeps its place until the resolver has really ended, since an
/// abandoned one still holds a thread; and so many waiting for a place, each for no longer than the budget.</para>
/// </remarks>
#pragma warning disable CA1001 // a semaphore whose wait handle nobody asks for holds nothing to free, and late look-ups still give their turns back
internal sealed class NameCache(CvmfsGeoOptions options, TimeProvider time, ILogger logger)
#pragma warning restore CA1001
{
    /// <summary>Most look-ups that run or wait for their turn. Names beyond count as unknown.</summary>
    private const int MaxPending = 1024;

    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve = options.Resolve ?? Dns.GetHostAddressesAsync;
    private readonly SemaphoreSlim _turns = new(options.MaxLookups, options.MaxLookups);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.OrdinalIgnoreCase);
    private readonly Queue<string> _oldest = new();
    private int _pending;
    private long _lookups;

    /// <summary>Questions put to the resolver so far.</summary>
    public long Lookups => Interlocked.Read(ref _lookups);

    /// <summary>Names that are kept.</summary>
    public int Count
    {
        get { lock (_gate) return _entries.Count; }
    }

    /// <summary>The addresses of a name; empty where it has none, or none became known before the budget ran out.</summary>
    /// <param name="name">A usable name.</param>
    /// <param name="budget">Cancelled when the request has waited long enough.</param>
    public async ValueTask<HostAddresses> FindAsync(string name, CancellationToken budget)
    {
        Entry entry;
        TaskCompletionSource? mine = null;
        Task ended;
        lock (_gate)
        {
            entry = Get(name);
            if (entry.Ended is null)
            {
                if (entry.IsKnown && time.GetElapsedTime(entry.AskedAt) < entry.Lifetime) return entry.Addresses;
                if (_pending >= MaxPending) return entry.Addresses;
                _pending++;
                mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                entry.Ended = mine.Task;
            }
            else if (!entry.Addresses.IsEmpty)
            {
                return entry.Addresses; // somebody is asking already
            }

            ended = entry.Ended;
        }

        // Not awaited: it outlives this request where the resolver does, and ends by completing the source that others wait for.
        if (mine is not null) _ = RefreshAsync(name, entry, mine);
        try
        {
            await ended.WaitAsync(budget).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The budget is spent; what is known by now counts.
        }

        lock (_gate) return entry.Addresses;
    }

    private Entry Get(string name)
    {
        if (_entries.TryGetValue(name, out var entry)) return entry;
        while (_entries.Count >= options.MaxNames) _entries.Remove(_oldest.Dequeue());
        _oldest.Enqueue(name);
        return _entries[name] = new Entry();
    }

    private async Task RefreshAsync(string name, Entry entry, TaskCompletionSource ended)
    {
        HostAddresses? found = null;
        bool asked = false;
        try
        {
            asked = await TakeTurnAsync().ConfigureAwait(false);
            if (asked) found = await AskAsync(name).ConfigureAwait(false);
        }
        finally
        {
            if (asked) _turns.Release();
            lock (_gate)
            {
                _pending--;
                entry.Ended = null;
                // Without an answer the old one stays good for a while; without a turn nothing was learnt.
                if (found is { IsEmpty: false } addresses) entry.Set(addresses, options.NameLifetime, time.GetTimestamp());
                else if (asked) entry.Set(entry.Addresses, options.FailedNameLifetime, time.GetTimestamp());
            }

            ended.SetResult();
        }
    }

    private async Task<bool> TakeTurnAsync()
    {
        using var patience = new CancellationTokenSource(options.LookupBudget, time);
        try
        {
            await _turns.WaitAsync(patience.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<HostAddresses?> AskAsync(string name)
    {
        Interlocked.Increment(ref _lookups);
        HostAddresses? found = null;
        try
        {
            found = HostAddresses.From(await _resolve(name, CancellationToken.None).ConfigureAwait(false));
        }
        catch (Exception e) when (e is not OutOfMemoryException) // the resolver may be anybody's, and no name may cost an answer
        {
            logger.NameUnresolved(name, e);
        }

        GeoMetrics.NameLookup(found is { IsEmpty: false });
        return found;
    }

    private sealed class Entry
    {
        /// <summary>Completed when the look-up that runs has ended; null while none runs.</summary>
        public Task? Ended { get; set; }

        public HostAddresses Addresses { get; private set; }

        public bool IsKnown { get; private set; }

        public TimeSpan Lifetime { get; private set; }

        public long AskedAt { get; private set; }

        public void Set(HostAddresses addresses, TimeSpan lifetime, long askedAt)
            => (Addresses, IsKnown, Lifetime, AskedAt) = (addresses, true, lifetime, askedAt);
    }
}
