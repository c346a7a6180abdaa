using System.Buffers.Binary;
using System.Numerics;

namespace Cvmfs.Net.Hashing;

/// <summary>RIPEMD-160 (Dobbertin, Bosselaers, Preneel 1996), which the framework does not have. Not thread-safe; reusable after <see cref="Finish"/>.</summary>
/// <remarks>Two lines of 80 steps each over blocks of 64 bytes, little-endian. The lines do not depend on each other, which lets the processor
/// run them side by side: the two steps stand together in the loop for that reason.</remarks>
internal sealed class RipeMd160
{
    private const int BlockBytes = 64;
    private const int LengthBytes = 8;

    private readonly byte[] _pending = new byte[BlockBytes];
    private int _pendingLength;
    private ulong _length;
    private uint _h0, _h1, _h2, _h3, _h4;

    public RipeMd160() => Reset();

    // Which word of the block each step takes, five rounds of sixteen steps.
    private static ReadOnlySpan<byte> LeftWords =>
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        7, 4, 13, 1, 10, 6, 15, 3, 12, 0, 9, 5, 2, 14, 11, 8,
        3, 10, 14, 4, 9, 15, 8, 1, 2, 7, 0, 6, 13, 11, 5, 12,
        1, 9, 11, 10, 0, 8, 12, 4, 13, 3, 7, 15, 14, 5, 6, 2,
        4, 0, 5, 9, 7, 12, 2, 10, 14, 1, 3, 8, 11, 6, 15, 13,
    ];

    private static ReadOnlySpan<byte> RightWords =>
    [
        5, 14, 7, 0, 9, 2, 11, 4, 13, 6, 15, 8, 1, 10, 3, 12,
        6, 11, 3, 7, 0, 13, 5, 10, 14, 15, 8, 12, 4, 9, 1, 2,
        15, 5, 1, 3, 7, 14, 6, 9, 11, 8, 12, 2, 10, 0, 4, 13,
        8, 6, 4, 1, 3, 11, 15, 0, 5, 12, 2, 13, 9, 7, 10, 14,
        12, 15, 10, 4, 1, 5, 8, 7, 6, 2, 13, 14, 0, 3, 9, 11,
    ];

    // By how many bits each step rotates.
    private static ReadOnlySpan<byte> LeftShifts =>
    [
        11, 14, 15, 12, 5, 8, 7, 9, 11, 13, 14, 15, 6, 7, 9, 8,
        7, 6, 8, 13, 11, 9, 7, 15, 7, 12, 15, 9, 11, 7, 13, 12,
        11, 13, 6, 7, 14, 9, 13, 15, 14, 8, 13, 6, 5, 12, 7, 5,
        11, 12, 14, 15, 14, 15, 9, 8, 9, 14, 5, 6, 8, 6, 5, 12,
        9, 15, 5, 11, 6, 8, 13, 12, 5, 12, 13, 14, 11, 8, 5, 6,
    ];

    private static ReadOnlySpan<byte> RightShifts =>
    [
        8, 9, 9, 11, 13, 15, 15, 5, 7, 7, 8, 11, 14, 14, 12, 6,
        9, 13, 15, 7, 12, 8, 9, 11, 7, 7, 12, 7, 6, 15, 13, 11,
        9, 7, 15, 11, 8, 6, 6, 14, 12, 13, 5, 14, 13, 13, 7, 5,
        15, 5, 8, 11, 14, 14, 6, 14, 6, 9, 12, 9, 12, 5, 15, 8,
        8, 5, 12, 9, 12, 5, 14, 6, 8, 13, 6, 5, 15, 13, 11, 11,
    ];

    public void Append(ReadOnlySpan<byte> data)
    {
        _length += (ulong)data.Length;
        if (_pendingLength > 0)
        {
            int step = Math.Min(BlockBytes - _pendingLength, data.Length);
            data[..step].CopyTo(_pending.AsSpan(_pendingLength));
            _pendingLength += step;
            data = data[step..];
            if (_pendingLength < BlockBytes) return;
            Process(_pending);
            _pendingLength = 0;
        }

        for (; data.Length >= BlockBytes; data = data[BlockBytes..]) Process(data);
        data.CopyTo(_pending);
        _pendingLength = data.Length;
    }

    /// <summary>Writes the 20 bytes of the digest and starts anew.</summary>
    public void Finish(Span<byte> digest)
    {
        ulong bits = _length * 8;
        Span<byte> tail = stackalloc byte[2 * BlockBytes];
        int padding = (BlockBytes + BlockBytes - LengthBytes - _pendingLength - 1) % BlockBytes + 1;
        tail[0] = 0x80;
        BinaryPrimitives.WriteUInt64LittleEndian(tail[padding..], bits);
        Append(tail[..(padding + LengthBytes)]);

        BinaryPrimitives.WriteUInt32LittleEndian(digest, _h0);
        BinaryPrimitives.WriteUInt32LittleEndian(digest[4..], _h1);
        BinaryPrimitives.WriteUInt32LittleEndian(digest[8..], _h2);
        BinaryPrimitives.WriteUInt32LittleEndian(digest[12..], _h3);
        BinaryPrimitives.WriteUInt32LittleEndian(digest[16..], _h4);
        Reset();
    }

    private void Reset()
    {
        (_h0, _h1, _h2, _h3, _h4) = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0);
        (_pendingLength, _length) = (0, 0);
    }

    private void Process(ReadOnlySpan<byte> block)
    {
        Span<uint> words = stackalloc uint[16];
        for (int i = 0; i < words.Length; i++) words[i] = BinaryPrimitives.ReadUInt32LittleEndian(block[(4 * i)..]);

        var left = new Line(_h0, _h1, _h2, _h3, _h4);
        var right = left;
        for (int i = 0; i < 16; i++)
        {
            left.Step(left.B ^ left.C ^ left.D, words[LeftWords[i]], LeftShifts[i]);
            right.Step(right.B ^ (right.C | ~right.D), words[RightWords[i]] + 0x50A28BE6, RightShifts[i]);
        }

        for (int i = 16; i < 32; i++)
        {
            left.Step((left.B & left.C) | (~left.B & left.D), words[LeftWords[i]] + 0x5A827999, LeftShifts[i]);
            right.Step((right.B & right.D) | (right.C & ~right.D), words[RightWords[i]] + 0x5C4DD124, RightShifts[i]);
        }

        for (int i = 32; i < 48; i++)
        {
            left.Step((left.B | ~left.C) ^ left.D, words[LeftWords[i]] + 0x6ED9EBA1, LeftShifts[i]);
            right.Step((right.B | ~right.C) ^ right.D, words[RightWords[i]] + 0x6D703EF3, RightShifts[i]);
        }

        for (int i = 48; i < 64; i++)
        {
            left.Step((left.B & left.D) | (left.C & ~left.D), words[LeftWords[i]] + 0x8F1BBCDC, LeftShifts[i]);
            right.Step((right.B & right.C) | (~right.B & right.D), words[RightWords[i]] + 0x7A6D76E9, RightShifts[i]);
        }

        for (int i = 64; i < 80; i++)
        {
            left.Step(left.B ^ (left.C | ~left.D), words[LeftWords[i]] + 0xA953FD4E, LeftShifts[i]);
            right.Step(right.B ^ right.C ^ right.D, words[RightWords[i]], RightShifts[i]);
        }

        uint h0 = _h1 + left.C + right.D;
        _h1 = _h2 + left.D + right.E;
        _h2 = _h3 + left.E + right.A;
        _h3 = _h4 + left.A + right.B;
        _h4 = _h0 + left.B + right.C;
        _h0 = h0;
    }

    /// <summary>The five registers of a line.</summary>
    private struct Line(uint a, uint b, uint c, uint d, uint e)
    {
        public uint A = a, B = b, C = c, D = d, E = e;

        public void Step(uint mixed, uint addend, int shift)
        {
            uint next = BitOperations.RotateLeft(A + mixed + addend, shift) + E;
            A = E;
            E = D;
            D = BitOperations.RotateLeft(C, 10);
            C = B;
            B = next;
        }
    }
}
