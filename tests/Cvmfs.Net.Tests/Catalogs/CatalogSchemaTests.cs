using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.Catalogs;

public sealed class CatalogSchemaTests
{
    private static readonly string s_hash = new('a', 40);

    private static SyntheticCatalog Small(double version, int revision, bool upgraded = false)
        => new SyntheticCatalog(version, revision) { IsUpgraded = upgraded }.Directory("").Row("/f", mtimens: "7", xattr: "x'01010101610b'").Directory("/d", "3");

    [Theory]
    [Conforms("protocol", 69)]
    [Conforms("protocol", 72)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(42)]
    public void Reads_every_revision_of_2_5_with_what_it_has(int revision)
    {
        using var catalog = Small(2.5, revision).Nested("/d", s_hash, "1234").Open();
        Assert.Equal(revision, catalog.Schema.Revision);
        var file = catalog.Find(RepositoryPath.Parse("/f"))!;
        Assert.Equal(10, file.Size);
        Assert.Equal(1000u, file.Uid);
        Assert.Equal(revision >= 7 ? 7 : null, file.MTimeNanoseconds);
        Assert.Equal(revision < 2, file.RawXattrs.IsEmpty);
        Assert.Equal(revision >= 1 ? 1234 : 0, Assert.Single(catalog.NestedCatalogs).Size);
    }

    [Theory]
    [Conforms("protocol", 67)]
    [InlineData(2)]
    [InlineData(7)]
    public void Finds_columns_by_name_in_files_that_were_upgraded_in_place(int revision)
    {
        using var fresh = Small(2.5, revision).Open();
        using var upgraded = Small(2.5, revision, upgraded: true).Open();
        var expected = fresh.ReadAllEntries().ToArray();
        var found = upgraded.ReadAllEntries().ToArray();
        Assert.Equal(3, found.Length);
        for (int i = 0; i < found.Length; i++)
        {
            Assert.Equal(expected[i].Path, found[i].Path);
            Assert.Equal(expected[i].Entry.MTimeNanoseconds, found[i].Entry.MTimeNanoseconds);
            Assert.Equal(expected[i].Entry.RawXattrs.ToArray(), found[i].Entry.RawXattrs.ToArray());
            Assert.Equal(expected[i].Entry.Mode, found[i].Entry.Mode);
        }
    }

    [Theory]
    [Conforms("protocol", 69)]
    [InlineData("2.4")]
    [InlineData("2.40000009536743")]
    public void Reads_2_4_as_old_writers_spelled_it(string schema)
    {
        using var catalog = Small(2.4, 0).Schema(schema).Sql("INSERT INTO statistics VALUES ('self_regular', 1), ('self_dir', 2), ('subtree_symlink', 5)").Open();
        Assert.True(catalog.Schema.Is(2.4));
        Assert.Equal(1, catalog.Statistics.Self.Regular);
        Assert.Equal(2, catalog.Statistics.Total.Directory);
        Assert.Equal(5, catalog.Statistics.Total.Symlink);
        Assert.Equal(0, catalog.Statistics.Total.Chunks);
    }

