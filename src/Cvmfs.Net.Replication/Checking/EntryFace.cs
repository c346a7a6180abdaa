using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Replication.Checking;

/// <summary>What must be equal of two entries that stand for the same thing: the two sides of a mountpoint, the members of a hard-link group. Names aside.</summary>
internal readonly record struct EntryFace(
    uint Mode, long Size, long MTime, uint LinkCount, uint HardlinkGroup, ContentHash Hash, PathHash Target, bool IsExternal, bool HasXattrs)
{
    /// <summary>The face of a row.</summary>
    public static EntryFace Of(in CheckedRow row) => new(
        row.Mode, row.Size, row.MTime, row.LinkCount, row.HardlinkGroup, row.Hash,
        row.Target.IsEmpty ? default : PathHash.Compute(row.Target), (row.Flags & EntryFlags.External) != 0, row.HasXattrs);

    /// <summary>Names the first difference, for people.</summary>
    public static (string Field, string Left, string Right) Difference(EntryFace left, EntryFace right)
    {
        if (left.Mode != right.Mode) return ("mode", Octal(left.Mode), Octal(right.Mode));
        if (left.Size != right.Size) return ("size", $"{left.Size}", $"{right.Size}");
        if (left.MTime != right.MTime) return ("modification time", $"{left.MTime}", $"{right.MTime}");
        if (left.LinkCount != right.LinkCount) return ("link count", $"{left.LinkCount}", $"{right.LinkCount}");
        if (left.HardlinkGroup != right.HardlinkGroup) return ("hard-link group", $"{left.HardlinkGroup}", $"{right.HardlinkGroup}");
        if (left.Hash != right.Hash) return ("content hash", left.Hash.ToString(), right.Hash.ToString());
        if (left.Target != right.Target) return ("link target", "", "another");
        if (left.IsExternal != right.IsExternal) return ("external flag", $"{left.IsExternal}", $"{right.IsExternal}");
        return ("extended attributes", $"{left.HasXattrs}", $"{right.HasXattrs}");
    }

    private static string Octal(uint mode) => Convert.ToString(mode, 8);
}
