using Cvmfs.Net.Diagnostics;
using Cvmfs.Net.Monitoring.Tracking;

namespace Cvmfs.Net.Monitoring.Reporting;

/// <summary>What was counted over many runs. Counters only grow; every label set that is known is there from the first run. Thread-safe.</summary>
public sealed class ProbeCounters
{
    private static readonly double[] Bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
    private static readonly string[] Outcomes = ["reachable", "partial", "unreachable"];
    private const long MinThroughputBytes = 1 << 20;

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, double> _runs = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, double> _requests = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, double> _bytes = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, double> _redirects = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, double> _samples = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, double> _lastFailures = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, double> _throughput = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Durations> _durations = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _servers = new(StringComparer.Ordinal); // labels by name

    /// <summary>Takes in one run of one server.</summary>
    /// <param name="server">The report.</param>
    /// <param name="vantage">The label <c>vantage</c>; the same at every call.</param>
    public void Observe(ServerReport server, string? vantage = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        string labels = new MetricsOptions { Vantage = vantage }.LabelsOf(server);
        lock (_gate)
        {
            if (_servers.TryGetValue(server.Target.Name, out string? before) && before != labels) Drop(before); // in another environment now
            _servers[server.Target.Name] = labels;
            foreach (string outcome in Outcomes) Add(_runs, PrometheusText.Labels(labels, ("outcome", outcome)), 0);
            foreach (string endpoint in EndpointNames.All)
            {
                Add(_requests, PrometheusText.Labels(labels, ("endpoint", endpoint), ("outcome", "ok"), ("error_class", "")), 0);
                Add(_bytes, PrometheusText.Labels(labels, ("endpoint", endpoint)), 0);
            }

            Add(_redirects, labels, 0);
            Add(_runs, PrometheusText.Labels(labels, ("outcome", server.Outcome.ToString().ToLowerInvariant())), 1);
            foreach (var endpoint in server.Endpoints) Take(endpoint, labels);
            foreach (var repository in server.Repositories) Take(repository, server.ScrapedAt, PrometheusText.Labels(labels, ("repository", repository.Name.ToString())));
        }
    }

    /// <summary>Forgets servers that are no more.</summary>
    internal void Keep(IReadOnlySet<string> servers)
    {
        lock (_gate)
        {
            foreach (string gone in _servers.Keys.Where(name => !servers.Contains(name)).ToList())
            {
                Drop(_servers[gone]);
                _servers.Remove(gone);
            }
        }
    }

    internal void WriteTo(PrometheusText text, MetricsOptions options)
    {
        lock (_gate)
        {
            Write("cvmfs_probe_runs_total", PrometheusText.Counter, "Probes of servers.", _runs);
            Write("cvmfs_probe_requests_total", PrometheusText.Counter, "Requests.", _requests);
            Write("cvmfs_probe_response_bytes_total", PrometheusText.Counter, "Bytes of bodies.", _bytes);
            Write("cvmfs_probe_redirects_total", PrometheusText.Counter, "Redirects that were followed.", _redirects);
            Write("cvmfs_probe_throughput_bytes_per_second", PrometheusText.Gauge, "Speed of the last object of 1 MiB or more.", _throughput);
            Write("cvmfs_probe_object_samples_total", PrometheusText.Counter, "Objects that were asked for.", _samples);
            Write("cvmfs_probe_object_last_failure_timestamp_seconds", PrometheusText.Gauge, "Last time an object was missing or corrupt.", _lastFailures);
            text.Family("cvmfs_probe_request_duration_seconds", PrometheusText.Histogram, "Durations of requests.");
            foreach (var (labels, durations) in _durations) text.Distribution("cvmfs_probe_request_duration_seconds", labels, Bounds, durations.Counts, durations.Sum);
        }

        void Write(string name, string type, string help, SortedDictionary<string, double> samples)
        {
            text.Family(name, type, help);
            foreach (var (labels, value) in samples) text.Sample(name, labels, value);
        }
    }

    private void Drop(string labels)
    {
        foreach (var samples in (SortedDictionary<string, double>[])[_runs, _requests, _bytes, _redirects, _samples, _lastFailures, _throughput]) DropFrom(samples);
        DropFrom(_durations);

        void DropFrom<T>(SortedDictionary<string, T> samples)
        {
            // The labels of a server end with a quotation mark, so no other server's begin with them.
            foreach (string key in samples.Keys.Where(key => key.StartsWith(labels, StringComparison.Ordinal)).ToList()) samples.Remove(key);
        }
    }

    private static void Add(SortedDictionary<string, double> counters, string labels, double value) => counters[labels] = counters.GetValueOrDefault(labels) + value;

    private void Take(EndpointReport endpoint, string labels)
    {
        string name = EndpointNames.Normalize(endpoint.Endpoint);
        bool isOk = endpoint.Error == ErrorClass.None;
        Add(_requests, PrometheusText.Labels(labels, ("endpoint", name), ("outcome", isOk ? "ok" : "error"), ("error_class", endpoint.Error.Name())), endpoint.Attempts);
        Add(_bytes, PrometheusText.Labels(labels, ("endpoint", name)), endpoint.Bytes);
        Add(_redirects, labels, endpoint.Redirects);
        string family = NetworkFamilies.Family(endpoint.Family);
        if (endpoint.Error == ErrorClass.Cancelled) return;
        string key = PrometheusText.Labels(labels, ("endpoint", name), ("family", family));
        if (!_durations.TryGetValue(key, out var durations)) _durations[key] = durations = new Durations();
        int bucket = Array.BinarySearch(Bounds, endpoint.Duration.TotalSeconds);
        durations.Counts[bucket < 0 ? ~bucket : bucket]++;
        durations.Sum += endpoint.Duration.TotalSeconds;
        if (isOk && endpoint.Bytes >= MinThroughputBytes && endpoint.Duration > TimeSpan.Zero)
        {
            _throughput[PrometheusText.Labels(labels, ("family", family))] = Math.Round(endpoint.Bytes / endpoint.Duration.TotalSeconds);
        }
    }

    private void Take(RepositoryReport repository, DateTimeOffset at, string labels)
    {
        foreach (string kind in Enum.GetNames<ObjectKind>())
        {
            foreach (string outcome in Enum.GetNames<ObjectOutcome>()) Add(_samples, Labels(kind, outcome), 0);
        }

        foreach (var one in repository.Objects)
        {
            Add(_samples, Labels(one.Kind.ToString(), one.Outcome.ToString()), 1);
            if (one.Outcome is ObjectOutcome.Missing or ObjectOutcome.Corrupt)
            {
                _lastFailures[PrometheusText.Labels(labels, ("kind", one.Kind.ToString().ToLowerInvariant()))] = at.ToUnixTimeSeconds();
            }
        }

        string Labels(string kind, string outcome) => PrometheusText.Labels(labels, ("kind", kind.ToLowerInvariant()), ("outcome", outcome.ToLowerInvariant()));
    }

    private sealed class Durations
    {
        public long[] Counts { get; } = new long[Bounds.Length + 1];

        public double Sum { get; set; }
    }
}
