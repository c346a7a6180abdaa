using Cvmfs.Net.Hashing;
using Cvmfs.Net.History;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Tests.Catalogs;
using Cvmfs.Net.Tests.Databases;

namespace Cvmfs.Net.Tests.History;

public sealed class TagDatabaseTests
{
    private static readonly string s_hash = new('a', 40);

    private static byte[] Synthetic(int revision, params string[] statements)
    {
        string size = revision >= 1 ? ", size INTEGER" : "";
        string branch = revision >= 3 ? ", branch TEXT" : "";
        return SyntheticDatabase.Make([
            "CREATE TABLE properties (key TEXT PRIMARY KEY, value TEXT)",
            $"INSERT INTO properties VALUES ('schema', '1.0'), ('schema_revision', '{revision}'), ('fqrn', 'a.example.org')",
            $"CREATE TABLE tags (name TEXT, hash TEXT, revision INTEGER, timestamp INTEGER, channel INTEGER, description TEXT{size}{branch}, CONSTRAINT pk_tags PRIMARY KEY (name))",
            .. revision >= 2 ? ["CREATE TABLE recycle_bin (hash TEXT PRIMARY KEY, flags INTEGER)"] : (string[])[],
            .. revision >= 3 ? ["CREATE TABLE branches (branch TEXT PRIMARY KEY, parent TEXT, initial_revision INTEGER)", "INSERT INTO branches VALUES ('', NULL, 0)"] : (string[])[],
            .. statements]);
    }

    private static string Tag(string name, int revision, long time, string extra = "", string? hash = null)
        => $"INSERT INTO tags VALUES ('{name}', '{hash ?? s_hash}', {revision}, {time}, 0, 'about {name}'{extra})";

