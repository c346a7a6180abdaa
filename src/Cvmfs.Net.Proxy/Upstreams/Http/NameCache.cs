using System.Net;
using System.Net.Sockets;

namespace Cvmfs.Net.Proxy.Upstreams.Http;

/// <summary>Addresses of names, kept for a while. Thread-safe.</summary>
/// <remarks>
/// <para>The system's resolver says nothing about how long an answer holds, so one lifetime is used for all. A name that is asked for after that
/// is looked up again in the background while the addresses known so far go on being used; a look-up that fails keeps them.</para>
/// <para>A name without addresses is remembered, too, for the shortest time: a storm of requests for it makes one question.</para>
/// <para>Bounded: so many names, the oldest going first; so many look-ups, each of which keeps its place until the resolver has really ended, since
/// an abandoned one still holds a thread; and so many waiting for a place.</para>
/// </remarks>
#pragma warning disable CA1001 // a semaphore whose wait handle nobody asks for holds nothing to free, and late look-ups still give their turns back
internal sealed class NameCache(Func<string, CancellationToken, Task<IPAddress[]>> resolve, TimeSpan lifetime, TimeProvider clock)
#pragma warning restore CA1001
{
    /// <summary>Shortest life of what was looked up, and of what could not be.</summary>
    public static readonly TimeSpan MinLifetime = TimeSpan.FromSeconds(5);

    /// <summary>Longest life.</summary>
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromMinutes(10);

    /// <summary>The system's resolver may take half a minute to say that nobody answers.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>Names that are remembered. Who may be named is configured; patterns make it many at most.</summary>
    private const int MaxNames = 4096;

    /// <summary>Look-ups at once.</summary>
    private const int MaxLookUps = 16;

    /// <summary>Look-ups that run or wait for their turn. Names beyond have no address for the moment.</summary>
    private const int MaxPending = 256;

    private readonly TimeSpan _lifetime = lifetime < MinLifetime ? MinLifetime : lifetime > MaxLifetime ? MaxLifetime : lifetime;
    private readonly SemaphoreSlim _turns = new(MaxLookUps, MaxLookUps);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.OrdinalIgnoreCase);
    private readonly Queue<string> _oldest = new();
    private int _pending;

    /// <summary>Raised when addresses of a name are known for the first time, or are others than before.</summary>
    public event Action<string, IReadOnlyList<IPAddress>>? Changed;

    /// <summary>The addresses of a name, at once if any are known. Empty where the name has none.</summary>
    /// <param name="host">A name, or an address.</param>
    /// <param name="cancellationToken">Ends the wait, not the look-up: others may be waiting for it.</param>
    public ValueTask<IReadOnlyList<IPAddress>> FindAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var literal)) return new([literal]);
        Task<IReadOnlyList<IPAddress>> running;
        lock (_lock)
        {
            var entry = Get(host);
            if (entry.IsKnown && clock.GetUtcNow() < entry.Until) return new(entry.Addresses);
            if (entry.Running is null)
            {
                if (_pending >= MaxPending) return new(entry.Addresses);
                _pending++;
                entry.Running = LookUpAsync(host, entry);
            }

            running = entry.Running;
            if (entry.Addresses.Count > 0) return new(entry.Addresses);
        }

        return new(running.WaitAsync(cancellationToken));
    }

    /// <summary>Begins to look a name up again if what is known of it is old.</summary>
    public void Refresh(string host) => _ = FindAsync(host, CancellationToken.None).AsTask(); // never fails: it has no addresses then

    private Entry Get(string host)
    {
        if (_entries.TryGetValue(host, out var entry)) return entry;
        while (_entries.Count >= MaxNames) _entries.Remove(_oldest.Dequeue());
        _oldest.Enqueue(host);
        return _entries[host] = new Entry();
    }

    private async Task<IReadOnlyList<IPAddress>> LookUpAsync(string host, Entry entry)
    {
        await Task.Yield(); // not under the caller's lock
        IReadOnlyList<IPAddress>? found = null;
        try
        {
            found = await AskAsync(host).ConfigureAwait(false);
        }
        catch (Exception failed) when (failed is SocketException or OperationCanceledException or ArgumentException)
        {
            found = []; // the caller says so, and the next look-up is due soon
        }

        bool changed;
        lock (_lock)
        {
            _pending--;
            entry.Running = null;
            changed = found is { Count: > 0 } && !new HashSet<IPAddress>(found).SetEquals(entry.Addresses);
            if (found is not null) // without a turn nothing was learnt
            {
                if (found.Count > 0) entry.Addresses = found;
                entry.IsKnown = true;
                entry.Until = clock.GetUtcNow() + (found.Count > 0 ? _lifetime : MinLifetime);
            }

            found = entry.Addresses;
        }

        if (changed) Changed?.Invoke(host, found);
        return found;
    }

    /// <summary>Asks the resolver when it is this name's turn. Null where that did not come.</summary>
    private async Task<IReadOnlyList<IPAddress>?> AskAsync(string host)
    {
        using var patience = new CancellationTokenSource(s_patience, clock);
        try
        {
            await _turns.WaitAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return null;
        }

        var asking = ResolveAsync(host, patience.Token);
        return [.. (await asking.WaitAsync(patience.Token).ConfigureAwait(false)).Distinct()];
    }

    /// <summary>Ends when the resolver does, which may be long after anybody waits; only then is it the next one's turn.</summary>
    private async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        try
        {
            return await resolve(host, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turns.Release();
        }
    }

    private sealed class Entry
    {
        public IReadOnlyList<IPAddress> Addresses { get; set; } = [];

        public DateTimeOffset Until { get; set; }

        public bool IsKnown { get; set; }

        public Task<IReadOnlyList<IPAddress>>? Running { get; set; }
    }
}
