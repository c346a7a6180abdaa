using System.Buffers.Binary;
using System.Numerics;

namespace Cvmfs.Net.Proxy.Storage;

/// <summary>CRC-32C, as disks and file systems use it.</summary>
internal static class Checksum
{
    /// <summary>The checksum of bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..]) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte rest in bytes) crc = BitOperations.Crc32C(crc, rest);
        return ~crc;
    }
}
