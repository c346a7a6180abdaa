using System.Numerics;

namespace Cvmfs.Net.Objects;

/// <summary>A set of keys that forgets nothing and now and then believes to know one that it does not: a row of Bloom filters, each larger than the one before.</summary>
/// <remarks>A key sets one bit in each of the eight words of one block, so that a look costs one cache line. Adding is for one thread at a time;
/// reading is not bound to anything: a reader may miss what is being added.</remarks>
internal sealed class PresenceFilter
{
    private const int WordsPerBlock = 8;
    private const int BitsPerKey = 12; // of 8 bits set, some 0.5 % of unknown keys look known
    private const int SmallestCapacity = 128;

    private volatile ulong[][] _filters = [];
    private long _capacity;
    private long _count;

    /// <summary>Bytes of all filters.</summary>
    public long MemoryBytes { get; private set; }

    /// <summary>Keys that changed something when they were added.</summary>
    public long Count => _count;

    /// <summary>Whether a key may have been added. Never false for one that was.</summary>
    public bool MayContain(ObjectKey key)
    {
        ulong hash = Mix(key);
        foreach (ulong[] filter in _filters)
        {
            if (Test(filter, key, hash)) return true;
        }

        return false;
    }

    /// <summary>Adds a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="tryTake">Asks for bytes when the filters are full. Without them the last filter gets fuller than it should be, and believes more.</param>
    /// <returns>False if there is no filter at all, for want of bytes: then the key was not added.</returns>
    public bool Add(ObjectKey key, Func<long, bool> tryTake)
    {
        if (_count >= _capacity && !Grow(2 * _capacity, tryTake) && _filters.Length == 0) return false;
        ulong hash = Mix(key);
        foreach (ulong[] filter in _filters)
        {
            if (Test(filter, key, hash)) return true;
        }

        ulong[] last = _filters[^1];
        int block = BlockOf(last, key);
        for (int word = 0; word < WordsPerBlock; word++) last[block + word] |= Bit(hash, word);
        _count++;
        return true;
    }

    // The first byte of a digest chooses the shard, so it tells nothing here; a block is chosen by what follows.
    private static int BlockOf(ulong[] filter, ObjectKey key)
        => (int)Math.BigMul(key.Hash.Prefix64 << 8, (ulong)(filter.Length / WordsPerBlock), out _) * WordsPerBlock;

    private static ulong Bit(ulong hash, int word) => 1UL << (int)((hash >> (word * 6)) & 63);

    private static bool Test(ulong[] filter, ObjectKey key, ulong hash)
    {
        int block = BlockOf(filter, key);
        for (int word = 0; word < WordsPerBlock; word++)
        {
            if ((filter[block + word] & Bit(hash, word)) == 0) return false;
        }

        return true;
    }

    /// <summary>48 bits that have nothing to do with the block: a multiplication carries the low bits of the digest's beginning upwards, a rotation back.</summary>
    private static ulong Mix(ObjectKey key)
    {
        ulong hash = (key.Hash.Prefix64 ^ ((ulong)key.Suffix << 40)) * 0x9E3779B97F4A7C15;
        hash = BitOperations.RotateLeft(hash, 29) * 0xBF58476D1CE4E5B9;
        return hash ^ (hash >> 31);
    }

    /// <summary>Makes room for some keys at once, which takes one filter instead of a row of them.</summary>
    public bool Reserve(long keys, Func<long, bool> tryTake) => _capacity - _count >= keys || Grow(keys, tryTake);

    private bool Grow(long keys, Func<long, bool> tryTake)
    {
        keys = Math.Max(SmallestCapacity, keys);
        long words = (keys * BitsPerKey / 64 + WordsPerBlock) / WordsPerBlock * WordsPerBlock;
        if (words > Array.MaxLength || !tryTake(words * sizeof(ulong))) return false;
        _filters = [.. _filters, new ulong[words]];
        MemoryBytes += words * sizeof(ulong);
        _capacity += keys;
        return true;
    }
}