    [Theory]
    [MemberData(nameof(ReferenceRepository.Names), MemberType = typeof(ReferenceRepository))]
    public void Tags_are_those_that_the_reference_lists(string name)
    {
        using var repository = new ReferenceRepository(name);
        var history = TagDatabase.Open(repository.Inflate(ContentHash.Parse(repository.ManifestField('H')), ObjectSuffix.History), name);
        string[] lines = [.. ReferenceRepository.TagLines(name).Where(line => line.Length > 0)];
        string[] found = [.. history.Tags.Select(tag => $"{tag.Name} {tag.RootCatalog} {tag.RootCatalogSize} {tag.Revision} {tag.Timestamp} {(tag.Branch.Length == 0 ? "(default)" : tag.Branch)} {tag.Description}".TrimEnd())];
        Assert.Equal(lines.Select(line => line.TrimEnd()).Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
        Assert.Equal(3, history.SchemaRevision);
        Assert.Equal(repository.Listed[0].Hash, history.Find(RepositoryTag.Trunk)!.RootCatalog);
        Assert.Equal(new RepositoryBranch("", null, 0), Assert.Single(history.Branches));
    }

    [Theory]
    [Conforms("protocol", 101)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Every_revision_is_read_with_its_defaults(int revision)
    {
        string extra = (revision >= 1 ? ", 1234" : "") + (revision >= 3 ? ", 'dev'" : "");
        var history = TagDatabase.Open(Synthetic(revision, Tag("v1", 7, 1000, extra)), "a.example.org");
        var tag = history.Find("v1")!;
        Assert.Equal(revision >= 1 ? 1234 : 0, tag.RootCatalogSize);
        Assert.Equal(revision >= 3 ? "dev" : "", tag.Branch);
        Assert.Equal(7ul, tag.Revision);
        Assert.Equal("about v1", tag.Description);
        Assert.Equal("", Assert.Single(history.Branches).Name);
    }

    [Fact]
    [Conforms("protocol", 101)]
    public void A_size_that_an_upgrade_left_null_is_unknown()
        => Assert.Equal(0, TagDatabase.Open(Synthetic(3, Tag("v1", 7, 1000, ", NULL, ''"))).Find("v1")!.RootCatalogSize);

    [Theory]
    [InlineData("0.9")]
    [InlineData("1.1")]
    [InlineData("2.0")]
    [InlineData("x")]
    public void Other_schemas_are_refused(string schema)
        => Assert.Throws<CvmfsFormatException>(() => TagDatabase.Open(Synthetic(3, $"UPDATE properties SET value = '{schema}' WHERE key = 'schema'")));

    [Theory]
    [Conforms("protocol", 102)]
    [InlineData("UPDATE properties SET value = 'b.example.org' WHERE key = 'fqrn'")]
    [InlineData("DELETE FROM properties WHERE key = 'fqrn'")]
    public void Another_repositorys_history_is_refused(string change)
    {
        byte[] image = Synthetic(3, change);
        Assert.Contains("not of \"a.example.org\"", Assert.Throws<CvmfsFormatException>(() => TagDatabase.Open(image, "a.example.org")).Message, StringComparison.Ordinal);
        Assert.Empty(TagDatabase.Open(image).Tags);
    }

    [Fact]
    [Conforms("protocol", 103)]
    public void A_date_selects_the_highest_revision_published_by_then_on_the_default_branch()
    {
        var history = TagDatabase.Open(Synthetic(3,
            Tag("a", 1, 100, ", 0, ''"), Tag("b", 3, 200, ", 0, ''"), Tag("rolled-back", 2, 250, ", 0, ''"), Tag("c", 4, 300, ", 0, ''"), Tag("other", 9, 150, ", 0, 'dev'")));
        Assert.Null(history.FindByDate(DateTimeOffset.FromUnixTimeSeconds(99)));
        Assert.Equal("a", history.FindByDate(DateTimeOffset.FromUnixTimeSeconds(100))!.Name);
        Assert.Equal("a", history.FindByDate(DateTimeOffset.FromUnixTimeSeconds(199))!.Name);
        Assert.Equal("b", history.FindByDate(DateTimeOffset.FromUnixTimeSeconds(299))!.Name);
        Assert.Equal("c", history.FindByDate(DateTimeOffset.FromUnixTimeSeconds(long.MaxValue >> 30))!.Name);
    }

    [Fact]
    [Conforms("protocol", 103)]
    public void A_date_selects_in_histories_from_before_branches()
        => Assert.Equal("a", TagDatabase.Open(Synthetic(1, Tag("a", 1, 100, ", 0"))).FindByDate(DateTimeOffset.FromUnixTimeSeconds(100))!.Name);

    [Fact]
    public void Tags_come_newest_first()
    {
        var history = TagDatabase.Open(Synthetic(3, Tag("old", 1, 100, ", 0, ''"), Tag("new-low", 4, 300, ", 0, ''"), Tag("new-high", 5, 300, ", 0, ''"), Tag("middle", 9, 200, ", 0, ''")));
        Assert.Equal(["new-high", "new-low", "middle", "old"], history.Tags.Select(tag => tag.Name));
    }

    [Fact]
    [Conforms("protocol", 104)]
    public void A_tag_without_a_catalog_is_a_tag()
        => Assert.True(TagDatabase.Open(Synthetic(3, Tag("empty", 1, 100, ", 0, ''", hash: ""))).Find("empty")!.RootCatalog.IsNull);

    [Theory]
    [InlineData("UPDATE tags SET hash = 'xyz'")]
    [InlineData("UPDATE tags SET revision = 'seven'")]
    [InlineData("UPDATE tags SET timestamp = x'00'")]
    [InlineData("DROP TABLE tags")]
    [InlineData("DROP TABLE branches")]
    [InlineData("DROP TABLE properties")]
    [InlineData("ALTER TABLE tags DROP COLUMN size")]
    [InlineData("ALTER TABLE tags DROP COLUMN branch")]
    public void What_makes_no_sense_is_a_format_error(string change)
        => Assert.Throws<CvmfsFormatException>(() => TagDatabase.Open(Synthetic(3, Tag("v1", 7, 1000, ", 1, ''"), change)));

    [Theory]
    [InlineData("v1.0", true)]
    [InlineData("generic-2026-11-22T10:00:12Z", true)]
    [InlineData("a/b_c", true)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    [InlineData("a@b", false)]
    [InlineData("ä", false)]
    public void Names_have_letters_digits_and_five_signs(string name, bool valid) => Assert.Equal(valid, RepositoryTag.IsValidName(name));

    [Theory]
    [InlineData("", true)]
    [InlineData("a@b", true)]
    [InlineData("a:b", false)]
    public void Branches_have_an_at_sign_and_no_colon(string name, bool valid) => Assert.Equal(valid, RepositoryTag.IsValidBranch(name));
}
