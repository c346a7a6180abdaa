namespace Cvmfs.Net.Monitoring.Serving;

/// <summary>How a <see cref="FleetMonitor"/> works. Immutable; the defaults work.</summary>
public sealed record MonitorOptions
{
    /// <summary>How servers are asked; its clock is that of everything. Keys of a fleet file come in addition.</summary>
    public ScraperOptions Scraping { get; init; } = new() { SamplesPerRepository = 2 };

    /// <summary>SQLite file of the history; null for memory only.</summary>
    public string? DatabaseFile { get; init; }

    /// <summary>By how much pauses differ, as a part of the interval. Default 0.1.</summary>
    public double Jitter { get; init; } = 0.1;

    /// <summary>Bytes of objects fetched from one server in an hour. Default 50 MiB; 0 asks for presence only.</summary>
    public long ObjectBytesPerHour { get; init; } = 50 << 20;

    /// <summary>Time between looks at objects, unless something was published. Default 5 min.</summary>
    public TimeSpan ObjectInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Time between comparisons of a fleet file with names and servers, for metrics. Default 15 min.</summary>
    public TimeSpan DriftInterval { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Name of this prober; null for none.</summary>
    public string? Vantage { get; init; }

    /// <summary>How long every look is remembered. Default 14 days.</summary>
    public TimeSpan KeepScrapes { get; init; } = TimeSpan.FromDays(14);

    /// <summary>How long looks by the hour, revisions and incidents are remembered. Default 400 days.</summary>
    public TimeSpan KeepHours { get; init; } = TimeSpan.FromDays(400);

    /// <summary>Planned work as a JSON list like the key <c>maintenance</c> of a page's configuration, read when it changes; need not exist. Null for none.</summary>
    public string? SilenceFile { get; init; }

    /// <summary>Whether pages show errors and administrators to everybody. Default false: only behind the admin listener.</summary>
    public bool ShowPrivate { get; init; }

    /// <summary>How long a stop waits for alerts to go out. Default 5 s.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Handler that alerts are sent with, for tests and proxies; not disposed. Null for a plain one.</summary>
    public HttpMessageHandler? AlertHandler { get; init; }

    /// <summary>Called after each round. For tests.</summary>
    internal Action<MonitorSnapshot>? RoundMade { get; init; }

    /// <summary>Called after each comparison with the fleet file. For tests.</summary>
    internal Action? DriftCompared { get; init; }

    /// <summary>Numbers from 0 to 1 for jitter. For tests.</summary>
    internal Func<double> NextRandom { get; init; } = Random.Shared.NextDouble;
}
