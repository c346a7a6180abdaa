namespace Cvmfs.Net.Replication.Collection;

/// <summary>How far back from HEAD revisions are kept. The one at which it stops is kept as well: it was served at the instant that the rule names.</summary>
/// <param name="Depth">Predecessors of HEAD; null for no bound.</param>
/// <param name="OldestSeconds">Unix seconds: a revision from before is the last that is kept; null for no bound.</param>
internal readonly record struct RevisionRule(long? Depth, long? OldestSeconds)
{
    /// <summary>The rule of a run.</summary>
    public static RevisionRule Of(CollectionOptions options, DateTimeOffset now) => options is { KeepRevisions: null, KeepNewerThan: null }
        ? new RevisionRule(null, (now - CollectionOptions.DefaultHistory).ToUnixTimeSeconds())
        : new RevisionRule(options.KeepRevisions, options.KeepNewerThan?.ToUnixTimeSeconds());

    /// <summary>Whether a kept revision is the last one.</summary>
    /// <param name="depth">Steps from HEAD; 0 for HEAD itself.</param>
    /// <param name="seconds">When it came here, Unix seconds.</param>
    public bool StopsAt(long depth, long seconds) => depth >= Depth || seconds < OldestSeconds;
}
