using System.Diagnostics.Metrics;

namespace Cvmfs.Net.Diagnostics;

/// <summary>Instruments of the core.</summary>
public static class CvmfsMetrics
{
    /// <summary>Name of the meter, for listeners.</summary>
    public const string MeterName = "Cvmfs.Net";

    internal const string Stored = "stored";
    internal const string Absent = "absent";
    internal const string Corrupt = "corrupt";
    internal const string Failed = "failed";

    private static readonly Meter s_meter = new(MeterName);

    private static readonly Histogram<double> s_duration = s_meter.CreateHistogram<double>(
        "cvmfs.transfer.duration", "s", "Time from asking for an object to having it verified, repetitions included.");

    private static readonly Histogram<long> s_size = s_meter.CreateHistogram<long>("cvmfs.transfer.size", "By", "Stored bytes of transferred objects.");

    /// <summary>Whether anybody listens; only then are timestamps taken.</summary>
    internal static bool TransfersEnabled => s_duration.Enabled || s_size.Enabled;

    internal static void Transfer(string outcome, string objectKind, TimeSpan duration, long? bytes)
    {
        var tags = new System.Diagnostics.TagList { { "outcome", outcome }, { "object.kind", objectKind } };
        s_duration.Record(duration.TotalSeconds, tags);
        if (bytes is { } size) s_size.Record(size, tags);
    }
}
