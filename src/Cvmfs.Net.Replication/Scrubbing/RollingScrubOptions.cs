namespace Cvmfs.Net.Replication.Scrubbing;

/// <summary>How a storage is scrubbed in the background, for ever. Immutable.</summary>
public sealed record RollingScrubOptions
{
    /// <summary>Time from the beginning of one pass to that of the next. Default 30 days. A pass that takes longer is followed by the next at once.</summary>
    public TimeSpan PassEvery { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How each pass goes; always resumed, and always yielding to snapshots. Default: one worker, 20 MB a second.</summary>
    public ScrubOptions Scrub { get; init; } = new() { Workers = 1, BytesPerSecond = 20_000_000 };
}
