using System.Buffers.Binary;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Testing.Synthetic;

/// <summary>Any number of small objects, each a function of its number; four to eight bytes of memory per object to find it by its hash.</summary>
internal sealed class SyntheticObjects
{
    private const int MinBytes = 32;
    private const int MaxBytes = 200;

    private readonly int[] _slots; // open addressing; number of the object plus one, 0 for empty
    private readonly uint _mask;
    private readonly ulong _seed;

    public SyntheticObjects(int count, int seed)
    {
        Count = count;
        _seed = (ulong)seed << 32;
        _slots = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)count + (uint)count / 2 + 2)];
        _mask = (uint)_slots.Length - 1;
        Parallel.For(0, Environment.ProcessorCount, part =>
        {
            for (int i = part; i < count; i += Environment.ProcessorCount) Enter(i);
        });
    }

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>Stored bytes of an object, neither compressed nor compressible.</summary>
    public byte[] Content(int number)
    {
        byte[] content = new byte[Length(number)];
        Fill(number, content);
        return content;
    }

    /// <summary>Bytes of an object.</summary>
    public int Length(int number) => MinBytes + (int)(Mix(_seed ^ (ulong)number) % (MaxBytes - MinBytes + 1));

    /// <summary>Hash of an object.</summary>
    public ContentHash Hash(int number)
    {
        Span<byte> content = stackalloc byte[MaxBytes];
        content = content[..Length(number)];
        Fill(number, content);
        return ContentHash.Compute(HashAlgorithmId.Sha1, content);
    }

    /// <summary>Number of an object; -1 if there is none with that hash.</summary>
    public int Find(ContentHash hash)
    {
        for (uint slot = (uint)hash.Prefix64 & _mask; _slots[slot] != 0; slot = (slot + 1) & _mask)
        {
            int number = _slots[slot] - 1;
            if (Hash(number) == hash) return number;
        }

        return -1;
    }

    private void Enter(int number)
    {
        uint slot = (uint)Hash(number).Prefix64 & _mask;
        while (Interlocked.CompareExchange(ref _slots[slot], number + 1, 0) != 0) slot = (slot + 1) & _mask;
    }

    private void Fill(int number, Span<byte> content)
    {
        ulong state = Mix(_seed + (ulong)number + 1);
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        for (int at = 0; at < content.Length; at += sizeof(ulong))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(word, state);
            word[..Math.Min(sizeof(ulong), content.Length - at)].CopyTo(content[at..]);
            state = Mix(state);
        }

        BinaryPrimitives.WriteInt32LittleEndian(content, number); // no two objects are equal, whatever the dice say
    }

    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
