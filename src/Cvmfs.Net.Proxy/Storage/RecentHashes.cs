using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Proxy.Storage;

/// <summary>Remembers the latest few objects, so that the same wish is not written down by every request. Wrong now and then, in either direction.</summary>
internal sealed class RecentHashes
{
    private const int Slots = 1024;

    private readonly ulong[] _prefixes = new ulong[Slots];

    /// <summary>Notes an object. False when it was noted already.</summary>
    public bool Add(in ContentHash hash)
    {
        ref ulong slot = ref _prefixes[hash.Prefix64 >> 32 & (Slots - 1)];
        if (slot == hash.Prefix64) return false;
        slot = hash.Prefix64;
        return true;
    }

    /// <summary>Forgets an object.</summary>
    public void Forget(in ContentHash hash)
    {
        ref ulong slot = ref _prefixes[hash.Prefix64 >> 32 & (Slots - 1)];
        if (slot == hash.Prefix64) slot = 0;
    }
}
