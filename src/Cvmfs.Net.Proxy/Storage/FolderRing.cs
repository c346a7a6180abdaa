using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Proxy.Storage;

/// <summary>Which of several folders an object belongs to: the one whose number, mixed with the digest, is the largest. Adding or removing a folder
/// moves its own share only, and the order in which folders are named does not matter.</summary>
internal sealed class FolderRing(IEnumerable<string> folders)
{
    private readonly ulong[] _seeds = [.. folders.Select(static folder => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(folder)))))];

    /// <summary>Index of the folder of an object.</summary>
    public int IndexOf(in ContentHash hash)
    {
        int best = 0;
        ulong highest = 0;
        for (int i = 0; i < _seeds.Length; i++)
        {
            ulong mixed = (hash.Prefix64 ^ _seeds[i]) * 0x9E3779B97F4A7C15;
            mixed = (mixed ^ (mixed >> 29)) * 0xBF58476D1CE4E5B9;
            mixed ^= mixed >> 32;
            if (mixed >= highest) (best, highest) = (i, mixed);
        }

        return best;
    }
}
