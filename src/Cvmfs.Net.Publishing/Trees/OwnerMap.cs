namespace Cvmfs.Net.Publishing.Trees;

/// <summary>Owners to publish instead of those found. What is not listed gets the default, or stays as it is.</summary>
public sealed record OwnerMap
{
    /// <summary>User found → user written.</summary>
    public IReadOnlyDictionary<uint, uint> Uids { get; init; } = new Dictionary<uint, uint>();

    /// <summary>Group found → group written.</summary>
    public IReadOnlyDictionary<uint, uint> Gids { get; init; } = new Dictionary<uint, uint>();

    /// <summary>User for everyone not listed; null to leave them.</summary>
    public uint? OtherUid { get; init; }

    /// <summary>Group for everyone not listed; null to leave them.</summary>
    public uint? OtherGid { get; init; }

    /// <summary>One owner for everything.</summary>
    public static OwnerMap Everything(uint uid, uint gid) => new() { OtherUid = uid, OtherGid = gid };

    internal EntryAttributes Apply(EntryAttributes attributes) => attributes with
    {
        Uid = Uids.TryGetValue(attributes.Uid, out uint uid) ? uid : OtherUid ?? attributes.Uid,
        Gid = Gids.TryGetValue(attributes.Gid, out uint gid) ? gid : OtherGid ?? attributes.Gid,
    };
}