    [Theory]
    [Conforms("protocol", 70)]
    [InlineData("2.0")]
    [InlineData("2")]
    [InlineData("2.1")]
    [InlineData("2.3")]
    [InlineData("2.39")]
    [InlineData("2.45")]
    [InlineData("2.6")]
    [InlineData("3.0")]
    [InlineData("1000000")]
    public void Refuses_schemas_that_nobody_reads(string schema)
    {
        var refusal = Assert.Throws<CvmfsFormatException>(() => Small(2.5, 7).Schema(schema).Open());
        Assert.Contains($"catalog schema {schema}", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two")]
    [InlineData("NaN")]
    [InlineData("-1")]
    [InlineData("1e0")]
    [InlineData("2,5")]
    public void Refuses_a_schema_that_is_no_number(string schema)
        => Assert.Throws<CvmfsFormatException>(() => Small(2.5, 7).Schema(schema).Open());

    [Theory]
    [Conforms("protocol", 71)]
    [InlineData(null)]
    [InlineData("1.0")]
    [InlineData("1.2")]
    public void Reads_1_x_with_substitutes(string? schema)
    {
        byte[] image = new SyntheticCatalog(1.0, 0).Schema(schema)
            .Directory("").Row("/f", flags: "4 + 0x100 + 0x800 + 64", hardlinks: "77").Directory("/d", "3").Nested("/d", s_hash).ToArray();
        using var catalog = Catalog.Open(image, default, new CatalogOptions { OwnerOfOldEntries = 501 });
        var file = catalog.Find(RepositoryPath.Parse("/f"))!;
        Assert.Equal(EntryFlags.File, file.Flags); // the bits above 5 are not defined
        Assert.Equal(1u, file.LinkCount);
        Assert.Equal(0u, file.HardlinkGroup);
        Assert.Equal(501u, file.Uid);
        Assert.Equal(0u, file.Gid);
        Assert.Equal(new ContentHash(HashAlgorithmId.Sha1, SyntheticCatalog.Digest), file.Hash);
        Assert.Equal(CatalogStatistics.Empty, catalog.Statistics);
        Assert.Equal(new NestedCatalog(RepositoryPath.Parse("/d"), ContentHash.Parse(s_hash), 0, false), Assert.Single(catalog.NestedCatalogs));
        Assert.Empty(catalog.Chunks(RepositoryPath.Parse("/f")));
        Assert.Single(catalog.ReadObjectReferences());
    }

    [Fact]
    [Conforms("protocol", 71)]
    public void Reads_0_9_whose_nested_catalogs_have_no_hash()
    {
        using var catalog = new SyntheticCatalog(0.9, 0).Schema(null).Directory("").Directory("/d", "3").Sql("INSERT INTO nested_catalogs (path) VALUES ('/d')").Open();
        Assert.Equal(0.9, catalog.Schema.Version);
        Assert.True(Assert.Single(catalog.NestedCatalogs).Hash.IsNull);
    }

    [Fact]
    [Conforms("protocol", 86)]
    public void Ignores_what_it_does_not_know()
    {
        using var catalog = Small(2.5, 7).Property("something", "else").Property("TTL", "900")
            .Sql("INSERT INTO statistics VALUES ('self_regular', 3), ('self_unheard_of', 9), ('other', 1), ('self_', 2)")
            .Sql("CREATE TABLE more (a)").Sql("ALTER TABLE catalog ADD later TEXT").Open();
        Assert.Equal(3, catalog.Statistics.Self.Regular);
        Assert.Equal(3, catalog.Statistics.Total.Regular);
        Assert.Equal(TimeSpan.FromSeconds(900), catalog.Ttl);
        Assert.Equal(3, catalog.ReadAllEntries().Count());
    }

    [Theory]
    [InlineData("catalog")]
    [InlineData("properties")]
    [InlineData("chunks")]
    public void Names_the_table_that_is_missing(string table)
        => Assert.Contains($"no table {table}", Assert.Throws<CvmfsFormatException>(() => Small(2.5, 7).Sql($"DROP TABLE {table}").Open()).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("nested_catalogs")]
    [InlineData("bind_mountpoints")]
    public void Names_the_table_of_mountpoints_that_is_missing(string table)
    {
        using var catalog = Small(2.5, 7).Sql($"DROP TABLE {table}").Open();
        Assert.Contains($"no table {table}", Assert.Throws<CvmfsFormatException>(() => catalog.NestedCatalogs).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ALTER TABLE catalog DROP COLUMN xattr", "no column xattr")]
    [InlineData("ALTER TABLE catalog DROP COLUMN mtimens", "no column mtimens")]
    [InlineData("ALTER TABLE catalog RENAME COLUMN hardlinks TO inode", "no column hardlinks")]
    public void Names_the_column_that_the_revision_promises(string sql, string expected)
        => Assert.Contains(expected, Assert.Throws<CvmfsFormatException>(() => Small(2.5, 7).Sql(sql).Open()).Message, StringComparison.Ordinal);

    [Fact]
    public void Refuses_a_view_in_place_of_the_table()
    {
        var hostile = Small(2.5, 7).Sql("ALTER TABLE catalog RENAME TO rows").Sql("CREATE VIEW catalog AS SELECT * FROM rows");
        Assert.Contains("no table catalog", Assert.Throws<CvmfsFormatException>(() => hostile.Open()).Message, StringComparison.Ordinal);
    }
}
