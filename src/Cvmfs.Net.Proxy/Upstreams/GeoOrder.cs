using System.Globalization;
using System.Text;

namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>Servers by their distance from this proxy, as the geo API of one of them says; asked once an hour, in the background. Thread-safe.</summary>
internal sealed class GeoOrder(UpstreamPool pool, TimeProvider clock)
{
    private const int MaxReplyBytes = 4096;

    private static readonly TimeSpan s_askEvery = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_askAgainAfter = TimeSpan.FromMinutes(5); // when nobody could say

    private readonly Lock _lock = new();
    private IReadOnlyDictionary<string, int> _places = new Dictionary<string, int>();
    private long? _askedAt;
    private TimeSpan _next;
    private Task _asking = Task.CompletedTask;

    /// <summary>Completes when the question that is on its way, if any, is answered.</summary>
    internal Task Asking
    {
        get { lock (_lock) return _asking; }
    }

    /// <summary>Sorts servers by what is known at present; as they are given while nothing is.</summary>
    public IEnumerable<UpstreamBase> Sort(UpstreamBase[] bases)
    {
        IReadOnlyDictionary<string, int> places;
        lock (_lock)
        {
            bool isDue = _askedAt is not { } at || clock.GetElapsedTime(at) >= _next;
            if (isDue && _asking.IsCompleted && RepositoryMap.TrySplit(bases[0].Path, out _, out _))
            {
                (_askedAt, _next) = (clock.GetTimestamp(), s_askEvery);
                _asking = AskAsync(bases);
            }

            places = _places;
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

    private async Task AskAsync(UpstreamBase[] bases)
    {
        await Task.Yield(); // not under the lock
        // Sorted, so that all proxies of a site ask the same question and a cache can answer it.
        string[] hosts = [.. bases.Select(static one => one.Server.IdnHost).Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal)];
        foreach (var at in bases)
        {
            RepositoryMap.TrySplit(at.Path, out _, out string file);
            string path = $"{at.Path[..^file.Length]}/api/v1.0/geo/{pool.Pseudonym}/{string.Join(',', hosts)}";
            var attempt = pool.Probe(at.Server, path);
            using var answer = await pool.SendAsync(attempt, HttpMethod.Get, bypassCaches: false, null, CancellationToken.None).ConfigureAwait(false);
            if (answer.Status != 200 || await ReadAsync(answer).ConfigureAwait(false) is not { } reply || !TryParse(reply, hosts.Length, out int[] order)) continue;
            pool.Succeeded(attempt);
            var places = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
            for (int i = 0; i < order.Length; i++) places[hosts[order[i] - 1]] = i;
            lock (_lock) _places = places;
            return;
        }

        lock (_lock) _next = s_askAgainAfter;
    }

    private static async Task<string?> ReadAsync(UpstreamAnswer answer)
    {
        byte[] buffer = new byte[MaxReplyBytes];
        int length = 0;
        try
        {
            for (int read; length < buffer.Length && (read = await answer.ReadAsync(buffer.AsMemory(length), CancellationToken.None).ConfigureAwait(false)) > 0;) length += read;
        }
        catch (UpstreamException)
        {
            return null; // the next server is asked
        }

        return length < buffer.Length ? Encoding.ASCII.GetString(buffer, 0, length) : null;
    }
}
