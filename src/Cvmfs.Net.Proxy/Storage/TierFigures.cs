namespace Cvmfs.Net.Proxy.Storage;

/// <summary>A tier of the cache at one moment.</summary>
/// <param name="UsedBytes">Bytes it takes.</param>
/// <param name="LimitBytes">Bytes it may take.</param>
/// <param name="Objects">Objects in it.</param>
/// <param name="OldestUse">When what would go next was used last, to the minute; null when it is empty.</param>
/// <param name="Evictions">Objects removed to make room, since the start.</param>
/// <param name="EvictedBytes">Their bytes.</param>
/// <param name="WriteErrors">Times the disk could not be written.</param>
/// <param name="ReadErrors">Times the disk could not be read.</param>
/// <param name="Damaged">Objects removed because their bytes were not what their names say.</param>
/// <param name="Scrubbed">Objects that were hashed in the background.</param>
/// <param name="Unwritten">Objects that the disk was not given, because it was too slow, full, or given up.</param>
/// <param name="Suspended">Folders that are not written to now: an alarm.</param>
internal readonly record struct TierFigures(
    long UsedBytes,
    long LimitBytes,
    long Objects,
    DateTimeOffset? OldestUse,
    long Evictions,
    long EvictedBytes,
    long WriteErrors = 0,
    long ReadErrors = 0,
    long Damaged = 0,
    long Scrubbed = 0,
    long Unwritten = 0,
    int Suspended = 0);
