using Cvmfs.Net.Databases;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.History;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Tests.Catalogs;
using Cvmfs.Net.Tests.Databases;

namespace Cvmfs.Net.Tests.History;

public sealed class TagDatabaseWriterTests
{
    private static readonly ContentHash s_root = ContentHash.Compute(HashAlgorithmId.Shake128, "root"u8);

    private static RepositoryTag Tag(string name, ulong revision = 1) => new() { Name = name, RootCatalog = s_root, RootCatalogSize = 4096, Revision = revision, Timestamp = 1000, Description = "ünïcode" };

    [Fact]
    public void Tables_are_those_that_the_reference_writes()
    {
        using var repository = new ReferenceRepository("empty.example.org");
        using var reference = SqliteFile.Open(repository.Inflate(ContentHash.Parse(repository.ManifestField('H')), ObjectSuffix.History), "reference");
        using var writer = TagDatabaseWriter.Create("a.example.org");
        using var own = SqliteFile.Open(writer.ToArray(), "own");
        foreach (string table in (string[])["tags", "branches", "recycle_bin", "properties"]) Assert.Equal(reference.ColumnsOf(table), own.ColumnsOf(table));
    }

    [Fact]
    public void Tags_are_added_replaced_and_removed()
    {
        using var writer = TagDatabaseWriter.Create("a.example.org");
        writer.Put(Tag("a"));
        writer.Put(Tag("b"));
        writer.Put(Tag("a", 2));
        writer.AddBranch(new RepositoryBranch("dev@x", "", 1));
        writer.Put(Tag("c") with { Branch = "dev@x" });
        Assert.True(writer.Remove("b"));
        Assert.False(writer.Remove("b"));
        var history = TagDatabase.Open(writer.ToArray(), "a.example.org");
        Assert.Equal([Tag("a", 2), Tag("c") with { Branch = "dev@x" }], history.Tags);
        Assert.Equal([new RepositoryBranch("", null, 0), new RepositoryBranch("dev@x", "", 1)], history.Branches);
        Assert.True(history.PreviousRevision.IsNull);
    }

    [Fact]
    public void The_next_history_names_the_last_one()
    {
        using var first = TagDatabaseWriter.Create("a.example.org");
        first.Put(Tag("a"));
        using var second = TagDatabaseWriter.Open(first.ToArray(), "a.example.org", s_root);
        second.Put(Tag("b"));
        var history = TagDatabase.Open(second.ToArray(), "a.example.org");
        Assert.Equal(s_root, history.PreviousRevision);
        Assert.Equal(2, history.Tags.Count);
        Assert.Throws<CvmfsFormatException>(() => TagDatabaseWriter.Open(first.ToArray(), "b.example.org", s_root));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Older_revisions_are_brought_up_to_date(int revision)
    {
        byte[] old = SyntheticDatabase.Make([
            "CREATE TABLE properties (key TEXT PRIMARY KEY, value TEXT)",
            $"INSERT INTO properties VALUES ('schema', '1.0'), ('schema_revision', '{revision}'), ('fqrn', 'a.example.org')",
            $"CREATE TABLE tags (name TEXT PRIMARY KEY, hash TEXT, revision INTEGER, timestamp INTEGER, channel INTEGER, description TEXT{(revision >= 1 ? ", size INTEGER" : "")})",
            .. revision >= 2 ? ["CREATE TABLE recycle_bin (hash TEXT PRIMARY KEY, flags INTEGER)", "INSERT INTO recycle_bin VALUES ('x', 1)"] : (string[])[],
            $"INSERT INTO tags (name, hash, revision, timestamp, channel, description) VALUES ('old', '{s_root}', 5, 900, 64, '')"]);
        using var writer = TagDatabaseWriter.Open(old, "a.example.org", default);
        writer.Put(Tag("new", 6));
        byte[] image = writer.ToArray();
        var history = TagDatabase.Open(image, "a.example.org");
        Assert.Equal(3, history.SchemaRevision);
        Assert.Equal(["new", "old"], history.Tags.Select(tag => tag.Name));
        Assert.Equal("old", history.FindByDate(DateTimeOffset.FromUnixTimeSeconds(950))!.Name);
        using var file = SqliteFile.Open(image, "own");
        using var bin = file.Prepare("SELECT count(*) FROM recycle_bin");
        Assert.True(bin.Step());
        Assert.Equal(0, bin.GetInt64(0));
    }

    [Fact]
    public void What_cannot_be_a_tag_is_refused()
    {
        using var writer = TagDatabaseWriter.Create("a.example.org");
        Assert.Throws<ArgumentException>(() => writer.Put(Tag("a b")));
        Assert.Throws<ArgumentException>(() => writer.Put(Tag("a") with { Branch = "x:y" }));
        Assert.Throws<ArgumentException>(() => writer.Put(Tag("a") with { RootCatalog = default }));
        Assert.Throws<ArgumentException>(() => writer.AddBranch(new RepositoryBranch("", null, 0)));
        Assert.Throws<ArgumentException>(() => writer.AddBranch(new RepositoryBranch("x", null, 0)));
        writer.AddBranch(new RepositoryBranch("x", "", 0));
        Assert.Throws<InvalidOperationException>(() => writer.AddBranch(new RepositoryBranch("x", "", 0)));
    }
}
