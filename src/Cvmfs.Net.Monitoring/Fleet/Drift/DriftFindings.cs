namespace Cvmfs.Net.Monitoring.Fleet.Drift;

/// <summary>What comparisons gather. Not thread-safe.</summary>
internal sealed class DriftFindings
{
    public List<DriftItem> Items { get; } = [];

    public List<DriftItem> Unseen { get; } = [];

    public SortedSet<DriftKind> Compared { get; } = [];

    public SortedDictionary<string, bool> NamesThatMatch { get; } = new(StringComparer.Ordinal);

    public void Differs(DriftKind kind, string subject, string message) => Items.Add(new DriftItem(kind, subject, message));

    public void CannotSee(DriftKind kind, string subject, string message) => Unseen.Add(new DriftItem(kind, subject, message));
}
