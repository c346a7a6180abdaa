namespace Cvmfs.Net.Proxy;

/// <summary>The log of requests.</summary>
public sealed class ProxyAccessLogOptions
{
    /// <summary>File of the log; its folder must exist. Empty, the default: no log.</summary>
    public string File { get; set; } = "";

    /// <summary>How a request is written. Default: one JSON object a line.</summary>
    public AccessLogFormat Format { get; set; } = AccessLogFormat.Json;

    /// <summary>Length at which a file is put aside and a new one begun, in bytes; 0 never. Default 1 GiB.</summary>
    public long MaxBytes { get; set; } = 1L << 30;

    /// <summary>Age at which a file is put aside, 1 min to 366 days, or 0 for never, the default: the machine's own log rotation may do it, and sends SIGUSR1.</summary>
    public TimeSpan MaxAge { get; set; }

    /// <summary>Files that were put aside and are kept, 0 to 1000. Default 7.</summary>
    public int KeptFiles { get; set; } = 7;

    /// <summary>Lines a second above which only some hits are written, each saying for how many it stands; 0 writes all. Default 10,000.</summary>
    public int MaxLinesPerSecond { get; set; } = 10_000;

    /// <summary>What is wrong with the settings, each as <c>AccessLog:Setting: …</c>; nothing when they can work.</summary>
    public IEnumerable<string> Validate()
    {
        foreach (string failure in OptionRange.Check("AccessLog:MaxBytes", MaxBytes, 0, 1L << 50)
            .Concat(OptionRange.Check("AccessLog:KeptFiles", KeptFiles, 0, 1000))
            .Concat(OptionRange.Check("AccessLog:MaxLinesPerSecond", MaxLinesPerSecond, 0, 10_000_000)))
        {
            yield return failure;
        }

        if (MaxAge != TimeSpan.Zero && (MaxAge < TimeSpan.FromMinutes(1) || MaxAge > TimeSpan.FromDays(366))) yield return $"AccessLog:MaxAge: {MaxAge} is neither 0 nor between 1 min and 366 days.";
        if (MaxBytes is > 0 and < 4096) yield return $"AccessLog:MaxBytes: {MaxBytes} is neither 0 nor at least 4096.";
        if (!Enum.IsDefined(Format)) yield return $"AccessLog:Format: {Format} is no format.";
    }
}
