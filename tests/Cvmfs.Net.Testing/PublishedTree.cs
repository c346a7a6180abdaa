using System.Globalization;
using System.Security.Cryptography;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Testing;

/// <summary>Everything a revision shows, one line per entry: what tests compare trees by.</summary>
public static class PublishedTree
{
    /// <summary>Reads a revision back through its catalogs; contents are decompressed and hashed.</summary>
    public static IReadOnlyList<string> Describe(BuiltRepository repository)
    {
        ArgumentNullException.ThrowIfNull(repository);
        var lines = new List<string>();
        Describe(repository, new NestedCatalog(RepositoryPath.Root, repository.Manifest.RootCatalog, 0, IsBind: false), lines);
        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    private static void Describe(BuiltRepository repository, NestedCatalog nested, List<string> lines)
    {
        using var catalog = Catalog.Open(repository.ReadCatalog(nested.Hash), nested.Mountpoint);
        foreach (var (path, entry) in catalog.ReadAllEntries())
        {
            if (path == nested.Mountpoint && !path.IsRoot) continue; // the parent said it
            string content = entry.IsFile && !entry.IsExternal ? Convert.ToHexStringLower(SHA256.HashData(Content(repository, catalog, path, entry))) : "";
            lines.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{Convert.ToHexStringLower(path.Bytes)} {entry.Kind} {entry.Mode:x} {entry.Uid}:{entry.Gid} {entry.RawSize} {entry.MTimeSeconds}.{entry.MTimeNanoseconds} links={entry.LinkCount} dev={entry.DeviceNumber} \"{Convert.ToHexStringLower(entry.SymlinkTarget.Span)}\" {Convert.ToHexStringLower(entry.RawXattrs.Span)} {content}"));
        }

        foreach (var child in catalog.NestedCatalogs) Describe(repository, child, lines);
    }

    private static byte[] Content(BuiltRepository repository, Catalog catalog, RepositoryPath path, CatalogEntry entry)
        => entry.IsChunked
            ? [.. catalog.Chunks(path, entry).SelectMany(chunk => Read(repository, new ObjectKey(chunk.Hash, ObjectSuffix.Partial), entry.Compression))]
            : Read(repository, new ObjectKey(entry.Hash), entry.Compression);

    private static byte[] Read(BuiltRepository repository, ObjectKey key, CompressionId compression)
        => ObjectCompression.Decompress(File.ReadAllBytes(repository.Store.PathOf(key)), compression, DecodingLimits.None);
}
