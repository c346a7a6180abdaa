using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Cvmfs.Net.Proxy.Upstreams.Http;

/// <summary>Addresses of names, kept for a while. Thread-safe.</summary>
/// <remarks>
/// <para>The system's resolver says nothing about how long an answer holds, so one lifetime is used for all. A name that is asked for after that
/// is looked up again in the background while the addresses known so far go on being used; a look-up that fails keeps them.</para>
/// <para>A name without addresses is remembered, too, for the shortest time: a storm of requests for it makes one question.</para>
/// </remarks>
internal sealed class NameCache(Func<string, CancellationToken, Task<IPAddress[]>> resolve, TimeSpan lifetime, TimeProvider clock)
{
    /// <summary>Shortest life of what was looked up, and of what could not be.</summary>
    public static readonly TimeSpan MinLifetime = TimeSpan.FromSeconds(5);

    /// <summary>Longest life.</summary>
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromMinutes(10);

    /// <summary>The system's resolver may take half a minute to say that nobody answers.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>Names that are remembered. Who may be named is configured; patterns make it many at most.</summary>
    private const int MaxNames = 4096;

    private readonly TimeSpan _lifetime = lifetime < MinLifetime ? MinLifetime : lifetime > MaxLifetime ? MaxLifetime : lifetime;
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Raised when addresses of a name are known for the first time, or are others than before.</summary>
    public event Action<string, IReadOnlyList<IPAddress>>? Changed;

    /// <summary>The addresses of a name, at once if any are known. Empty where the name has none.</summary>
    /// <param name="host">A name, or an address.</param>
    /// <param name="cancellationToken">Ends the wait, not the look-up: others may be waiting for it.</param>
    public ValueTask<IReadOnlyList<IPAddress>> FindAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var literal)) return new([literal]);
        if (_entries.Count > MaxNames) _entries.Clear();
        var entry = _entries.GetOrAdd(host, static _ => new Entry());
        Task<IReadOnlyList<IPAddress>> running;
        lock (entry)
        {
            if (entry.IsKnown && clock.GetUtcNow() < entry.Until) return new(entry.Addresses);
            running = entry.Running ??= LookUpAsync(host, entry);
            if (entry.Addresses.Count > 0) return new(entry.Addresses);
        }

        return new(running.WaitAsync(cancellationToken));
    }

    /// <summary>Begins to look a name up again if what is known of it is old.</summary>
    public void Refresh(string host) => _ = FindAsync(host, CancellationToken.None).AsTask(); // never fails: it has no addresses then

    private async Task<IReadOnlyList<IPAddress>> LookUpAsync(string host, Entry entry)
    {
        await Task.Yield(); // not under the caller's lock
        IReadOnlyList<IPAddress> found = [];
        try
        {
            using var patience = new CancellationTokenSource(s_patience, clock);
            found = [.. (await resolve(host, patience.Token).WaitAsync(patience.Token).ConfigureAwait(false)).Distinct()];
        }
        catch (Exception failed) when (failed is SocketException or OperationCanceledException or ArgumentException)
        {
            // No addresses: the caller says so, and the next look-up is due soon.
        }

        bool changed;
        lock (entry)
        {
            changed = found.Count > 0 && !new HashSet<IPAddress>(found).SetEquals(entry.Addresses);
            if (found.Count > 0) entry.Addresses = found;
            entry.IsKnown = true;
            entry.Until = clock.GetUtcNow() + (found.Count > 0 ? _lifetime : MinLifetime);
            entry.Running = null;
            found = entry.Addresses;
        }

        if (changed) Changed?.Invoke(host, found);
        return found;
    }

    private sealed class Entry
    {
        public IReadOnlyList<IPAddress> Addresses { get; set; } = [];

        public DateTimeOffset Until { get; set; }

        public bool IsKnown { get; set; }

        public Task<IReadOnlyList<IPAddress>>? Running { get; set; }
    }
}
