using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Transport.Proxies;

/// <summary>A consistent hash over members: which of them a hash belongs to. Immutable; the same members give the same ring everywhere.</summary>
/// <remarks>Reproduces the ring of clients with <c>CVMFS_PROXY_SHARD</c>: 16 points a member, drawn from a linear congruential generator that
/// begins with the SHA-1 of the member's URL. When a member goes, only what belonged to it moves.</remarks>
public sealed class ShardRing
{
    private const int PointsPerMember = 16;

    private readonly uint[] _points;
    private readonly int[] _members;

    /// <summary>Makes a ring.</summary>
    /// <param name="members">URLs of the members, with addresses where clients use addresses, such as <c>http://10.0.0.1:3128</c>.</param>
    /// <exception cref="ArgumentException">There are no members.</exception>
    public ShardRing(IReadOnlyList<string> members)
    {
        ArgumentNullException.ThrowIfNull(members);
        if (members.Count == 0) throw new ArgumentException("A ring needs a member.", nameof(members));
        var ring = new SortedDictionary<uint, int>();
        for (int i = 0; i < members.Count; i++)
        {
            ulong state = SeedOf(members[i]);
            for (int point = 0; point < PointsPerMember; point++) ring.TryAdd(Draw(ref state), i);
        }

        ring[uint.MaxValue] = ring.First().Value; // behind the last point the ring begins anew
        _points = [.. ring.Keys];
        _members = [.. ring.Values];
    }

    /// <summary>The key of a hash: its first four bytes; 0 for what has no hash.</summary>
    public static uint KeyOf(ContentHash? hash) => hash is { } known ? (uint)(known.Prefix64 >> 32) : 0;

    /// <summary>Index of the member that a key belongs to.</summary>
    public int Find(uint key) => _members[PointAt(key)];

    /// <summary>The members in the order in which they would be asked for a key as the ones before fail, each once.</summary>
    public IEnumerable<int> InOrder(uint key)
    {
        var seen = new HashSet<int>();
        int first = PointAt(key);
        for (int i = 0; i < _points.Length; i++)
        {
            int member = _members[(first + i) % _points.Length];
            if (seen.Add(member)) yield return member;
        }
    }

    /// <summary>The point that answers for a key.</summary>
    internal uint PointOf(uint key) => _points[PointAt(key)];

    /// <summary>Where the generator of a member begins.</summary>
    internal static uint SeedOf(string member)
    {
        Span<byte> digest = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // not for security: clients agree on a ring this way
        SHA1.HashData(Encoding.UTF8.GetBytes(member), digest);
#pragma warning restore CA5350
        return BinaryPrimitives.ReadUInt32BigEndian(digest);
    }

    /// <summary>The next point. The reference scales with floating-point numbers; so the last bits are theirs, too.</summary>
    internal static uint Draw(ref ulong state)
    {
        state = unchecked((6364136223846793005UL * state) + 1442695040888963407UL);
        return (uint)((ulong)(state * 4294967295.0 / 18446744073709551616.0) % 4294967295UL);
    }

    private int PointAt(uint key)
    {
        int at = Array.BinarySearch(_points, key);
        return at >= 0 ? at : ~at;
    }
}
