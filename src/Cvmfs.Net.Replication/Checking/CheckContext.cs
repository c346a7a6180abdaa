using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Filtering;
using Cvmfs.Net.Replication.References;

namespace Cvmfs.Net.Replication.Checking;

/// <summary>What the parts of one check share.</summary>
/// <param name="Location">The replica.</param>
/// <param name="Options">What to look at.</param>
/// <param name="Catalogs">Reads objects.</param>
/// <param name="Findings">Takes what is wrong.</param>
/// <param name="TemporaryFolder">For what does not fit into memory.</param>
internal sealed record CheckContext(ReplicaLocation Location, CheckOptions Options, StoredCatalogs Catalogs, FindingLog Findings, string TemporaryFolder)
{
    private readonly Lock _gate = new();
    private readonly HashSet<ObjectKey> _bad = [];
    private long _opened;
    private long _proven;
    private long _entries;

    /// <summary>Takes what is referred to; null where existence is not asked for.</summary>
    public ObjectSorter? References { get; init; }

    /// <summary>What a partial replica has; null for everything.</summary>
    public PathFilter? Filter { get; set; }

    /// <summary>Catalogs proven earlier; null to prove all anew.</summary>
    public ProvenCatalogs? Proven { get; init; }

    public long OpenedCatalogs => Interlocked.Read(ref _opened);

    public long ProvenCount => Interlocked.Read(ref _proven);

    public long Entries => Interlocked.Read(ref _entries);

    /// <summary>Objects that are needed, and missing or wrong.</summary>
    public IReadOnlyList<ObjectKey> Bad
    {
        get { lock (_gate) return [.. _bad]; }
    }

    public void CountOpened(long entries)
    {
        Interlocked.Increment(ref _opened);
        Interlocked.Add(ref _entries, entries);
    }

    public void CountProven() => Interlocked.Increment(ref _proven);

    /// <summary>Takes note of an object to repair.</summary>
    public void AddBad(ObjectKey key)
    {
        lock (_gate) _bad.Add(key);
    }
}
