using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Replication.Planning;

/// <summary>One catalog of a run, from the moment it is known to be needed until it is in the store, or given up.</summary>
/// <remarks>
/// <para>The count of open dependencies starts at one, which stands for the catalog itself with all of its own objects; every other catalog
/// that it waits for adds one. At zero it ends. Whoever brings it to zero ends it, so it ends exactly once.</para>
/// <para>The count of own objects likewise starts at one, which stands for the listing.</para>
/// <para>A node costs some 200 bytes and, while it waits, one staged file. Its database is closed as soon as it is listed.</para>
/// </remarks>
internal sealed class CatalogNode(ObjectKey key, RepositoryPath mountpoint, long declaredSize, RootKind kind)
{
    private int _dependencies = 1;
    private int _ownObjects = 1;
    private volatile bool _hasFailed;
    private volatile bool _lacksObjects;
    private CatalogNode? _firstParent; // nearly all have one; a list for each would be a third of the node
    private List<CatalogNode>? _otherParents;

    /// <summary>The catalog's object.</summary>
    public ObjectKey Key { get; } = key;

    /// <summary>Where the first parent mounts it; the root for root catalogs.</summary>
    public RepositoryPath Mountpoint { get; } = mountpoint;

    /// <summary>Bytes of the decompressed database as the parent or manifest claims them; 0 for unknown.</summary>
    public long DeclaredSize { get; } = declaredSize;

    /// <summary>Why it is wanted.</summary>
    public RootKind Kind { get; } = kind;

    /// <summary>Whether it is a root catalog, to be listed in the reflog.</summary>
    public bool IsRoot => Kind != RootKind.Nested;

    /// <summary>Whether something below it could not be had. It will then never be committed.</summary>
    public bool HasFailed => _hasFailed;

    /// <summary>The verified bytes waiting to be committed; null before they are there, or when the store has the catalog already.</summary>
    public StagedObject? Staged { get; set; }

    /// <summary>The catalog that stood here in a revision that the store has, as far as it is known; the null hash for none.</summary>
    public ContentHash Counterpart { get; init; }

    /// <summary>Whether the bytes, though right, are of no use: no run needs to keep them.</summary>
    public bool IsUnusable { get; set; }

    /// <summary>Whether its loading failed and is tried again when all else is done.</summary>
    public bool IsPutOff { get; set; }

    /// <summary>Whether an object of its own could not be had.</summary>
    public bool LacksObjects => _lacksObjects;

    /// <summary>Whether the upstream no longer has something of it: an object, or a nested catalog, however deep. A predecessor is not of it.</summary>
    public bool IsIncompleteUpstream { get; set; }

    /// <summary>Whether other catalogs are still on their way, besides what it has to do itself.</summary>
    public bool WaitsForCatalogs => Volatile.Read(ref _dependencies) > 1;

    /// <summary>Whether the replica does without it: a historic root that is collected upstream or too old.</summary>
    public bool IsLeftOut { get; set; }

    /// <summary>Catalogs that wait for this one. Guarded by <see cref="Transfer.CatalogCompletion"/>.</summary>
    public IEnumerable<CatalogNode> Parents => _firstParent is { } first ? (_otherParents ?? []).Prepend(first) : [];

    /// <summary>Whether it is over. Guarded by <see cref="Transfer.CatalogCompletion"/>.</summary>
    public bool HasEnded { get; set; }

    /// <summary>Bytes counted against the memory for open catalogs. Owned by the scheduler.</summary>
    public long ReservedBytes { get; set; }

    /// <summary>Adds a catalog that waits for this one. Guarded by <see cref="Transfer.CatalogCompletion"/>.</summary>
    public void AddParent(CatalogNode parent)
    {
        if (_firstParent is null) _firstParent = parent;
        else (_otherParents ??= []).Add(parent);
    }

    /// <summary>Adds something to wait for. Only while at least one dependency is open.</summary>
    public void AddDependency() => Interlocked.Increment(ref _dependencies);

    /// <summary>Adds an object of its own to wait for. Only while it is being listed.</summary>
    public void AddObject() => Interlocked.Increment(ref _ownObjects);

    /// <summary>Takes note that an object of its own, or the listing, is over.</summary>
    /// <returns>True if it was the last: the caller releases the dependency that stands for them.</returns>
    public bool ReleaseObject(bool succeeded)
    {
        if (!succeeded) _lacksObjects = true;
        return Interlocked.Decrement(ref _ownObjects) == 0;
    }

    /// <summary>Takes note of one dependency's end.</summary>
    /// <returns>True if it was the last: the caller ends the node.</returns>
    public bool ReleaseDependency(bool succeeded)
    {
        if (!succeeded) _hasFailed = true;
        return Interlocked.Decrement(ref _dependencies) == 0;
    }
}
