using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.Objects;

/// <summary>The faulty store is a store like any other as long as nothing fails.</summary>
public sealed class FaultyObjectStoreTests : ObjectStoreConformance
{
    [Fact]
    public async Task The_chosen_operation_fails_and_later_ones_of_its_kind()
    {
        var store = FaultyObjectStore.FailingFrom(new MemoryObjectStore(), FaultyObjectStore.Operation.Put, 2);
        var key = new ObjectKey(ContentHash.Compute(HashAlgorithmId.Sha1, []));
        await store.PutAsync(key, ReadOnlyMemory<byte>.Empty);
        await Assert.ThrowsAsync<IOException>(async () => await store.PutAsync(key, ReadOnlyMemory<byte>.Empty));
        await Assert.ThrowsAsync<IOException>(async () => await store.PutAsync(key, ReadOnlyMemory<byte>.Empty));
        Assert.Equal(3, store.Count(FaultyObjectStore.Operation.Put));
    }

    protected override IObjectStore Create() => new FaultyObjectStore(new MemoryObjectStore(), (_, _) => null);
}
