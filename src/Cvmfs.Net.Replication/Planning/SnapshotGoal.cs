using Cvmfs.Net.Hashing;
using Cvmfs.Net.Replication.Filtering;

namespace Cvmfs.Net.Replication.Planning;

/// <summary>What a run is to complete: the trees of HEAD and tags, and of the revisions in between.</summary>
/// <param name="Head">Root catalog of the manifest.</param>
/// <param name="HeadSize">Bytes of its database as the manifest claims them; 0 for unknown.</param>
/// <param name="Tags">Root catalogs of the tags, newest first; HEAD may be among them.</param>
/// <param name="FollowHistory">Whether predecessors of HEAD are wanted: in every run but the first.</param>
/// <param name="Filter">Which nested catalogs are wanted; null for all.</param>
/// <param name="OldestWanted">Predecessors modified before are not wanted, nor theirs. Null where the upstream collects
/// nothing: then all are wanted, and none may be missing. Never applies to HEAD and tags.</param>
/// <param name="IsLogged">Whether a root was part of a revision that was published here, or was to be when the process died: then all that the
/// run wanted before it came as well. From any thread.</param>
/// <param name="Served">Root catalog of the revision served so far, to compare with; the null hash for none.</param>
internal sealed record SnapshotGoal(
    ContentHash Head, long HeadSize, IReadOnlyList<ContentHash> Tags, bool FollowHistory, DateTimeOffset? OldestWanted, Func<ContentHash, bool> IsLogged,
    PathFilter? Filter = null,
    ContentHash Served = default);
