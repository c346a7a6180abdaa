using System.Globalization;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.Catalogs;

/// <summary>Which objects a catalog needs.</summary>
public sealed class CatalogEnumerationTests
{
    private static string Digest(int i) => i.ToString("x40", CultureInfo.InvariantCulture);

    private static string Blob(int i) => $"x'{Digest(i)}'";

    private static ObjectReference Reference(int i, ObjectSuffix suffix = ObjectSuffix.None, HashAlgorithmId algorithm = HashAlgorithmId.Sha1, int compression = 0)
        => new(new ObjectKey(new ContentHash(algorithm, Convert.FromHexString(Digest(i))), suffix), (CompressionId)compression);

    private static List<ObjectReference> Read(SyntheticCatalog catalog)
    {
        using var opened = catalog.Directory("").Open();
        return [.. opened.ReadObjectReferences()];
    }

    [Fact]
    [Conforms("protocol", 97)]
    public void Each_source_of_objects_counts_by_its_own_rules()
    {
        var found = Read(new SyntheticCatalog()
            .Row("/plain", hash: Blob(1))
            .Row("/rmd-none", flags: "4 + 0x100 + 0x800", hash: Blob(2))
            .Row("/bulk", flags: "68", hash: Blob(3)).Chunk("/bulk", "0", "4", Blob(4)).Chunk("/bulk", "4", "6", Blob(5))
            .Row("/chunked", flags: "68 + 0x200 + 0x1000", hash: "NULL").Chunk("/chunked", "0", "10", Blob(6)).Chunk("/chunked", "10", "0", "NULL")
            .Row("/external", flags: "132", hash: Blob(7))
            .Row("/external-chunked", flags: "2244", hash: Blob(8)).Chunk("/external-chunked", "0", "10", Blob(9))
            .Row("/link", flags: "12", mode: "41471", hash: "NULL")
            .Row("/empty-hash", hash: "x''").Row("/zeros", hash: Blob(0))
            .Directory("/micro", hash: Blob(10))
            .Chunk("/nowhere", "0", "1", Blob(11)));
        Assert.Equal(
            [
                Reference(1), Reference(2, algorithm: HashAlgorithmId.RipeMd160, compression: 1), Reference(3),
                Reference(4, ObjectSuffix.Partial), Reference(5, ObjectSuffix.Partial),
                Reference(6, ObjectSuffix.Partial, HashAlgorithmId.Shake128, 2), Reference(10, ObjectSuffix.MicroCatalog),
            ],
            found.OrderBy(reference => Convert.ToHexString(Bytes(reference)), StringComparer.Ordinal));

        static byte[] Bytes(ObjectReference reference)
        {
            byte[] digest = new byte[ContentHash.DigestBytes];
            reference.Key.Hash.CopyDigestTo(digest);
            return digest;
        }
    }

    [Fact]
    [Conforms("protocol", 97)]
    public void Each_object_is_named_once()
        => Assert.Single(Read(new SyntheticCatalog().Row("/a", hash: Blob(1)).Row("/b", hash: Blob(1)).Row("/c", hash: Blob(1))));

    [Fact]
    [Conforms("protocol", 98)]
    public void A_digest_with_and_without_p_is_two_objects()
        => Assert.Equal(
            [Reference(1), Reference(1, ObjectSuffix.Partial)],
            Read(new SyntheticCatalog().Row("/a", hash: Blob(1)).Row("/b", flags: "68", hash: "NULL").Chunk("/b", "0", "10", Blob(1))));

    [Fact]
    public void Equal_digests_of_two_algorithms_are_two_objects()
        => Assert.Equal(2, Read(new SyntheticCatalog().Row("/a", hash: Blob(1)).Row("/b", flags: "4 + 0x200", hash: Blob(1))).Count);

    [Fact]
    [Conforms("protocol", 93)]
    public void Nested_catalogs_are_told_apart_from_bind_mountpoints()
    {
        using var catalog = new SyntheticCatalog().Directory("").Directory("/n", "3").Directory("/b", "16385")
            .Nested("/n", Digest(1), "7").Nested("/b", Digest(2), "8", bind: true).Open();
        Assert.Empty(catalog.ReadObjectReferences());
        Assert.Equal("/n", Assert.Single(catalog.NestedCatalogs, nested => !nested.IsBind).Mountpoint.ToString());
        Assert.Equal("/b", Assert.Single(catalog.NestedCatalogs, nested => nested.IsBind).Mountpoint.ToString());
    }

    [Fact]
    public void Chunks_of_interleaved_files_get_their_own_files_flags()
    {
        var catalog = new SyntheticCatalog();
        for (int i = 0; i < 40; i++) catalog.Row($"/f{i}", flags: (i % 3) switch { 0 => "68", 1 => "68 + 0x100", _ => "68 + 128" }, hash: "NULL");
        for (int chunk = 0; chunk < 20; chunk++)
        {
            for (int i = 0; i < 40; i++) catalog.Chunk($"/f{i}", $"{chunk}", "1", Blob(1 + i * 100 + chunk));
        }

        var found = Read(catalog);
        Assert.Equal(14 * 20, found.Count(reference => reference.Key.Hash.Algorithm == HashAlgorithmId.Sha1));
        Assert.Equal(13 * 20, found.Count(reference => reference.Key.Hash.Algorithm == HashAlgorithmId.RipeMd160));
    }

    [Fact]
    [Conforms("protocol", 87)]
    public void Totals_are_self_plus_subtree()
    {
        var statistics = new CatalogStatistics(
            new CatalogCounters { Regular = 1, Symlink = 2, Special = 3, Directory = 4, Nested = 5, Chunked = 6, Chunks = 7, FileSize = 8, ChunkedSize = 9, Xattr = 10, External = 11, ExternalFileSize = 12 },
            new CatalogCounters { Regular = 100, ExternalFileSize = 1000 });
        Assert.Equal(101, statistics.Total.Regular);
        Assert.Equal(1012, statistics.Total.ExternalFileSize);
        Assert.Equal(7, statistics.Total.Chunks);
        Assert.Equal(10, statistics.Self.Entries);
        Assert.Equal(24, statistics.Rows().Count());
        Assert.Equal(default, statistics.Self - statistics.Self);
    }
}
