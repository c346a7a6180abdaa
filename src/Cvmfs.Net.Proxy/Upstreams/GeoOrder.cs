using System.Globalization;
using System.Text;

namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>Servers by their distance from this proxy, as the geo API of one of them says; asked once an hour for each set of servers, in the
/// background. Thread-safe.</summary>
internal sealed class GeoOrder(UpstreamPool pool, TimeProvider clock)
{
    private const int MaxReplyBytes = 4096;

    /// <summary>Sets of servers whose order is remembered; repositories with patterns may make many.</summary>
    private const int MaxSets = 64;

    private static readonly TimeSpan s_askEvery = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_askAgainAfter = TimeSpan.FromMinutes(5); // when nobody could say

    private readonly Lock _lock = new();
    private readonly Dictionary<string, ServerSet> _sets = new(StringComparer.Ordinal);
    private readonly Queue<string> _oldest = new();

    /// <summary>Completes when the questions that are on their way, if any, are answered.</summary>
    internal Task Asking
    {
        get { lock (_lock) return Task.WhenAll(_sets.Values.Select(static set => set.Asking)); }
    }

    /// <summary>Sorts servers by what is known at present; as they are given while nothing is.</summary>
    public IEnumerable<UpstreamBase> Sort(UpstreamBase[] bases)
    {
        // Sorted, so that all proxies of a site ask the same question and a cache can answer it.
        string[] hosts = [.. bases.Select(static one => one.Server.IdnHost).Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal)];
        string question = string.Join(',', hosts);
        IReadOnlyDictionary<string, int> places;
        lock (_lock)
        {
            if (!_sets.TryGetValue(question, out var set))
            {
                if (_sets.Count >= MaxSets) _sets.Remove(_oldest.Dequeue());
                _oldest.Enqueue(question);
                _sets[question] = set = new ServerSet();
            }

            bool isDue = set.AskedAt is not { } at || clock.GetElapsedTime(at) >= set.Next;
            if (isDue && set.Asking.IsCompleted && RepositoryMap.TrySplit(bases[0].Path, out _, out _))
            {
                (set.AskedAt, set.Next) = (clock.GetTimestamp(), s_askEvery);
                set.Asking = AskAsync(set, hosts, bases);
            }

            places = set.Places;
        }

        return bases.OrderBy(one => places.GetValueOrDefault(one.Server.IdnHost, int.MaxValue));
    }

    /// <summary>Reads a reply: a permutation of 1 to <paramref name="count"/>, separated by commas, and a newline or none.</summary>
    internal static bool TryParse(string reply, int count, out int[] order)
    {
        order = [];
        string[] parts = (reply.EndsWith('\n') ? reply[..^1] : reply).Split(',');
        if (parts.Length != count) return false;
        var read = new int[count];
        for (int i = 0; i < count; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out read[i]) || read[i] < 1 || read[i] > count) return false;
        }

        if (read.Distinct().Count() != count) return false;
        order = read;
        return true;
    }

    private async Task AskAsync(ServerSet set, string[] hosts, UpstreamBase[] bases)
    {
        await Task.Yield(); // not under the lock
        foreach (var at in bases)
        {
            RepositoryMap.TrySplit(at.Path, out _, out string file);
            string path = $"{at.Path[..^file.Length]}/api/v1.0/geo/{pool.Pseudonym}/{string.Join(',', hosts)}";
            var attempt = pool.Probe(at.Server, path, Diagnostics.Endpoint.Geo);
            using var answer = await pool.SendAsync(attempt, HttpMethod.Get, bypassCaches: false, null, CancellationToken.None).ConfigureAwait(false);
            if (answer.Status != 200 || await ReadAsync(answer).ConfigureAwait(false) is not { } reply || !TryParse(reply, hosts.Length, out int[] order)) continue;
            pool.Succeeded(attempt);
            var places = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
            for (int i = 0; i < order.Length; i++) places[hosts[order[i] - 1]] = i;
            lock (_lock) set.Places = places;
            return;
        }

        lock (_lock) set.Next = s_askAgainAfter;
    }

    private static async Task<string?> ReadAsync(UpstreamAnswer answer)
    {
        try
        {
            return await answer.ReadWholeAsync(MaxReplyBytes, CancellationToken.None).ConfigureAwait(false) is { } reply ? Encoding.ASCII.GetString(reply.Span) : null;
        }
        catch (UpstreamException)
        {
            return null; // the next server is asked
        }
    }

    private sealed class ServerSet
    {
        public IReadOnlyDictionary<string, int> Places { get; set; } = new Dictionary<string, int>();

        public long? AskedAt { get; set; }

        public TimeSpan Next { get; set; }

        public Task Asking { get; set; } = Task.CompletedTask;
    }
}
