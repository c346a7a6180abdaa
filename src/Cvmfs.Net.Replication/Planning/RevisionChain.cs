using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Replication.Planning;

/// <summary>Knows which root catalogs of this run are tags, so that the walk back through the revisions does not end at one of them.</summary>
/// <remarks>
/// The walk goes from HEAD to each predecessor and stops at a root that the store had before. A tag's root that this very run brings is on
/// the way as well, or stored already; neither must stop the walk, for what lies before it is still missing. Every tag therefore leaves its
/// predecessor here, and a walk that arrives earlier leaves itself.
/// </remarks>
internal sealed class RevisionChain
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ContentHash, Link> _tags = [];

    /// <summary>Announces a tag. Before any catalog is loaded.</summary>
    public void AddTag(ContentHash root)
    {
        lock (_gate) _tags.TryAdd(root, new Link());
    }

    /// <summary>Notes what a tag's root catalog says about its predecessor.</summary>
    /// <param name="root">The tag's root.</param>
    /// <param name="predecessor">The null hash for none, and for a root that the store had before the run.</param>
    /// <returns>The roots whose walk arrived before; each goes on to the predecessor now.</returns>
    public IReadOnlyList<CatalogNode> Resolve(ContentHash root, ContentHash predecessor)
    {
        lock (_gate)
        {
            if (!_tags.TryGetValue(root, out var link)) return [];
            link.Predecessor = predecessor;
            var arrived = link.Arrived;
            link.Arrived = [];
            return arrived;
        }
    }

    /// <summary>A walk arrives at a root.</summary>
    /// <param name="root">Where it arrives.</param>
    /// <param name="successor">From where.</param>
    /// <param name="next">Where it goes on besides; the null hash for nowhere, or not yet known.</param>
    /// <returns>True if the root is a tag of this run.</returns>
    public bool Arrive(ContentHash root, CatalogNode successor, out ContentHash next)
    {
        next = default;
        lock (_gate)
        {
            if (!_tags.TryGetValue(root, out var link)) return false;
            if (link.Predecessor is { } known) next = known;
            else link.Arrived.Add(successor);
            return true;
        }
    }

    private sealed class Link
    {
        public ContentHash? Predecessor { get; set; }

        public List<CatalogNode> Arrived { get; set; } = [];
    }
}
