using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Planning;
using Cvmfs.Net.Replication.References;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.References;

/// <summary>Against all catalogs that the reference tools wrote, and SQL on them.</summary>
public sealed class ReferenceReaderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Repositories => [.. TestData.Names];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Repositories))]
    public async Task A_kept_list_says_what_the_catalog_says(string name)
    {
        using var repository = TestData.Unpack(name);
        string folder = repository.Path;
        foreach (string path in ReplicaInvariants.Objects(folder).Where(path => path.EndsWith('C')))
        {
            Assert.True(ObjectPath.TryParse(path, out var catalog));
            var expected = ReplicaInvariants.Direct(folder, path).ToHashSet();
            var reader = Reader(folder);
            foreach (bool isKept in new[] { false, true })
            {
                using var sorter = new ObjectSorter(1 << 20, _folder.Path);
                var references = (await reader.ReadAsync(catalog, sorter.AddLane(), mayBeGone: false, Token))!;
                using var sorted = sorter.Finish();
                var found = sorted.Read(Token).Select(record => record.ToKey()).Concat(references.Nested.Select(nested => nested.Catalog)).Select(ObjectPath.Of).ToHashSet();
                Assert.Equal(expected, found);
                Assert.True(references.IsListed);
                Assert.Equal(isKept ? 1 : 0, reader.CatalogsRemembered);
            }

            Assert.Equal(1, reader.CatalogsOpened);
        }
    }

    [Fact]
    public async Task A_list_that_is_damaged_anywhere_is_made_again()
    {
        using var repository = TestData.Unpack("all.example.org");
        var catalog = Parse(ReplicaInvariants.PathOf(ReplicaInvariants.Field(repository.Path, 'C')!, "C"));
        var reader = Reader(repository.Path);
        var whole = await RecordsAsync(reader, catalog);
        string list = Directory.GetFiles(_folder.Combine("references")).Single();
        byte[] bytes = File.ReadAllBytes(list);
        for (int at = 0; at < bytes.Length; at += 1 + bytes.Length / 300)
        {
            byte[] damaged = [.. bytes];
            damaged[at] ^= 0x10;
            File.WriteAllBytes(list, at % 2 == 0 ? damaged : bytes[..at]);
            long opened = reader.CatalogsOpened;
            Assert.Equal(whole, await RecordsAsync(reader, catalog));
            Assert.Equal(opened + 1, reader.CatalogsOpened);
        }

        Assert.Equal(bytes, File.ReadAllBytes(list));
    }

    [Fact]
    public async Task A_catalog_that_is_gone_is_answered_from_its_list_only_where_that_will_do()
    {
        using var repository = TestData.Unpack("all.example.org");
        var catalog = Parse(ReplicaInvariants.PathOf(ReplicaInvariants.Field(repository.Path, 'C')!, "C"));
        var reader = Reader(repository.Path);
        var whole = await RecordsAsync(reader, catalog);
        File.Delete(Path.Combine(repository.Path, ObjectPath.Of(catalog)));
        Assert.Null(await reader.ReadAsync(catalog, null, mayBeGone: false, Token));
        Assert.Equal(whole.Count, (await reader.ReadAsync(catalog, null, mayBeGone: true, Token))!.ReferenceCount);
    }

    [Fact]
    public async Task A_catalog_with_wrong_bytes_is_not_believed()
    {
        using var repository = TestData.Unpack("all.example.org");
        var catalog = Parse(ReplicaInvariants.PathOf(ReplicaInvariants.Field(repository.Path, 'C')!, "C"));
        string file = Path.Combine(repository.Path, ObjectPath.Of(catalog));
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);
        await Assert.ThrowsAsync<ObjectIntegrityException>(() => Reader(repository.Path).ReadAsync(catalog, null, mayBeGone: false, Token));
    }

    [Fact]
    public async Task Lists_stay_within_their_bound_and_go_with_their_catalogs()
    {
        using var repository = TestData.Unpack("all.example.org");
        var catalogs = ReplicaInvariants.Objects(repository.Path).Where(path => path.EndsWith('C')).Select(Parse).ToList();
        var none = Reader(repository.Path, maxBytes: 50);
        foreach (var catalog in catalogs) Assert.False((await none.ReadAsync(catalog, null, mayBeGone: false, Token))!.IsListed);
        Assert.False(Directory.Exists(_folder.Combine("references")) && Directory.GetFiles(_folder.Combine("references")).Length > 0);

        var lists = new ReferenceLists(_folder.Path, 1 << 20);
        var reader = Reader(repository.Path, lists);
        foreach (var catalog in catalogs) await reader.ReadAsync(catalog, null, mayBeGone: false, Token);
        _folder.Write("references/put.unfinished", [1]);
        Assert.Equal(catalogs.Count - 1, lists.RemoveUnless(catalog => catalog == catalogs[0], TimeProvider.System.GetUtcNow(), Token));
        Assert.Equal([catalogs[0].ToString(), "put.unfinished"], Directory.GetFiles(_folder.Combine("references")).Select(Path.GetFileName).Order());
        Assert.Equal(1, lists.RemoveUnless(catalog => catalog == catalogs[0], TimeProvider.System.GetUtcNow() + TimeSpan.FromDays(2), Token));
    }

    private static ObjectKey Parse(string path) => ObjectPath.TryParse(path, out var key) ? key : throw new InvalidDataException(path);

    private async Task<List<ObjectRecord>> RecordsAsync(ReferenceReader reader, ObjectKey catalog)
    {
        using var sorter = new ObjectSorter(1 << 20, _folder.Path);
        Assert.NotNull(await reader.ReadAsync(catalog, sorter.AddLane(), mayBeGone: false, Token));
        using var sorted = sorter.Finish();
        return [.. sorted.Read(Token)];
    }

    private ReferenceReader Reader(string folder, long maxBytes = 1 << 20) => Reader(folder, new ReferenceLists(_folder.Path, maxBytes));

    private ReferenceReader Reader(string folder, ReferenceLists lists) => new(new FileObjectStore(folder), new CatalogOpener(_folder.Path, 1 << 30), lists);
}
