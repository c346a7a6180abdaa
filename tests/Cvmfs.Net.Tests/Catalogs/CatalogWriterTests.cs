using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Databases;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.Catalogs;

public sealed class CatalogWriterTests
{
    private static readonly ContentHash s_hash = ContentHash.Compute(HashAlgorithmId.RipeMd160, "x"u8);

    private static RepositoryPath At(string path) => RepositoryPath.Parse(path);

    [Fact]
    public void Tables_and_counters_are_those_that_the_reference_writes()
    {
        using var repository = new ReferenceRepository("empty.example.org");
        using var reference = SqliteFile.Open(repository.Inflate(repository.Listed[0].Hash, ObjectSuffix.Catalog), "reference");
        using var writer = CatalogWriter.Create();
        using var own = SqliteFile.Open(writer.ToArray(), "own");
        Assert.Equal(Objects(reference), Objects(own));
        foreach (string table in (string[])["catalog", "chunks", "nested_catalogs", "bind_mountpoints", "properties", "statistics"])
        {
            Assert.Equal(reference.ColumnsOf(table), own.ColumnsOf(table));
        }

        Assert.Equal(Keys(reference), Keys(own));
        Assert.Equal(HeaderOf(repository.Inflate(repository.Listed[0].Hash, ObjectSuffix.Catalog)), HeaderOf(writer.ToArray()));

        static List<string> Objects(SqliteFile file)
        {
            var found = new List<string>();
            using var rows = file.Prepare("SELECT type || ' ' || name || ' ' || tbl_name FROM sqlite_schema ORDER BY 1");
            while (rows.Step()) found.Add(rows.GetString(0));
            return found;
        }

        static List<string> Keys(SqliteFile file)
        {
            var found = new List<string>();
            using var rows = file.Prepare("SELECT counter FROM statistics ORDER BY 1");
            while (rows.Step()) found.Add(rows.GetString(0));
            return found;
        }

        // Page size, format versions, reserved bytes, fractions; then schema format, encoding, user version and application id.
        static byte[] HeaderOf(byte[] image) => [.. image[16..24], .. image[44..48], .. image[56..72]];
    }

