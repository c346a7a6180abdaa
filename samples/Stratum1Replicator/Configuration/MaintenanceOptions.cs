using System.ComponentModel.DataAnnotations;
using Cvmfs.Net.Replication.Scheduling;

namespace Stratum1Replicator.Configuration;

/// <summary>Section "Stratum1:Maintenance": garbage collection, checks and scrubbing. Windows are of the host's wall clock, as <c>02:00-05:00</c>.</summary>
internal sealed class MaintenanceOptions
{
    /// <summary>Tasks at once on this host.</summary>
    [Range(1, 64)]
    public int AtOnce { get; set; } = 1;

    /// <summary>Least time between two garbage collections of a replica. Default a day, as with the reference.</summary>
    public TimeSpan CollectEvery { get; set; } = TimeSpan.FromDays(1);

    /// <summary>When garbage collection may begin. Null: at any time.</summary>
    public string? CollectWindow { get; set; }

    /// <summary>Least time between two checks of a replica; zero for none. Default 30 days, as with the reference.</summary>
    public TimeSpan CheckEvery { get; set; } = TimeSpan.FromDays(30);

    /// <summary>When a check may begin. Null: at any time.</summary>
    public string? CheckWindow { get; set; }

    /// <summary>Least time between two passes of the rolling scrub, which reads every stored object again; zero for none.</summary>
    public TimeSpan ScrubEvery { get; set; } = TimeSpan.FromDays(30);

    /// <summary>When a slice of the scrub may begin. Null: at any time.</summary>
    public string? ScrubWindow { get; set; }

    /// <summary>Bytes that the scrub reads a second; 0 for as many as it can.</summary>
    [Range(0, long.MaxValue)]
    public long ScrubBytesPerSecond { get; set; } = 20L << 20;

    /// <summary>Bytes after which a slice of the scrub makes room for others.</summary>
    [Range(1L << 20, long.MaxValue)]
    public long ScrubSliceBytes { get; set; } = 16L << 30;

    /// <summary>Whether what is found damaged or missing is fetched again from the upstream.</summary>
    public bool Repair { get; set; } = true;

    /// <summary>Least time between a failure and the next attempt.</summary>
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The rule for a kind; null where it is switched off. The texts must be valid.</summary>
    public MaintenanceRule? RuleOf(MaintenanceKind kind) => kind switch
    {
        MaintenanceKind.Collection => new MaintenanceRule(CollectEvery, WindowOf(CollectWindow), RetryAfter),
        MaintenanceKind.Check => CheckEvery > TimeSpan.Zero ? new MaintenanceRule(CheckEvery, WindowOf(CheckWindow), RetryAfter) : null,
        // A slice that ended is no failure: the next may follow at once.
        _ => ScrubEvery > TimeSpan.Zero ? new MaintenanceRule(ScrubEvery, WindowOf(ScrubWindow), TimeSpan.Zero) : null,
    };

    private static DailyWindow? WindowOf(string? text) => string.IsNullOrWhiteSpace(text) ? null : DailyWindow.Parse(text);
}
