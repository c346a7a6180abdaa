namespace Cvmfs.Net.Replication.Journal;

/// <summary>A time in which files were written that a power loss may have taken back: their names may be there without their bytes.</summary>
/// <param name="From">First instant, by the clock of the storage's file system.</param>
/// <param name="To">Last instant: the first look after the loss.</param>
internal readonly record struct SuspectSpan(DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>File systems keep times in steps; the coarsest in use take two seconds.</summary>
    private static readonly TimeSpan Grain = TimeSpan.FromSeconds(2);

    /// <summary>Whether a file that was last changed then is in doubt.</summary>
    public bool Covers(DateTimeOffset changed) => changed + Grain >= From && changed <= To;
}