    [Fact]
    [Conforms("protocol", 139)]
    public void What_is_put_is_read_back()
    {
        var file = new CatalogEntry
        {
            Name = "f"u8.ToArray(),
            Flags = (EntryFlags.File | EntryFlags.Chunked).With(HashAlgorithmId.RipeMd160, CompressionId.None),
            Mode = 0x81a4,
            Uid = uint.MaxValue,
            Gid = 7,
            RawSize = 30,
            MTimeSeconds = -5,
            MTimeNanoseconds = 999_999_999,
            LinkCount = 2,
            HardlinkGroup = 3,
            Hash = s_hash,
            RawXattrs = new byte[] { 1, 1, 1, 1, 0x61, 0x62 },
        };
        var directory = new CatalogEntry { Flags = EntryFlags.Directory, Mode = 0x41ed, RawSize = 4096, LinkCount = 2, Name = "n"u8.ToArray() };
        var link = new CatalogEntry { Name = "l"u8.ToArray(), Flags = EntryFlags.File | EntryFlags.SymbolicLink, Mode = 0xa1ff, RawSize = 2, SymlinkTarget = new byte[] { 0xff, 0x62 } };
        FileChunk[] chunks = [new(0, 10, s_hash), new(10, 20, s_hash)];
        var nested = new NestedCatalog(At("/n/sub"), s_hash, 4096, false);
        using var writer = CatalogWriter.Create(At("/n"));
        writer.Transact(() =>
        {
            writer.Put(At("/n"), directory with { Flags = EntryFlags.Directory | EntryFlags.NestedRoot });
            writer.Put(At("/n/f"), file);
            writer.PutChunks(At("/n/f"), chunks);
            writer.Put(At("/n/l"), link);
            writer.Put(At("/n/gone"), file with { Name = "gone"u8.ToArray() });
            writer.PutNested(nested);
            writer.PutNested(nested with { Mountpoint = At("/n/tag"), IsBind = true });
            writer.SetRevision(ulong.MaxValue);
            writer.SetTtl(TimeSpan.FromMinutes(1));
            writer.SetLastModified(DateTimeOffset.FromUnixTimeSeconds(77));
            writer.SetPreviousRevision(default);
            writer.SetStatistics(new CatalogStatistics(new CatalogCounters { Regular = 1, Chunks = 2 }, new CatalogCounters { Directory = 9 }));
        });
        Assert.True(writer.Remove(At("/n/gone")));
        Assert.False(writer.Remove(At("/n/gone")));

        using var again = CatalogWriter.Open(writer.ToArray());
        using var catalog = Catalog.Open(again.ToArray(), At("/n"));
        var found = catalog.Find(At("/n/f"))!;
        Assert.Equal(file with { Name = found.Name, RawXattrs = found.RawXattrs, SymlinkTarget = found.SymlinkTarget }, found);
        Assert.Equal(file.RawXattrs.ToArray(), found.RawXattrs.ToArray());
        Assert.Equal(chunks, catalog.Chunks(At("/n/f")));
        Assert.Equal([0xff, 0x62], catalog.Find(At("/n/l"))!.SymlinkTarget.ToArray());
        Assert.Equal([nested, nested with { Mountpoint = At("/n/tag"), IsBind = true }], catalog.NestedCatalogs);
        Assert.Equal(ulong.MaxValue, catalog.Revision);
        Assert.Equal(TimeSpan.FromMinutes(1), catalog.Ttl);
        Assert.Equal(77, catalog.LastModified);
        Assert.True(catalog.PreviousRevision.IsNull);
        Assert.Equal(1, catalog.Statistics.Self.Regular);
        Assert.Equal(9, catalog.Statistics.Subtree.Directory);
        Assert.Equal(new CatalogSchema(2.5, 7), catalog.Schema);
        Assert.Equal(["/n", "/n/f", "/n/l"], catalog.ReadAllEntries().Select(entry => entry.Path.ToString()));
    }

    [Fact]
    [Conforms("protocol", 138)]
    public void The_first_version_of_a_nested_catalog_names_zeros_as_its_predecessor()
    {
        using var writer = CatalogWriter.Create(At("/n"));
        writer.SetPreviousRevision(default);
        using var file = SqliteFile.Open(writer.ToArray(), "own");
        using var rows = file.Prepare("SELECT value FROM properties WHERE key = 'previous_revision'");
        Assert.True(rows.Step());
        Assert.Equal(new string('0', 40), rows.GetString(0));
    }

    [Theory]
    [Conforms("protocol", 88)]
    [MemberData(nameof(ReferenceRepository.Names), MemberType = typeof(ReferenceRepository))]
    public void Counters_made_from_entries_equal_those_of_the_reference(string name)
    {
        using var repository = new ReferenceRepository(name);
        foreach (var listed in repository.Listed)
        {
            using var catalog = repository.Open(listed);
            var counted = new CatalogCounters { Nested = catalog.NestedCatalogs.Count(nested => !nested.IsBind) };
            foreach (var (path, entry) in catalog.ReadAllEntries())
            {
                counted += CatalogCounters.Of(entry);
                if (entry.IsChunked) counted += CatalogCounters.OfChunks(catalog.Chunks(path, entry).Count);
            }

            Assert.Equal(catalog.Statistics.Self, counted);
            var below = repository.Listed.Where(other => other.Mountpoint != listed.Mountpoint && other.Mountpoint.IsAtOrBelow(listed.Mountpoint));
            var sum = below.Aggregate(default(CatalogCounters), (total, other) =>
            {
                using var nested = repository.Open(other);
                return total + nested.Statistics.Self;
            });
            Assert.Equal(sum, catalog.Statistics.Subtree);
        }
    }

    [Fact]
    public void Refuses_to_change_a_catalog_of_an_older_schema()
        => Assert.Throws<CvmfsFormatException>(() => CatalogWriter.Open(new SyntheticCatalog(2.5, 6).Directory("").ToArray()));
}
