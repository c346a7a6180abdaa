using Cvmfs.Net.Databases;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Reflogs;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Tests.Catalogs;
using Cvmfs.Net.Tests.Databases;

namespace Cvmfs.Net.Tests.Reflogs;

public sealed class ReflogTests
{
    private static readonly ContentHash s_one = ContentHash.Compute(HashAlgorithmId.Sha1, "1"u8);
    private static readonly ContentHash s_two = ContentHash.Compute(HashAlgorithmId.RipeMd160, "2"u8);
    private static readonly ContentHash s_three = ContentHash.Compute(HashAlgorithmId.Shake128, "3"u8);

    private static DateTimeOffset At(long seconds) => DateTimeOffset.FromUnixTimeSeconds(seconds);

    [Theory]
    [Conforms("protocol", 107)]
    [MemberData(nameof(ReferenceRepository.Names), MemberType = typeof(ReferenceRepository))]
    public void The_references_log_lists_what_the_manifest_names(string name)
    {
        using var repository = new ReferenceRepository(name);
        using var reflog = Reflog.Open(repository.Reflog, name);
        foreach (var (letter, kind) in new[] { ('C', ReflogKind.RootCatalog), ('X', ReflogKind.Certificate), ('H', ReflogKind.History), ('M', ReflogKind.MetaInfo) })
        {
            var hash = ContentHash.Parse(repository.ManifestField(letter));
            var entry = reflog.Find(hash)!.Value;
            Assert.Equal(kind, entry.Kind);
            Assert.Equal(new ObjectKey(hash, (ObjectSuffix)letter), entry.Key);
        }

        Assert.Equal(reflog.Count, reflog.List().Count);
        Assert.Equal(name, reflog.RepositoryName);
    }

    [Theory]
    [Conforms("protocol", 108)]
    [MemberData(nameof(ReferenceRepository.Names), MemberType = typeof(ReferenceRepository))]
    public void The_checksum_is_over_the_raw_file(string name)
    {
        using var repository = new ReferenceRepository(name);
        var expected = ContentHash.Parse(repository.ManifestField('Y'));
        Assert.Equal(expected, Reflog.ComputeChecksum(expected.Algorithm, repository.Reflog));
        using var reflog = Reflog.Open(repository.Reflog, name, expected);
        Assert.True(reflog.Count > 0);
    }

    [Fact]
    [Conforms("protocol", 106)]
    public void A_log_with_another_checksum_is_refused()
    {
        using var repository = new ReferenceRepository("empty.example.org");
        var refusal = Assert.Throws<CvmfsFormatException>(() => Reflog.Open(repository.Reflog, expectedChecksum: s_one));
        Assert.Contains(s_one.ToString(), refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_log_has_the_tables_of_the_reference()
    {
        using var repository = new ReferenceRepository("empty.example.org");
        using var reference = SqliteFile.Open(repository.Reflog, "reference");
        using var reflog = Reflog.Create("a.example.org");
        using var own = SqliteFile.Open(reflog.ToArray(), "own");
        foreach (string table in (string[])["refs", "properties"]) Assert.Equal(reference.ColumnsOf(table), own.ColumnsOf(table));
        Assert.Equal(0, reflog.Count);
    }

    [Fact]
    public void Entries_are_added_replaced_and_removed()
    {
        using var reflog = Reflog.Create("a.example.org");
        reflog.Add(s_one, ReflogKind.RootCatalog, At(100));
        reflog.Add(s_two, ReflogKind.Certificate, At(200));
        reflog.Add(s_one, ReflogKind.RootCatalog, At(300)); // the same hash: a new time
        using var again = Reflog.Open(reflog.ToArray(), "a.example.org");
        Assert.Equal([new ReflogEntry(s_one, ReflogKind.RootCatalog, 300), new ReflogEntry(s_two, ReflogKind.Certificate, 200)], again.List());
        Assert.True(again.Remove(s_two));
        Assert.False(again.Remove(s_two));
        Assert.Null(again.Find(s_two));
        Assert.Equal(1, again.Count);
        Assert.Throws<ArgumentException>(() => again.Add(default, ReflogKind.History, At(1)));
    }

    [Fact]
    [Conforms("protocol", 109)]
    public void Older_than_an_instant_means_strictly_before_it()
    {
        using var reflog = Reflog.Create("a.example.org");
        reflog.Add(s_one, ReflogKind.RootCatalog, At(100));
        reflog.Add(s_two, ReflogKind.RootCatalog, At(200));
        reflog.Add(s_three, ReflogKind.History, At(150));
        Assert.Equal([s_one], reflog.ListOlderThan(At(150)).Select(entry => entry.Hash));
        Assert.Equal([s_three, s_one], reflog.ListOlderThan(At(151)).Select(entry => entry.Hash));
        Assert.Equal([s_two, s_one], reflog.ListOlderThan(At(201), ReflogKind.RootCatalog).Select(entry => entry.Hash));
        Assert.Empty(reflog.ListOlderThan(At(100)));
    }

    [Fact]
    public void Another_repositorys_log_is_refused()
    {
        using var reflog = Reflog.Create("a.example.org");
        Assert.Throws<CvmfsFormatException>(() => Reflog.Open(reflog.ToArray(), "b.example.org"));
    }

    [Theory]
    [InlineData("INSERT INTO refs VALUES ('nohash', 0, 1)")]
    [InlineData("INSERT INTO refs VALUES ('', 0, 1)")]
    [InlineData("INSERT INTO refs VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaC', 0, 1)")]
    [InlineData("INSERT INTO refs VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 4, 1)")]
    [InlineData("INSERT INTO refs VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'x', 1)")]
    [InlineData("INSERT INTO refs VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 0, NULL)")]
    [InlineData("UPDATE properties SET value = '2.0' WHERE key = 'schema'")]
    [InlineData("DROP TABLE refs")]
    public void A_log_that_makes_no_sense_is_refused_before_it_is_changed(string change)
        => Assert.Throws<CvmfsFormatException>(() => Reflog.Open(SyntheticDatabase.Make(
            "CREATE TABLE properties (key TEXT PRIMARY KEY, value TEXT)",
            "INSERT INTO properties VALUES ('schema', '1.0'), ('schema_revision', '0'), ('fqrn', 'a.example.org')",
            "CREATE TABLE refs (hash TEXT PRIMARY KEY, type INTEGER, timestamp INTEGER)",
            change)));
}
