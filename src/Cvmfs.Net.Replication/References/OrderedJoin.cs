namespace Cvmfs.Net.Replication.References;

/// <summary>Walks two sorted sequences side by side.</summary>
internal static class OrderedJoin
{
    /// <summary>Where a record was found.</summary>
    public enum Side : byte
    {
        /// <summary>In the first sequence only.</summary>
        Left,

        /// <summary>In the second only.</summary>
        Right,

        /// <summary>In both.</summary>
        Both,
    }

    /// <summary>All records of both, each once, and where it was found. Both sequences are in order and without repeats.</summary>
    public static IEnumerable<(ObjectRecord Record, Side Side)> Join(IEnumerable<ObjectRecord> left, IEnumerable<ObjectRecord> right)
    {
        using var l = left.GetEnumerator();
        using var r = right.GetEnumerator();
        bool hasLeft = l.MoveNext();
        bool hasRight = r.MoveNext();
        while (hasLeft || hasRight)
        {
            int order = !hasRight ? -1 : !hasLeft ? 1 : l.Current.CompareTo(r.Current);
            yield return order switch
            {
                < 0 => (l.Current, Side.Left),
                > 0 => (r.Current, Side.Right),
                _ => (l.Current, Side.Both),
            };
            if (order <= 0) hasLeft = l.MoveNext();
            if (order >= 0) hasRight = r.MoveNext();
        }
    }

    /// <summary>The records of the first that are not in the second.</summary>
    public static IEnumerable<ObjectRecord> Except(IEnumerable<ObjectRecord> left, IEnumerable<ObjectRecord> right)
    {
        using var l = left.GetEnumerator();
        using var r = right.GetEnumerator();
        bool hasRight = r.MoveNext();
        while (l.MoveNext())
        {
            int order = -1;
            while (hasRight && (order = l.Current.CompareTo(r.Current)) > 0) hasRight = r.MoveNext();
            if (!hasRight || order < 0) yield return l.Current;
        }
    }
}
