using System.IO.Compression;
using Cvmfs.Net.Catalogs;

namespace Cvmfs.Net.Testing.Synthetic;

/// <summary>Catalogs as bytes, made quickly.</summary>
internal static class CatalogImage
{
    /// <summary>Makes a catalog in one transaction.</summary>
    public static byte[] Make(RepositoryPath mountpoint, Action<CatalogWriter> fill)
    {
        using var writer = CatalogWriter.Create(mountpoint);
        writer.Transact(() => fill(writer));
        return writer.ToArray();
    }

    /// <summary>The catalog's object. Hashes are most of a catalog and do not compress, so the least effort is the right one.</summary>
    public static byte[] Compress(byte[] image)
    {
        using var stored = new MemoryStream(image.Length / 2);
        using (var zlib = new ZLibStream(stored, CompressionLevel.Fastest, leaveOpen: true)) zlib.Write(image);
        return stored.ToArray();
    }
}
