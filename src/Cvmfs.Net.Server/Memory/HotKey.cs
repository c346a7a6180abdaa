using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Server.Memory;

/// <summary>An object of a repository.</summary>
/// <param name="Replica">Number of the repository in this process.</param>
/// <param name="Key">The object.</param>
internal readonly record struct HotKey(int Replica, ObjectKey Key)
{
    // A digest is well mixed already.
    public override int GetHashCode() => (int)(Key.Hash.Prefix64 >> 20) ^ (int)Key.Suffix ^ (Replica << 16);

    public bool Equals(HotKey other) => Replica == other.Replica && Key.Suffix == other.Key.Suffix && Key.Hash == other.Key.Hash;
}
