using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Cvmfs.Net.Hashing;

/// <summary>RIPEMD-160 (Dobbertin, Bosselaers, Preneel 1996), which the framework does not have. Not thread-safe; reusable after <see cref="Finish"/>.</summary>
/// <remarks>Two lines of 80 steps each over blocks of 64 bytes, little-endian. The lines do not depend on each other, which lets the processor
/// run them side by side: their steps stand side by side for that reason.</remarks>
internal sealed class RipeMd160
{
    private const int BlockBytes = 64;
    private const int LengthBytes = 8;

    private readonly byte[] _pending = new byte[BlockBytes];
    private int _pendingLength;
    private ulong _length;
    private uint _h0, _h1, _h2, _h3, _h4;

    public RipeMd160() => Reset();

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

    // Two lines of 80 steps, five rounds of sixteen. Written out, because as a loop over tables of words and shifts it took a third longer.
    private void Process(ReadOnlySpan<byte> block)
    {
        uint x0 = BinaryPrimitives.ReadUInt32LittleEndian(block);
        uint x1 = BinaryPrimitives.ReadUInt32LittleEndian(block[4..]);
        uint x2 = BinaryPrimitives.ReadUInt32LittleEndian(block[8..]);
        uint x3 = BinaryPrimitives.ReadUInt32LittleEndian(block[12..]);
        uint x4 = BinaryPrimitives.ReadUInt32LittleEndian(block[16..]);
        uint x5 = BinaryPrimitives.ReadUInt32LittleEndian(block[20..]);
        uint x6 = BinaryPrimitives.ReadUInt32LittleEndian(block[24..]);
        uint x7 = BinaryPrimitives.ReadUInt32LittleEndian(block[28..]);
        uint x8 = BinaryPrimitives.ReadUInt32LittleEndian(block[32..]);
        uint x9 = BinaryPrimitives.ReadUInt32LittleEndian(block[36..]);
        uint x10 = BinaryPrimitives.ReadUInt32LittleEndian(block[40..]);
        uint x11 = BinaryPrimitives.ReadUInt32LittleEndian(block[44..]);
        uint x12 = BinaryPrimitives.ReadUInt32LittleEndian(block[48..]);
        uint x13 = BinaryPrimitives.ReadUInt32LittleEndian(block[52..]);
        uint x14 = BinaryPrimitives.ReadUInt32LittleEndian(block[56..]);
        uint x15 = BinaryPrimitives.ReadUInt32LittleEndian(block[60..]);

        uint a = _h0, b = _h1, c = _h2, d = _h3, e = _h4;
        uint f = a, g = b, h = c, i = d, j = e;

        // round 1
        Step(ref a, ref c, e, Parity(b, c, d) + x0, 11); Step(ref f, ref h, j, NotOr(g, h, i) + x5 + 0x50A28BE6, 8);
        Step(ref e, ref b, d, Parity(a, b, c) + x1, 14); Step(ref j, ref g, i, NotOr(f, g, h) + x14 + 0x50A28BE6, 9);
        Step(ref d, ref a, c, Parity(e, a, b) + x2, 15); Step(ref i, ref f, h, NotOr(j, f, g) + x7 + 0x50A28BE6, 9);
        Step(ref c, ref e, b, Parity(d, e, a) + x3, 12); Step(ref h, ref j, g, NotOr(i, j, f) + x0 + 0x50A28BE6, 11);
        Step(ref b, ref d, a, Parity(c, d, e) + x4, 5); Step(ref g, ref i, f, NotOr(h, i, j) + x9 + 0x50A28BE6, 13);
        Step(ref a, ref c, e, Parity(b, c, d) + x5, 8); Step(ref f, ref h, j, NotOr(g, h, i) + x2 + 0x50A28BE6, 15);
        Step(ref e, ref b, d, Parity(a, b, c) + x6, 7); Step(ref j, ref g, i, NotOr(f, g, h) + x11 + 0x50A28BE6, 15);
        Step(ref d, ref a, c, Parity(e, a, b) + x7, 9); Step(ref i, ref f, h, NotOr(j, f, g) + x4 + 0x50A28BE6, 5);
        Step(ref c, ref e, b, Parity(d, e, a) + x8, 11); Step(ref h, ref j, g, NotOr(i, j, f) + x13 + 0x50A28BE6, 7);
        Step(ref b, ref d, a, Parity(c, d, e) + x9, 13); Step(ref g, ref i, f, NotOr(h, i, j) + x6 + 0x50A28BE6, 7);
        Step(ref a, ref c, e, Parity(b, c, d) + x10, 14); Step(ref f, ref h, j, NotOr(g, h, i) + x15 + 0x50A28BE6, 8);
        Step(ref e, ref b, d, Parity(a, b, c) + x11, 15); Step(ref j, ref g, i, NotOr(f, g, h) + x8 + 0x50A28BE6, 11);
        Step(ref d, ref a, c, Parity(e, a, b) + x12, 6); Step(ref i, ref f, h, NotOr(j, f, g) + x1 + 0x50A28BE6, 14);
        Step(ref c, ref e, b, Parity(d, e, a) + x13, 7); Step(ref h, ref j, g, NotOr(i, j, f) + x10 + 0x50A28BE6, 14);
        Step(ref b, ref d, a, Parity(c, d, e) + x14, 9); Step(ref g, ref i, f, NotOr(h, i, j) + x3 + 0x50A28BE6, 12);
        Step(ref a, ref c, e, Parity(b, c, d) + x15, 8); Step(ref f, ref h, j, NotOr(g, h, i) + x12 + 0x50A28BE6, 6);

        // round 2
        Step(ref e, ref b, d, Choose(a, b, c) + x7 + 0x5A827999, 7); Step(ref j, ref g, i, ChooseBack(f, g, h) + x6 + 0x5C4DD124, 9);
        Step(ref d, ref a, c, Choose(e, a, b) + x4 + 0x5A827999, 6); Step(ref i, ref f, h, ChooseBack(j, f, g) + x11 + 0x5C4DD124, 13);
        Step(ref c, ref e, b, Choose(d, e, a) + x13 + 0x5A827999, 8); Step(ref h, ref j, g, ChooseBack(i, j, f) + x3 + 0x5C4DD124, 15);
        Step(ref b, ref d, a, Choose(c, d, e) + x1 + 0x5A827999, 13); Step(ref g, ref i, f, ChooseBack(h, i, j) + x7 + 0x5C4DD124, 7);
        Step(ref a, ref c, e, Choose(b, c, d) + x10 + 0x5A827999, 11); Step(ref f, ref h, j, ChooseBack(g, h, i) + x0 + 0x5C4DD124, 12);
        Step(ref e, ref b, d, Choose(a, b, c) + x6 + 0x5A827999, 9); Step(ref j, ref g, i, ChooseBack(f, g, h) + x13 + 0x5C4DD124, 8);
        Step(ref d, ref a, c, Choose(e, a, b) + x15 + 0x5A827999, 7); Step(ref i, ref f, h, ChooseBack(j, f, g) + x5 + 0x5C4DD124, 9);
        Step(ref c, ref e, b, Choose(d, e, a) + x3 + 0x5A827999, 15); Step(ref h, ref j, g, ChooseBack(i, j, f) + x10 + 0x5C4DD124, 11);
        Step(ref b, ref d, a, Choose(c, d, e) + x12 + 0x5A827999, 7); Step(ref g, ref i, f, ChooseBack(h, i, j) + x14 + 0x5C4DD124, 7);
        Step(ref a, ref c, e, Choose(b, c, d) + x0 + 0x5A827999, 12); Step(ref f, ref h, j, ChooseBack(g, h, i) + x15 + 0x5C4DD124, 7);
        Step(ref e, ref b, d, Choose(a, b, c) + x9 + 0x5A827999, 15); Step(ref j, ref g, i, ChooseBack(f, g, h) + x8 + 0x5C4DD124, 12);
        Step(ref d, ref a, c, Choose(e, a, b) + x5 + 0x5A827999, 9); Step(ref i, ref f, h, ChooseBack(j, f, g) + x12 + 0x5C4DD124, 7);
        Step(ref c, ref e, b, Choose(d, e, a) + x2 + 0x5A827999, 11); Step(ref h, ref j, g, ChooseBack(i, j, f) + x4 + 0x5C4DD124, 6);
        Step(ref b, ref d, a, Choose(c, d, e) + x14 + 0x5A827999, 7); Step(ref g, ref i, f, ChooseBack(h, i, j) + x9 + 0x5C4DD124, 15);
        Step(ref a, ref c, e, Choose(b, c, d) + x11 + 0x5A827999, 13); Step(ref f, ref h, j, ChooseBack(g, h, i) + x1 + 0x5C4DD124, 13);
        Step(ref e, ref b, d, Choose(a, b, c) + x8 + 0x5A827999, 12); Step(ref j, ref g, i, ChooseBack(f, g, h) + x2 + 0x5C4DD124, 11);

        // round 3
        Step(ref d, ref a, c, OrNot(e, a, b) + x3 + 0x6ED9EBA1, 11); Step(ref i, ref f, h, OrNot(j, f, g) + x15 + 0x6D703EF3, 9);
        Step(ref c, ref e, b, OrNot(d, e, a) + x10 + 0x6ED9EBA1, 13); Step(ref h, ref j, g, OrNot(i, j, f) + x5 + 0x6D703EF3, 7);
        Step(ref b, ref d, a, OrNot(c, d, e) + x14 + 0x6ED9EBA1, 6); Step(ref g, ref i, f, OrNot(h, i, j) + x1 + 0x6D703EF3, 15);
        Step(ref a, ref c, e, OrNot(b, c, d) + x4 + 0x6ED9EBA1, 7); Step(ref f, ref h, j, OrNot(g, h, i) + x3 + 0x6D703EF3, 11);
        Step(ref e, ref b, d, OrNot(a, b, c) + x9 + 0x6ED9EBA1, 14); Step(ref j, ref g, i, OrNot(f, g, h) + x7 + 0x6D703EF3, 8);
        Step(ref d, ref a, c, OrNot(e, a, b) + x15 + 0x6ED9EBA1, 9); Step(ref i, ref f, h, OrNot(j, f, g) + x14 + 0x6D703EF3, 6);
        Step(ref c, ref e, b, OrNot(d, e, a) + x8 + 0x6ED9EBA1, 13); Step(ref h, ref j, g, OrNot(i, j, f) + x6 + 0x6D703EF3, 6);
        Step(ref b, ref d, a, OrNot(c, d, e) + x1 + 0x6ED9EBA1, 15); Step(ref g, ref i, f, OrNot(h, i, j) + x9 + 0x6D703EF3, 14);
        Step(ref a, ref c, e, OrNot(b, c, d) + x2 + 0x6ED9EBA1, 14); Step(ref f, ref h, j, OrNot(g, h, i) + x11 + 0x6D703EF3, 12);
        Step(ref e, ref b, d, OrNot(a, b, c) + x7 + 0x6ED9EBA1, 8); Step(ref j, ref g, i, OrNot(f, g, h) + x8 + 0x6D703EF3, 13);
        Step(ref d, ref a, c, OrNot(e, a, b) + x0 + 0x6ED9EBA1, 13); Step(ref i, ref f, h, OrNot(j, f, g) + x12 + 0x6D703EF3, 5);
        Step(ref c, ref e, b, OrNot(d, e, a) + x6 + 0x6ED9EBA1, 6); Step(ref h, ref j, g, OrNot(i, j, f) + x2 + 0x6D703EF3, 14);
        Step(ref b, ref d, a, OrNot(c, d, e) + x13 + 0x6ED9EBA1, 5); Step(ref g, ref i, f, OrNot(h, i, j) + x10 + 0x6D703EF3, 13);
        Step(ref a, ref c, e, OrNot(b, c, d) + x11 + 0x6ED9EBA1, 12); Step(ref f, ref h, j, OrNot(g, h, i) + x0 + 0x6D703EF3, 13);
        Step(ref e, ref b, d, OrNot(a, b, c) + x5 + 0x6ED9EBA1, 7); Step(ref j, ref g, i, OrNot(f, g, h) + x4 + 0x6D703EF3, 7);
        Step(ref d, ref a, c, OrNot(e, a, b) + x12 + 0x6ED9EBA1, 5); Step(ref i, ref f, h, OrNot(j, f, g) + x13 + 0x6D703EF3, 5);

        // round 4
        Step(ref c, ref e, b, ChooseBack(d, e, a) + x1 + 0x8F1BBCDC, 11); Step(ref h, ref j, g, Choose(i, j, f) + x8 + 0x7A6D76E9, 15);
        Step(ref b, ref d, a, ChooseBack(c, d, e) + x9 + 0x8F1BBCDC, 12); Step(ref g, ref i, f, Choose(h, i, j) + x6 + 0x7A6D76E9, 5);
        Step(ref a, ref c, e, ChooseBack(b, c, d) + x11 + 0x8F1BBCDC, 14); Step(ref f, ref h, j, Choose(g, h, i) + x4 + 0x7A6D76E9, 8);
        Step(ref e, ref b, d, ChooseBack(a, b, c) + x10 + 0x8F1BBCDC, 15); Step(ref j, ref g, i, Choose(f, g, h) + x1 + 0x7A6D76E9, 11);
        Step(ref d, ref a, c, ChooseBack(e, a, b) + x0 + 0x8F1BBCDC, 14); Step(ref i, ref f, h, Choose(j, f, g) + x3 + 0x7A6D76E9, 14);
        Step(ref c, ref e, b, ChooseBack(d, e, a) + x8 + 0x8F1BBCDC, 15); Step(ref h, ref j, g, Choose(i, j, f) + x11 + 0x7A6D76E9, 14);
        Step(ref b, ref d, a, ChooseBack(c, d, e) + x12 + 0x8F1BBCDC, 9); Step(ref g, ref i, f, Choose(h, i, j) + x15 + 0x7A6D76E9, 6);
        Step(ref a, ref c, e, ChooseBack(b, c, d) + x4 + 0x8F1BBCDC, 8); Step(ref f, ref h, j, Choose(g, h, i) + x0 + 0x7A6D76E9, 14);
        Step(ref e, ref b, d, ChooseBack(a, b, c) + x13 + 0x8F1BBCDC, 9); Step(ref j, ref g, i, Choose(f, g, h) + x5 + 0x7A6D76E9, 6);
        Step(ref d, ref a, c, ChooseBack(e, a, b) + x3 + 0x8F1BBCDC, 14); Step(ref i, ref f, h, Choose(j, f, g) + x12 + 0x7A6D76E9, 9);
        Step(ref c, ref e, b, ChooseBack(d, e, a) + x7 + 0x8F1BBCDC, 5); Step(ref h, ref j, g, Choose(i, j, f) + x2 + 0x7A6D76E9, 12);
        Step(ref b, ref d, a, ChooseBack(c, d, e) + x15 + 0x8F1BBCDC, 6); Step(ref g, ref i, f, Choose(h, i, j) + x13 + 0x7A6D76E9, 9);
        Step(ref a, ref c, e, ChooseBack(b, c, d) + x14 + 0x8F1BBCDC, 8); Step(ref f, ref h, j, Choose(g, h, i) + x9 + 0x7A6D76E9, 12);
        Step(ref e, ref b, d, ChooseBack(a, b, c) + x5 + 0x8F1BBCDC, 6); Step(ref j, ref g, i, Choose(f, g, h) + x7 + 0x7A6D76E9, 5);
        Step(ref d, ref a, c, ChooseBack(e, a, b) + x6 + 0x8F1BBCDC, 5); Step(ref i, ref f, h, Choose(j, f, g) + x10 + 0x7A6D76E9, 15);
        Step(ref c, ref e, b, ChooseBack(d, e, a) + x2 + 0x8F1BBCDC, 12); Step(ref h, ref j, g, Choose(i, j, f) + x14 + 0x7A6D76E9, 8);

        // round 5
        Step(ref b, ref d, a, NotOr(c, d, e) + x4 + 0xA953FD4E, 9); Step(ref g, ref i, f, Parity(h, i, j) + x12, 8);
        Step(ref a, ref c, e, NotOr(b, c, d) + x0 + 0xA953FD4E, 15); Step(ref f, ref h, j, Parity(g, h, i) + x15, 5);
        Step(ref e, ref b, d, NotOr(a, b, c) + x5 + 0xA953FD4E, 5); Step(ref j, ref g, i, Parity(f, g, h) + x10, 12);
        Step(ref d, ref a, c, NotOr(e, a, b) + x9 + 0xA953FD4E, 11); Step(ref i, ref f, h, Parity(j, f, g) + x4, 9);
        Step(ref c, ref e, b, NotOr(d, e, a) + x7 + 0xA953FD4E, 6); Step(ref h, ref j, g, Parity(i, j, f) + x1, 12);
        Step(ref b, ref d, a, NotOr(c, d, e) + x12 + 0xA953FD4E, 8); Step(ref g, ref i, f, Parity(h, i, j) + x5, 5);
        Step(ref a, ref c, e, NotOr(b, c, d) + x2 + 0xA953FD4E, 13); Step(ref f, ref h, j, Parity(g, h, i) + x8, 14);
        Step(ref e, ref b, d, NotOr(a, b, c) + x10 + 0xA953FD4E, 12); Step(ref j, ref g, i, Parity(f, g, h) + x7, 6);
        Step(ref d, ref a, c, NotOr(e, a, b) + x14 + 0xA953FD4E, 5); Step(ref i, ref f, h, Parity(j, f, g) + x6, 8);
        Step(ref c, ref e, b, NotOr(d, e, a) + x1 + 0xA953FD4E, 12); Step(ref h, ref j, g, Parity(i, j, f) + x2, 13);
        Step(ref b, ref d, a, NotOr(c, d, e) + x3 + 0xA953FD4E, 13); Step(ref g, ref i, f, Parity(h, i, j) + x13, 6);
        Step(ref a, ref c, e, NotOr(b, c, d) + x8 + 0xA953FD4E, 14); Step(ref f, ref h, j, Parity(g, h, i) + x14, 5);
        Step(ref e, ref b, d, NotOr(a, b, c) + x11 + 0xA953FD4E, 11); Step(ref j, ref g, i, Parity(f, g, h) + x0, 15);
        Step(ref d, ref a, c, NotOr(e, a, b) + x6 + 0xA953FD4E, 8); Step(ref i, ref f, h, Parity(j, f, g) + x3, 13);
        Step(ref c, ref e, b, NotOr(d, e, a) + x15 + 0xA953FD4E, 5); Step(ref h, ref j, g, Parity(i, j, f) + x9, 11);
        Step(ref b, ref d, a, NotOr(c, d, e) + x13 + 0xA953FD4E, 6); Step(ref g, ref i, f, Parity(h, i, j) + x11, 11);

        uint h0 = _h1 + c + i;
        _h1 = _h2 + d + j;
        _h2 = _h3 + e + f;
        _h3 = _h4 + a + g;
        _h4 = _h0 + b + h;
        _h0 = h0;
    }

    /// <summary>One step of one line. Instead of moving all registers on, the caller names them shifted by one in the next step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(ref uint first, ref uint third, uint last, uint addend, int shift)
    {
        first = BitOperations.RotateLeft(first + addend, shift) + last;
        third = BitOperations.RotateLeft(third, 10);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Parity(uint x, uint y, uint z) => x ^ y ^ z;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Choose(uint x, uint y, uint z) => ((y ^ z) & x) ^ z;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint OrNot(uint x, uint y, uint z) => (x | ~y) ^ z;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint ChooseBack(uint x, uint y, uint z) => ((x ^ y) & z) ^ y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint NotOr(uint x, uint y, uint z) => x ^ (y | ~z);
}
