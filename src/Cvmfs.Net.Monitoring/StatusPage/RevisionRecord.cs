namespace Cvmfs.Net.Monitoring.StatusPage;

/// <summary>A revision of a repository and its way to the servers.</summary>
/// <param name="Revision">Its number.</param>
/// <param name="Root">Its root catalog: after a roll-back a number may come again with another one.</param>
/// <param name="PublishedAt">When it was published; null where the manifest does not say.</param>
/// <param name="Arrivals">Who has had it and since when, the first one first; never empty.</param>
internal sealed record RevisionRecord(ulong Revision, string Root, DateTimeOffset? PublishedAt, IReadOnlyList<RevisionArrival> Arrivals)
{
    /// <summary>When it was published, or first seen where nobody says.</summary>
    public DateTimeOffset BeganAt => PublishedAt ?? Arrivals[0].SeenAt;

    /// <summary>How long it was the newest one; null while it is.</summary>
    public TimeSpan? NewestFor { get; init; }

    /// <summary>How long after its beginning a server had it: at least, and at most. Null where nobody looked before.</summary>
    public (TimeSpan AtLeast, TimeSpan AtMost)? LagOf(RevisionArrival arrival)
        => arrival.LookedAt is { } before ? (Positive(before - BeganAt), Positive(arrival.SeenAt - BeganAt)) : null;

    /// <summary>At most how long the slowest of those that have it took; null where nobody knows.</summary>
    public TimeSpan? LongestLag => Arrivals.Select(LagOf).Max(lag => lag?.AtMost);

    /// <summary>Those that some servers have, with how long each was the newest one.</summary>
    /// <param name="records">Newest first; the first one may be of the page before.</param>
    /// <param name="isVisible">Whether a server counts.</param>
    public static IReadOnlyList<RevisionRecord> Of(IEnumerable<RevisionRecord> records, Func<string, bool> isVisible)
    {
        var visible = new List<RevisionRecord>();
        foreach (var record in records)
        {
            RevisionArrival[] arrivals = [.. record.Arrivals.Where(arrival => isVisible(arrival.Server))];
            if (arrivals.Length == 0) continue;
            var shown = record with { Arrivals = arrivals };
            visible.Add(visible.Count == 0 ? shown : shown with { NewestFor = Positive(visible[^1].BeganAt - shown.BeganAt) });
        }

        return visible;
    }

    private static TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;
}
