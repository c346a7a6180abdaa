using System.Numerics;
using System.Runtime.InteropServices;

namespace Cvmfs.Net.Replication.References;

/// <summary>Tells files of records that are whole from those that are not: CRC-32C over eight bytes at a time, as the machine has them.</summary>
internal static class RecordChecksum
{
    /// <summary>The checksum of what came before and some more.</summary>
    /// <param name="before">Checksum of what came before; 0 at the beginning.</param>
    /// <param name="bytes">The next bytes, a multiple of eight; what is over is left out.</param>
    public static uint Of(uint before, ReadOnlySpan<byte> bytes)
    {
        uint crc = ~before;
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(bytes)) crc = BitOperations.Crc32C(crc, word);
        return ~crc;
    }
}
