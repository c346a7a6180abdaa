using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.References;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.References;

public sealed class StorageListingTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Lists_every_object_in_order_and_reports_what_is_none()
    {
        var store = new FileObjectStore(_folder.Path);
        var keys = new List<ObjectKey>();
        for (int i = 0; i < 500; i++)
        {
            byte[] content = BitConverter.GetBytes(i);
            var algorithm = (HashAlgorithmId)(1 + i % 3);
            var key = new ObjectKey(ContentHash.Compute(algorithm, content), i % 5 == 0 ? ObjectSuffix.Partial : i % 7 == 0 ? ObjectSuffix.Catalog : ObjectSuffix.None);
            await store.PutAsync(key, content, TestContext.Current.CancellationToken);
            keys.Add(key);
        }

        string[] foreign = ["data/00/readme.txt", $"data/01/{new string('x', 200)}", $"data/02/{new string('a', 38)}Z", "data/ff/.hidden"];
        foreach (string name in foreign) _folder.Write(name, [1]);
        Directory.CreateDirectory(_folder.Combine($"data/03/{new string('b', 38)}"));
        _folder.Write("data/txn/put.1", [1]);

        var reported = new List<string>();
        var listing = new StorageListing(_folder.Path, 1 << 20, _folder.Combine("spill")) { OnForeign = reported.Add };
        Assert.Equal(keys.Select(ObjectRecord.Of).Order(), listing.Read(TestContext.Current.CancellationToken));
        Assert.Equal(keys.Count, listing.Objects);
        Assert.Equal(5, listing.ForeignNames);
        Assert.Equal(foreign.Append($"data/03/{new string('b', 38)}").Order(), reported.Select(path => Path.GetRelativePath(_folder.Path, path)).Order());
    }

    [Fact]
    public void A_storage_without_folders_is_empty()
    {
        var listing = new StorageListing(_folder.Combine("nowhere"), 1 << 20, _folder.Path);
        Assert.Empty(listing.Read(TestContext.Current.CancellationToken));
        Assert.Null(listing.ChangedAt(0));
        Assert.Null(listing.Inspect(new ObjectKey(ContentHash.Compute(HashAlgorithmId.Sha1, [1]))));
    }
}
