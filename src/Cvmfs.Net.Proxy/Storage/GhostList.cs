namespace Cvmfs.Net.Proxy.Storage;

/// <summary>Remembers what was evicted lately, by hash alone: who comes back soon was evicted too early. Eight bytes an object.</summary>
/// <remarks>Sets of four: 40 bits of the digest and the instant in which the object was added; the leading bits choose the set. A newer one takes the
/// place of the oldest of its set. Not thread-safe.</remarks>
internal sealed class GhostList(int minCapacity)
{
    private const int Ways = 4;
    private const int InstantBits = 24;
    private const uint InstantMask = (1 << InstantBits) - 1;

    private ulong[] _slots = new ulong[PowerOfTwo(minCapacity)];
    private uint _instant;

    /// <summary>Objects it can remember.</summary>
    public int Capacity => _slots.Length;

    /// <summary>Adds an object.</summary>
    public void Add(ulong prefix)
    {
        _instant++;
        var ways = SetOf(prefix);
        int oldest = 0;
        uint age = 0;
        for (int i = 0; i < Ways; i++)
        {
            uint itsAge = ways[i] == 0 ? uint.MaxValue : AgeOf(ways[i]);
            if (itsAge < age) continue;
            (oldest, age) = (i, itsAge);
        }

        ways[oldest] = (prefix << InstantBits) | (_instant & InstantMask);
    }

    /// <summary>Whether an object was among the newest so many; it is forgotten.</summary>
    public bool Take(ulong prefix, int newest)
    {
        foreach (ref ulong slot in SetOf(prefix))
        {
            if (slot == 0 || slot >> InstantBits != (prefix << InstantBits) >> InstantBits) continue;
            bool isRecent = AgeOf(slot) < (uint)Math.Max(newest, 1);
            slot = 0;
            return isRecent;
        }

        return false;
    }

    /// <summary>Makes room for more. What was remembered is forgotten: lists grow while nothing is evicted.</summary>
    public void EnsureCapacity(int objects)
    {
        if (objects > _slots.Length) _slots = new ulong[PowerOfTwo(objects)];
    }

    private static int PowerOfTwo(int atLeast) => (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(atLeast, 1024, 1 << 28));

    private uint AgeOf(ulong slot) => (_instant - (uint)slot) & InstantMask;

    private Span<ulong> SetOf(ulong prefix)
    {
        int sets = _slots.Length / Ways;
        int set = (int)(prefix >> (64 - System.Numerics.BitOperations.Log2((uint)sets)));
        return _slots.AsSpan(set * Ways, Ways);
    }
}
