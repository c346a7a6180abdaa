namespace Cvmfs.Net.Server.Memory;

/// <summary>Remembers what was asked for lately: a table of fingerprints, where a newer one takes the place of an older one.</summary>
/// <remarks>1 MiB for the latest quarter of a million objects. Wrong in neither way that matters: who is forgotten waits one request longer,
/// and one in billions gets in at the first.</remarks>
internal sealed class Doorkeeper
{
    private const int Slots = 1 << 18;

    private readonly uint[] _fingerprints = new uint[Slots];

    /// <summary>Whether the object was named before; from now on it was.</summary>
    public bool HasSeen(HotKey key)
    {
        ulong mixed = (key.Key.Hash.Prefix64 ^ ((ulong)key.Key.Suffix << 56) ^ (uint)key.Replica) * 0x9E3779B97F4A7C15;
        uint fingerprint = (uint)(mixed >> 32) | 1;
        ref uint slot = ref _fingerprints[mixed & (Slots - 1)];
        if (slot == fingerprint) return true;
        slot = fingerprint;
        return false;
    }
}
