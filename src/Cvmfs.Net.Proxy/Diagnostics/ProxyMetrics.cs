using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using Cvmfs.Net.Diagnostics;

namespace Cvmfs.Net.Proxy.Diagnostics;

/// <summary>Instruments of one proxy, in the meter <c>Cvmfs.Net.Proxy</c>. What happens with every request is counted in stripes and read
/// when somebody looks; what is rare tells listeners at once. Thread-safe.</summary>
internal sealed class ProxyMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Cvmfs.Net.Proxy";

    private const string Prefix = "cvmfs.cacheproxy.";
    private const int Classes = 6; // of status codes; 0 where no status was sent
    private const int Denials = (int)DenialReason.TooLarge + 1;
    private const int Pairs = EndpointName.Count * RequestResults.Count;

    // A hit takes microseconds, a miss up to the seconds in which a client gives up.
    private static readonly double[] DurationBounds =
        [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    private static readonly string[] DenialNames = ["", "overload", "acl", "destination", "method", "too_large"];
    private static readonly string[] ClassNames = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"];
    private static readonly int Slots = DurationBounds.Length + 2; // the buckets, then the sum in microseconds

    private readonly Meter _meter = new(MeterName);
    private readonly StripedCounters _requests = new(Pairs * Classes);
    private readonly StripedCounters _durations = new(Pairs * Slots);
    private readonly StripedCounters _sent = new(RequestResults.Count);
    private readonly StripedCounters _denied = new(Denials);
    private readonly StripedCounters _running = new(1);
    private readonly ActiveClients _clients;

    public ProxyMetrics(TimeProvider? clock = null, IEnumerable<string>? repositories = null, int maxRepositories = 200)
    {
        _clients = new ActiveClients(clock ?? TimeProvider.System);
        Repositories = new RepositoryNames(repositories ?? [], maxRepositories);
        Upstream = new UpstreamMetrics(_meter, Repositories);
        Cache = new CacheMetrics(_meter);
        _meter.CreateObservableCounter(Prefix + "requests", ObserveRequests, "{request}", "Requests by what was asked for, how it was answered and class of status.");
        _ = new ObservableHistogram(_meter, Prefix + "request.duration", "s", "Time from the end of a request's head to the end of its answer.", DurationBounds, ObserveDurations);
        _meter.CreateObservableCounter(Prefix + "client", ObserveBytes, "By", "Body bytes from and to clients.");
        _meter.CreateObservableCounter(Prefix + "rejected", ObserveDenials, "{request}", "Requests that were refused, by reason.");
        _meter.CreateObservableCounter(Prefix + "repository.requests", ObserveRepositories, "{request}", "Requests by repository; those without a place of their own as other.");
        _meter.CreateObservableGauge(Prefix + "active_clients", () => _clients.Count(), "{client}", "Addresses that asked during the last five minutes, about.");
        _meter.CreateObservableGauge(Prefix + "active_requests", () => RunningRequests, "{request}", "Requests that wait for something other than the cache.");
    }

    /// <summary>The meter, for a listener that wants this proxy's instruments only.</summary>
    public Meter Meter => _meter;

    /// <summary>Repositories that are counted one by one.</summary>
    public RepositoryNames Repositories { get; }

    /// <summary>What was asked of servers.</summary>
    public UpstreamMetrics Upstream { get; }

    /// <summary>What is kept.</summary>
    public CacheMetrics Cache { get; }

    /// <summary>Requests between <see cref="Began"/> and <see cref="Finished"/>.</summary>
    public long RunningRequests => Math.Max(0, _running.Sum(0));

    /// <summary>Clients of the last five minutes.</summary>
    public int Clients => _clients.Count();

    /// <summary>A request begins to wait, for a fetch or a slow reader. Answers that are sent at once need not say so.</summary>
    public void Began() => _running.Add(0, 1);

    /// <summary>A request that began is over.</summary>
    public void Finished() => _running.Add(0, -1);

    /// <summary>Follows a number that somebody else knows.</summary>
    /// <param name="name">Name below <c>cvmfs.cacheproxy.</c></param>
    /// <param name="description">What it is.</param>
    /// <param name="read">Asked when somebody looks.</param>
    public void Watch(string name, string description, Func<long> read) => _meter.CreateObservableGauge(Prefix + name, read, null, description);

    /// <summary>Follows how old the manifests are that are served. Of a repository that several servers have, the youngest counts.</summary>
    public void WatchManifests(Func<IEnumerable<(string Repository, TimeSpan Age)>> read) => _meter.CreateObservableGauge(
        Prefix + "manifest.age",
        () => read().GroupBy(entry => Repositories.Find(Encoding.ASCII.GetBytes(entry.Repository)).Name)
            .Select(same => new Measurement<double>(same.Min(static entry => entry.Age).TotalSeconds, Tag("repository", same.Key))),
        "s",
        "Time since the manifest that is served left its server.");

    /// <summary>Counts what a component counts itself.</summary>
    public void WatchCounter(string name, string description, Func<long> read) => _meter.CreateObservableCounter(Prefix + name, read, null, description);

    /// <summary>Notes an answered request.</summary>
    public void Answered(in RequestRecord record)
    {
        int pair = ((int)EndpointName.Of(record.Kind, record.Key.Suffix) * RequestResults.Count) + (int)record.Result;
        _requests.Add((pair * Classes) + (record.Status is >= 100 and < 600 ? record.Status / 100 : 0), 1);
        _durations.Add((pair * Slots) + Bucket(record.Duration.TotalSeconds), 1);
        _durations.Add((pair * Slots) + Slots - 1, (long)record.Duration.TotalMicroseconds);
        if (record.Bytes > 0) _sent.Add((int)record.Result, record.Bytes);
        if (record.Denial != DenialReason.None) _denied.Add((int)record.Denial, 1);
        if (record.Client is { } client) _clients.Note(client);
        (record.Repository ?? Repositories.Other).Count(record.Result, record.Bytes);
    }

    /// <summary>Requests that ended so.</summary>
    public long Requests(RequestResult result)
    {
        long sum = 0;
        for (int endpoint = 0; endpoint < EndpointName.Count; endpoint++)
        {
            for (int status = 0; status < Classes; status++) sum += _requests.Sum((((endpoint * RequestResults.Count) + (int)result) * Classes) + status);
        }

        return sum;
    }

    /// <summary>Body bytes of answers that ended so.</summary>
    public long Sent(RequestResult result) => _sent.Sum((int)result);

    public void Dispose() => _meter.Dispose();

    internal static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);

    private static int Bucket(double seconds)
    {
        int bucket = 0;
        while (bucket < DurationBounds.Length && seconds > DurationBounds[bucket]) bucket++; // most end at the first
        return bucket;
    }

    private static IEnumerable<(int Pair, KeyValuePair<string, object?> Endpoint, KeyValuePair<string, object?> Result)> AllPairs()
    {
        for (int pair = 0; pair < Pairs; pair++)
        {
            yield return (pair, Tag("endpoint", EndpointName.Text((Endpoint)(pair / RequestResults.Count))), Tag("result", RequestResults.Text((RequestResult)(pair % RequestResults.Count))));
        }
    }

    private IEnumerable<Measurement<long>> ObserveRequests()
    {
        foreach (var (pair, endpoint, result) in AllPairs())
        {
            for (int status = 0; status < Classes; status++)
            {
                long count = _requests.Sum((pair * Classes) + status);
                bool usual = status == 2 && pair % RequestResults.Count <= (int)RequestResult.Collapsed; // shown before they happen, so that rates have a beginning
                if (count > 0 || usual) yield return new(count, endpoint, result, Tag("code_class", ClassNames[status]));
            }
        }
    }

    private IEnumerable<HistogramCounts> ObserveDurations()
    {
        foreach (var (pair, endpoint, result) in AllPairs())
        {
            long[] buckets = [.. Enumerable.Range(pair * Slots, Slots - 1).Select(_durations.Sum)];
            if (buckets.Sum() > 0) yield return new HistogramCounts(buckets, _durations.Sum((pair * Slots) + Slots - 1) / 1e6, endpoint, result);
        }
    }

    private IEnumerable<Measurement<long>> ObserveBytes()
    {
        yield return new(0, Tag("direction", "in")); // a request with a body is refused unread
        for (int result = 0; result < RequestResults.Count; result++)
        {
            yield return new(_sent.Sum(result), Tag("direction", "out"), Tag("result", RequestResults.Text((RequestResult)result)));
        }
    }

    private IEnumerable<Measurement<long>> ObserveDenials()
    {
        for (int reason = 1; reason < Denials; reason++) yield return new(_denied.Sum(reason), Tag("reason", DenialNames[reason]));
    }

    private IEnumerable<Measurement<long>> ObserveRepositories()
    {
        foreach (var repository in Repositories.All)
        {
            for (int result = 0; result < RequestResults.Count; result++)
            {
                long count = repository.Requests((RequestResult)result);
                if (count > 0) yield return new(count, Tag("repository", repository.Name), Tag("result", RequestResults.Text((RequestResult)result)));
            }
        }
    }
}
