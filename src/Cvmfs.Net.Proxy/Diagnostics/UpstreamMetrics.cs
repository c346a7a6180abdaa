using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Upstreams;
using Cvmfs.Net.Trust;
using static Cvmfs.Net.Proxy.Diagnostics.ProxyMetrics;

namespace Cvmfs.Net.Proxy.Diagnostics;

/// <summary>What was asked of servers, and how that ended. Servers beyond a hundred are counted together: destinations may be patterns. Thread-safe.</summary>
internal sealed class UpstreamMetrics
{
    private const string Prefix = "cvmfs.cacheproxy.";
    private const int MaxServers = 100;

    private readonly Meter _meter;
    private readonly RepositoryNames _repositories;
    private readonly ConcurrentDictionary<string, string> _servers = new(StringComparer.OrdinalIgnoreCase);
    private int _places;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _bytes;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _failovers;
    private readonly Counter<long> _mismatches;
    private readonly Counter<long> _signatures;
    private readonly Counter<long> _peers;

    public UpstreamMetrics(Meter meter, RepositoryNames repositories)
    {
        (_meter, _repositories) = (meter, repositories);
        _requests = meter.CreateCounter<long>(Prefix + "upstream.requests", "{request}", "Requests to servers, by how they ended.");
        _bytes = meter.CreateCounter<long>(Prefix + "upstream", "By", "Body bytes that servers sent.");
        _duration = meter.CreateHistogram<double>(Prefix + "upstream.request.duration", "s", "Time from a request to the head of the answer.");
        _failovers = meter.CreateCounter<long>(Prefix + "upstream.failovers", "{request}", "Times another server was asked because one failed.");
        _mismatches = meter.CreateCounter<long>(Prefix + "hash_mismatch", "{object}", "Objects whose bytes did not match their name; none of them was kept.");
        _signatures = meter.CreateCounter<long>(Prefix + "signature_failures", "{document}", "Manifests and whitelists that were not signed as they must be.");
        _peers = meter.CreateCounter<long>(Prefix + "peer.requests", "{request}", "Requests to sibling caches, by how they ended.");
    }

    /// <summary>A request to a server ended.</summary>
    /// <param name="server">Host and port.</param>
    /// <param name="endpoint">What was asked for.</param>
    /// <param name="failure">How it ended.</param>
    /// <param name="status">Status of the answer; 0 where there was none.</param>
    /// <param name="toHead">Time to the head of the answer, or to the failure.</param>
    public void Ended(string server, Endpoint endpoint, UpstreamFailure failure, int status, TimeSpan toHead)
    {
        var tag = Server(server);
        string outcome = failure != UpstreamFailure.None ? "failed" : status is 404 or 410 ? "not_found" : status == 304 ? "not_modified" : status >= 400 ? "failed" : "ok";
        _requests.Add(1, tag, Tag("endpoint", EndpointName.Text(endpoint)), Tag("outcome", outcome), Tag("error_class", ErrorClass(failure, status)));
        _duration.Record(toHead.TotalSeconds, tag);
    }

    /// <summary>An exchange has come to the head of an answer, or failed before.</summary>
    public void Ended(UpstreamAttempt attempt, int status, UpstreamFailure failure, TimeSpan took)
    {
        string server = attempt.Asked!.Name;
        Ended(server, attempt.Endpoint, failure, status, took);
        if (attempt.IsSibling) PeerAsked(server, failure != UpstreamFailure.None ? "failed" : status == 200 ? "hit" : "miss");
    }

    /// <summary>Bytes of a body came.</summary>
    public void Received(string server, int bytes) => _bytes.Add(bytes, Server(server));

    /// <summary>After a failure of one server another was asked.</summary>
    public void FailedOver(string from, string to, UpstreamFailure reason, int status)
        => _failovers.Add(1, Tag("from", Bounded(from)), Tag("to", Bounded(to)), Tag("reason", ErrorClass(reason, status)));

    /// <summary>A server sent an object that is not what its name says.</summary>
    public void Mismatched(string server, Endpoint endpoint) => _mismatches.Add(1, Server(server), Tag("kind", EndpointName.Text(endpoint)));

    /// <summary>A manifest or whitelist was not signed as it must be.</summary>
    public void SignatureFailed(string repository, TrustFailure reason)
        => _signatures.Add(1, Tag("repository", _repositories.Served(Encoding.ASCII.GetBytes(repository)).Name), Tag("reason", JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString())));

    /// <summary>A sibling was asked.</summary>
    public void PeerAsked(string peer, string outcome) => _peers.Add(1, Tag("peer", Bounded(peer)), Tag("outcome", outcome));

    /// <summary>Follows which servers are well, and how many connections there are to each.</summary>
    public void Watch(Func<IEnumerable<(string Server, bool IsUp, int Connections)>> read)
    {
        _meter.CreateObservableGauge(Prefix + "upstream.up", () => Gather(static servers => servers.Any(static one => one.IsUp) ? 1 : 0), null, "Whether a server is asked.");
        _meter.CreateObservableGauge(Prefix + "upstream.active_connections", () => Gather(static servers => servers.Sum(static one => one.Connections)), null, "Connections in use.");

        // Those beyond the limit have one name, and may have one value only.
        IEnumerable<Measurement<int>> Gather(Func<IEnumerable<(string Server, bool IsUp, int Connections)>, int> value)
            => read().GroupBy(entry => Bounded(entry.Server)).Select(same => new Measurement<int>(value(same), Tag("server", same.Key)));
    }

    /// <summary>A failure in the words that monitor and proxy share.</summary>
    public static string ErrorClass(UpstreamFailure failure, int status) => failure switch
    {
        UpstreamFailure.Unreachable => "connect_refused",
        UpstreamFailure.NotPublic or UpstreamFailure.Unresolvable => "dns",
        UpstreamFailure.Timeout => "timeout",
        UpstreamFailure.Incomplete => "reset",
        UpstreamFailure.Corrupt => "hash_mismatch",
        _ => status switch { 403 => "http_403", 304 => "", 404 => "http_404", >= 500 => "http_5xx", >= 400 => "http_4xx", >= 300 => "redirect", _ => "" },
    };

    private KeyValuePair<string, object?> Server(string server) => Tag("server", Bounded(server));

    private string Bounded(string server)
    {
        if (_servers.TryGetValue(server, out string? known)) return known;
        // Counted here: the dictionary takes all of its locks to say how many it has, and those beyond the limit ask on every read.
        if (Volatile.Read(ref _places) >= MaxServers || Interlocked.Increment(ref _places) > MaxServers) return "other";
        if (!_servers.TryAdd(server, server)) Interlocked.Decrement(ref _places);
        return server;
    }
}
