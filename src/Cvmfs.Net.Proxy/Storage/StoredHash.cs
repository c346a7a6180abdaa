using System.Buffers;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Proxy.Storage;

/// <summary>Hashes what is stored.</summary>
internal static class StoredHash
{
    private const int PieceBytes = 256 << 10;

    /// <summary>The hash of an object in a file, read now.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public static ContentHash Of(StorageFiles files, in CachedObject stored, HashAlgorithmId algorithm, string path)
    {
        using var hasher = ContentHasher.Create(algorithm);
        byte[] piece = ArrayPool<byte>.Shared.Rent((int)Math.Min(PieceBytes, stored.Length));
        try
        {
            for (long at = 0; at < stored.Length;)
            {
                var part = piece.AsSpan(0, (int)Math.Min(piece.Length, stored.Length - at));
                int read = files.Read(stored.File!.Handle, part, stored.Offset + at, path);
                hasher.Append(part[..read]);
                if (read < part.Length) break; // shorter than it should be: then the hash is another one
                at += read;
            }

            return hasher.GetHashAndReset();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }
}
