using System.Runtime.CompilerServices;
using Cvmfs.Net.Catalogs;

namespace Cvmfs.Net.Repositories;

/// <summary>Compares two revisions directory by directory. Where both have the same nested catalog, everything below is equal by hash and is
/// not looked at.</summary>
internal static class RevisionDiff
{
    // Bits that say where content is kept, not what it is: they change when a nested catalog is made or removed around a directory.
    private const EntryFlags PlacementFlags = EntryFlags.NestedMountpoint | EntryFlags.NestedRoot;

    public static async IAsyncEnumerable<RepositoryChange> CompareAsync(CatalogTree before, CatalogTree after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (before.Root == after.Root) yield break;
        using var both = new Sides(before, after);
        var (oldRoot, newRoot) = (await both.Before.StatAsync(default, cancellationToken).ConfigureAwait(false), await both.After.StatAsync(default, cancellationToken).ConfigureAwait(false));
        if (!AreEqual(oldRoot, newRoot)) yield return new RepositoryChange(RepositoryPath.Root, ChangeKind.Modified, oldRoot, newRoot);

        var open = new Stack<Level>();
        open.Push(await both.OpenAsync(RepositoryPath.Root, true, true, cancellationToken).ConfigureAwait(false));
        while (open.TryPeek(out var level))
        {
            if (!level.MoveNext(out var left, out var right))
            {
                open.Pop();
                continue;
            }

            var path = level.Directory.Append((left ?? right)!.Name.Span);
            if (left is null || right is null)
            {
                yield return new RepositoryChange(path, left is null ? ChangeKind.Added : ChangeKind.Removed, left, right);
            }
            else if (!AreEqual(left, right) || !await both.HaveSameChunksAsync(path, left, right, cancellationToken).ConfigureAwait(false))
            {
                yield return new RepositoryChange(path, ChangeKind.Modified, left, right);
            }

            var (leftIsDirectory, rightIsDirectory) = (left is { IsDirectory: true }, right is { IsDirectory: true });
            if (!leftIsDirectory && !rightIsDirectory) continue;
            if (leftIsDirectory && rightIsDirectory && await both.ShareCatalogAsync(path, left!, right!, cancellationToken).ConfigureAwait(false)) continue;
            open.Push(await both.OpenAsync(path, leftIsDirectory && !IsBind(left!), rightIsDirectory && !IsBind(right!), cancellationToken).ConfigureAwait(false));
        }
    }

    private static bool IsBind(CatalogEntry entry) => (entry.Flags & EntryFlags.BindMountpoint) != 0;

    private static bool AreEqual(CatalogEntry? left, CatalogEntry? right)
        => left is not null && right is not null
            && (left.Flags & ~PlacementFlags) == (right.Flags & ~PlacementFlags)
            && left.Mode == right.Mode && left.Uid == right.Uid && left.Gid == right.Gid
            && left.RawSize == right.RawSize && left.Hash == right.Hash
            && left.MTimeSeconds == right.MTimeSeconds && (left.MTimeNanoseconds ?? 0) == (right.MTimeNanoseconds ?? 0)
            && left.LinkCount == right.LinkCount
            && left.SymlinkTarget.Span.SequenceEqual(right.SymlinkTarget.Span)
            && left.RawXattrs.Span.SequenceEqual(right.RawXattrs.Span);

    /// <summary>One directory in both revisions, both lists in name order.</summary>
    private sealed class Level(RepositoryPath directory, IReadOnlyList<CatalogEntry> before, IReadOnlyList<CatalogEntry> after)
    {
        private int _before;
        private int _after;

        public RepositoryPath Directory => directory;

        /// <summary>The next name of either list; a side that lacks it is null.</summary>
        public bool MoveNext(out CatalogEntry? left, out CatalogEntry? right)
        {
            left = _before < before.Count ? before[_before] : null;
            right = _after < after.Count ? after[_after] : null;
            if (left is null && right is null) return false;
            int order = left is null ? 1 : right is null ? -1 : left.Name.Span.SequenceCompareTo(right.Name.Span);
            if (order < 0) right = null;
            if (order > 0) left = null;
            if (left is not null) _before++;
            if (right is not null) _after++;
            return true;
        }
    }

    /// <summary>Both revisions, each with the catalogs of the walk kept open.</summary>
    private sealed class Sides(CatalogTree before, CatalogTree after) : IDisposable
    {
        public DiffSide Before { get; } = new(before);

        public DiffSide After { get; } = new(after);

        public async Task<Level> OpenAsync(RepositoryPath directory, bool inBefore, bool inAfter, CancellationToken cancellationToken) => new(
            directory,
            inBefore ? await Before.ListAsync(directory, cancellationToken).ConfigureAwait(false) : [],
            inAfter ? await After.ListAsync(directory, cancellationToken).ConfigureAwait(false) : []);

        public async Task<bool> ShareCatalogAsync(RepositoryPath path, CatalogEntry left, CatalogEntry right, CancellationToken cancellationToken)
            => left.IsMountpoint && right.IsMountpoint
                && await Before.MountedAtAsync(path, cancellationToken).ConfigureAwait(false) is { } old
                && await After.MountedAtAsync(path, cancellationToken).ConfigureAwait(false) is { } now
                && old.Hash == now.Hash;

        public async Task<bool> HaveSameChunksAsync(RepositoryPath path, CatalogEntry left, CatalogEntry right, CancellationToken cancellationToken)
        {
            if (!left.IsChunked || !right.IsChunked || (!left.Hash.IsNull && !right.Hash.IsNull)) return true; // the entries were compared already
            var old = await Before.ChunksAsync(path, left, cancellationToken).ConfigureAwait(false);
            return old.SequenceEqual(await After.ChunksAsync(path, right, cancellationToken).ConfigureAwait(false));
        }

        public void Dispose()
        {
            Before.Dispose();
            After.Dispose();
        }
    }
}
