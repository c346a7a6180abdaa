namespace Cvmfs.Net.Replication.Collection;

/// <summary>When a replica is due for a garbage collection of its own accord. Immutable, no I/O.</summary>
/// <param name="Lapse">Least time between two collections; null for one that cannot be read, which makes it due always. The reference's default is a day.</param>
public readonly record struct CollectionSchedule(TimeSpan? Lapse)
{
    /// <summary>The reference's <c>CVMFS_AUTO_GC_LAPSE</c> where it is not set.</summary>
    public static readonly TimeSpan DefaultLapse = TimeSpan.FromDays(1);

    /// <summary>Whether to collect now.</summary>
    /// <param name="isCollectable">Whether the served manifest allows it.</param>
    /// <param name="lastCollection">End of the last collection by the status document; null where it does not say or cannot be read.</param>
    /// <param name="now">The instant.</param>
    public bool IsDue(bool isCollectable, DateTimeOffset? lastCollection, DateTimeOffset now)
        => isCollectable && (Lapse is not { } lapse || lastCollection is not { } last || last < now - lapse);
}
