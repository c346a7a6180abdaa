using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.Objects;

public sealed class ObjectWriterTests
{
    [Theory, Conforms("protocol", 8), Conforms("protocol", 63)]
    [InlineData(HashAlgorithmId.Sha1)]
    [InlineData(HashAlgorithmId.RipeMd160)]
    [InlineData(HashAlgorithmId.Shake128)]
    public async Task The_hash_is_over_stored_bytes_and_checking_never_decompresses(HashAlgorithmId algorithm)
    {
        byte[] noCodecReadsThis = [0x13, 0x37, 0xff, 0x00];
        var key = new ObjectKey(ContentHash.Compute(algorithm, noCodecReadsThis));
        var store = new MemoryObjectStore();
        await using var writer = await store.BeginWriteAsync(algorithm, ObjectSuffix.None);
        await writer.WriteAsync(noCodecReadsThis);
        await using var staged = await writer.CompleteAsync(key, "test");
        await staged.CommitAsync();
        Assert.True(await store.ContainsAsync(key));
    }

    [Fact, Conforms("protocol", 8)]
    public async Task The_hash_of_the_content_is_not_that_of_the_object()
    {
        byte[] content = "hello\n"u8.ToArray();
        byte[] stored = ObjectCompression.Compress(CompressionId.Zlib, content);
        var store = new MemoryObjectStore();
        await using var writer = await store.BeginWriteAsync(HashAlgorithmId.Sha1, ObjectSuffix.None);
        await writer.WriteAsync(stored);
        var key = new ObjectKey(ContentHash.Compute(HashAlgorithmId.Sha1, content));
        var refused = await Assert.ThrowsAsync<ObjectIntegrityException>(async () => await writer.CompleteAsync(key, "test"));
        Assert.Equal(ContentHash.Compute(HashAlgorithmId.Sha1, stored), refused.Actual);
        Assert.False(await store.ContainsAsync(key));
    }
}
