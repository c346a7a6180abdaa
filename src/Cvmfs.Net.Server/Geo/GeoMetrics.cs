using System.Diagnostics.Metrics;

namespace Cvmfs.Net.Server.Geo;

/// <summary>Instruments of the geo API.</summary>
internal static class GeoMetrics
{
    public const string MeterName = "Cvmfs.Net.Server";

    private static readonly Meter s_meter = new(MeterName);

    private static readonly Counter<long> s_requests = s_meter.CreateCounter<long>("cvmfs.geo.requests", "{request}", "Requests to the geo API by outcome.");

    private static readonly Histogram<double> s_duration = s_meter.CreateHistogram<double>(
        "cvmfs.geo.lookup.duration", "s", "Time that one request spent on finding the places of all its names.");

    private static readonly Counter<long> s_names = s_meter.CreateCounter<long>("cvmfs.geo.name_lookups", "{lookup}", "Questions to name servers by outcome.");

    private static readonly Gauge<long> s_built = s_meter.CreateGauge<long>(
        "cvmfs.geo.database.built", "s", "When the location database in use was made, by its own account, in Unix seconds.");

    public static void Request(GeoOutcome outcome) => s_requests.Add(1, new KeyValuePair<string, object?>("outcome", outcome switch
    {
        GeoOutcome.Ordered => "ordered",
        GeoOutcome.Refused => "refused",
        GeoOutcome.UnknownClient => "unknown_client",
        GeoOutcome.UnknownServers => "unknown_servers",
        GeoOutcome.TooMany => "too_many",
        _ => "count",
    }));

    public static void Duration(TimeSpan elapsed) => s_duration.Record(elapsed.TotalSeconds);

    public static void NameLookup(bool found) => s_names.Add(1, new KeyValuePair<string, object?>("outcome", found ? "found" : "failed"));

    public static void DatabaseTaken(DateTimeOffset builtAt) => s_built.Record(builtAt.ToUnixTimeSeconds());
}
