using System.Buffers.Binary;
using System.Numerics;

namespace Cvmfs.Net.Hashing;

/// <summary>SHAKE-128 (FIPS 202) cut to 20 bytes, for platforms whose own one is missing. Not thread-safe; reusable after <see cref="Finish"/>.</summary>
/// <remarks>Keccak-f[1600] over blocks of 168 bytes. Written to be right and short: where speed counts, the platform has its own.</remarks>
internal sealed class ManagedShake128
{
    private const int RateBytes = 168;
    private const int Rounds = 24;
    private const byte DomainAndFirstPadding = 0x1F;
    private const byte LastPadding = 0x80;

    private readonly ulong[] _state = new ulong[25];
    private readonly byte[] _block = new byte[RateBytes];
    private int _blockLength;

    private static ReadOnlySpan<ulong> RoundConstants =>
    [
        0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000, 0x000000000000808B, 0x0000000080000001,
        0x8000000080008081, 0x8000000000008009, 0x000000000000008A, 0x0000000000000088, 0x0000000080008009, 0x000000008000000A,
        0x000000008000808B, 0x800000000000008B, 0x8000000000008089, 0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
        0x000000000000800A, 0x800000008000000A, 0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
    ];

    // Rotation and target of each lane, along the cycle that the lanes are moved in.
    private static ReadOnlySpan<byte> Rotations => [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44];

    private static ReadOnlySpan<byte> Targets => [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1];

    public void Append(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            int step = Math.Min(RateBytes - _blockLength, data.Length);
            data[..step].CopyTo(_block.AsSpan(_blockLength));
            _blockLength += step;
            data = data[step..];
            if (_blockLength == RateBytes) Absorb();
        }
    }

    /// <summary>Writes the digest, at most one block of it, and starts anew.</summary>
    public void Finish(Span<byte> digest)
    {
        _block.AsSpan(_blockLength).Clear();
        _block[_blockLength] = DomainAndFirstPadding;
        _block[^1] |= LastPadding;
        Absorb();
        Span<byte> output = stackalloc byte[RateBytes];
        for (int i = 0; i < RateBytes / 8; i++) BinaryPrimitives.WriteUInt64LittleEndian(output[(8 * i)..], _state[i]);
        output[..digest.Length].CopyTo(digest);
        Array.Clear(_state);
    }

    private void Absorb()
    {
        for (int i = 0; i < RateBytes / 8; i++) _state[i] ^= BinaryPrimitives.ReadUInt64LittleEndian(_block.AsSpan(8 * i));
        _blockLength = 0;
        Permute(_state);
    }

    private static void Permute(Span<ulong> a)
    {
        for (int round = 0; round < Rounds; round++)
        {
            MixColumns(a);
            ulong moving = a[1];
            for (int i = 0; i < Rotations.Length; i++) (moving, a[Targets[i]]) = (a[Targets[i]], BitOperations.RotateLeft(moving, Rotations[i]));
            for (int y = 0; y < 25; y += 5) MixRow(a.Slice(y, 5));
            a[0] ^= RoundConstants[round];
        }
    }

    private static void MixColumns(Span<ulong> a)
    {
        ulong c0 = a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20];
        ulong c1 = a[1] ^ a[6] ^ a[11] ^ a[16] ^ a[21];
        ulong c2 = a[2] ^ a[7] ^ a[12] ^ a[17] ^ a[22];
        ulong c3 = a[3] ^ a[8] ^ a[13] ^ a[18] ^ a[23];
        ulong c4 = a[4] ^ a[9] ^ a[14] ^ a[19] ^ a[24];
        for (int y = 0; y < 25; y += 5)
        {
            a[y] ^= c4 ^ BitOperations.RotateLeft(c1, 1);
            a[y + 1] ^= c0 ^ BitOperations.RotateLeft(c2, 1);
            a[y + 2] ^= c1 ^ BitOperations.RotateLeft(c3, 1);
            a[y + 3] ^= c2 ^ BitOperations.RotateLeft(c4, 1);
            a[y + 4] ^= c3 ^ BitOperations.RotateLeft(c0, 1);
        }
    }

    private static void MixRow(Span<ulong> row)
    {
        var (r0, r1, r2, r3, r4) = (row[0], row[1], row[2], row[3], row[4]);
        row[0] = r0 ^ (~r1 & r2);
        row[1] = r1 ^ (~r2 & r3);
        row[2] = r2 ^ (~r3 & r4);
        row[3] = r3 ^ (~r4 & r0);
        row[4] = r4 ^ (~r0 & r1);
    }
}
