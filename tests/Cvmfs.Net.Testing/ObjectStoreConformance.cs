using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Xunit;

namespace Cvmfs.Net.Testing;

/// <summary>What every object store must do. A test class per implementation derives from this and says how to make an empty one.</summary>
public abstract class ObjectStoreConformance
{
    private static readonly byte[] s_content = [.. Enumerable.Range(0, 200_000).Select(i => (byte)(i * 31))];

    /// <summary>Every algorithm, and kinds with and without a letter.</summary>
    public static TheoryData<HashAlgorithmId, ObjectSuffix> Kinds => new()
    {
        { HashAlgorithmId.Sha1, ObjectSuffix.None },
        { HashAlgorithmId.Sha1, ObjectSuffix.Catalog },
        { HashAlgorithmId.RipeMd160, ObjectSuffix.Partial },
        { HashAlgorithmId.Shake128, ObjectSuffix.History },
    };

    /// <summary>Makes an empty store.</summary>
    protected abstract IObjectStore Create();

    /// <summary>Says whether nothing unfinished is left: temporary files, buffers.</summary>
    protected virtual bool IsTidy() => true;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_is_put_can_be_read_back_byte_for_byte(HashAlgorithmId algorithm, ObjectSuffix suffix)
    {
        var store = Create();
        var key = KeyOf(s_content, algorithm, suffix);
        Assert.False(await store.ContainsAsync(key));
        Assert.Null(await store.OpenReadAsync(key));
        await store.PutAsync(key, s_content);
        Assert.True(await store.ContainsAsync(key));
        Assert.Equal(s_content, await ReadAsync(store, key));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_is_streamed_gets_the_name_of_its_hash(HashAlgorithmId algorithm, ObjectSuffix suffix)
    {
        var store = Create();
        var expected = KeyOf(s_content, algorithm, suffix);
        await using var writer = await store.BeginWriteAsync(algorithm, suffix);
        foreach (byte[] piece in s_content.Chunk(70_001)) await writer.WriteAsync(piece);
        await using var staged = await writer.CompleteAsync();
        Assert.Equal(expected, staged.Key);
        Assert.Equal(s_content.Length, staged.Length);
        await staged.CommitAsync();
        Assert.Equal(s_content, await ReadAsync(store, expected));
    }

    [Fact]
    public async Task A_staged_object_can_be_read_but_is_not_visible_until_committed()
    {
        var store = Create();
        var key = KeyOf(s_content);
        await using var writer = await store.BeginWriteAsync(HashAlgorithmId.Sha1, ObjectSuffix.None);
        await writer.WriteAsync(s_content);
        await using var staged = await writer.CompleteAsync(key, "test");
        Assert.False(await store.ContainsAsync(key));
        Assert.Null(await store.OpenReadAsync(key));
        Assert.Equal(s_content, await ReadAsync(await staged.OpenReadAsync()));
        await staged.CommitAsync();
        Assert.True(await store.ContainsAsync(key));
        Assert.Equal(s_content, await ReadAsync(await staged.OpenReadAsync()));
    }

    [Fact]
    public async Task Disposing_the_writer_leaves_nothing()
    {
        var store = Create();
        await using (var writer = await store.BeginWriteAsync(HashAlgorithmId.Sha1, ObjectSuffix.None)) await writer.WriteAsync(s_content);
        Assert.Empty(await KeysAsync(store));
        Assert.True(IsTidy());
    }

    [Fact]
    public async Task Disposing_the_staged_object_leaves_nothing()
    {
        var store = Create();
        await using (var writer = await store.BeginWriteAsync(HashAlgorithmId.Sha1, ObjectSuffix.None))
        {
            await writer.WriteAsync(s_content);
            await using var staged = await writer.CompleteAsync();
        }

        Assert.Empty(await KeysAsync(store));
        Assert.True(IsTidy());
    }

    [Fact]
    public async Task Wrong_bytes_are_refused_and_leave_nothing()
    {
        var store = Create();
        var key = KeyOf(s_content);
        byte[] wrong = [.. s_content];
        wrong[^1] ^= 1;
        var fault = await Assert.ThrowsAsync<ObjectIntegrityException>(async () => await store.PutAsync(key, wrong));
        Assert.Equal(key, fault.Expected);
        Assert.Equal(KeyOf(wrong).Hash, fault.Actual);
        await using (var writer = await store.BeginWriteAsync(HashAlgorithmId.Sha1, ObjectSuffix.None))
        {
            await writer.WriteAsync(wrong);
            await Assert.ThrowsAsync<ObjectIntegrityException>(async () => await writer.CompleteAsync(key, "test"));
        }

        Assert.False(await store.ContainsAsync(key));
        Assert.Empty(await KeysAsync(store));
        Assert.True(IsTidy());
    }

    [Fact]
    public async Task A_digest_of_another_kind_or_algorithm_is_another_object()
    {
        var store = Create();
        await store.PutAsync(KeyOf(s_content), s_content);
        Assert.False(await store.ContainsAsync(KeyOf(s_content, HashAlgorithmId.Sha1, ObjectSuffix.Partial)));
        Assert.False(await store.ContainsAsync(KeyOf(s_content, HashAlgorithmId.RipeMd160)));
    }

    [Fact]
    public async Task Writing_what_is_there_already_is_no_error()
    {
        var store = Create();
        var key = KeyOf(s_content);
        for (int i = 0; i < 2; i++)
        {
            await store.PutAsync(key, s_content);
            await using var writer = await store.BeginWriteAsync(HashAlgorithmId.Sha1, ObjectSuffix.None);
            await writer.WriteAsync(s_content);
            await using var staged = await writer.CompleteAsync(key, "test");
            await staged.CommitAsync();
            await staged.CommitAsync();
        }

        Assert.Equal([key], await KeysAsync(store));
        Assert.Equal(s_content, await ReadAsync(store, key));
    }

    [Fact]
    public async Task The_empty_object_is_an_object()
    {
        var store = Create();
        var put = KeyOf([]);
        await store.PutAsync(put, ReadOnlyMemory<byte>.Empty);
        await using var writer = await store.BeginWriteAsync(HashAlgorithmId.RipeMd160, ObjectSuffix.None);
        await using var staged = await writer.CompleteAsync();
        await staged.CommitAsync();
        foreach (var key in new[] { put, staged.Key })
        {
            Assert.True(await store.ContainsAsync(key));
            Assert.Empty(await ReadAsync(store, key));
        }
    }

    [Fact]
    public async Task Deleting_removes_and_says_whether_there_was_something()
    {
        var store = Create();
        var key = KeyOf(s_content);
        Assert.False(await store.DeleteAsync(key));
        await store.PutAsync(key, s_content);
        Assert.True(await store.DeleteAsync(key));
        Assert.False(await store.ContainsAsync(key));
        Assert.Empty(await KeysAsync(store));
    }

    [Fact]
    public async Task Listing_shows_each_committed_object_once()
    {
        var store = Create();
        var expected = new HashSet<string>();
        for (int i = 0; i < 600; i++)
        {
            byte[] content = BitConverter.GetBytes(i);
            var key = KeyOf(content, (HashAlgorithmId)(1 + (i % 3)), i % 2 == 0 ? ObjectSuffix.None : ObjectSuffix.Partial);
            await store.PutAsync(key, content);
            expected.Add(key.ToString());
        }

        var listed = await KeysAsync(store);
        Assert.Equal(600, listed.Count);
        Assert.Equal(expected, [.. listed.Select(key => key.ToString())]);
    }

    [Fact]
    public async Task Many_writers_of_the_same_and_of_different_objects_do_not_disturb_each_other()
    {
        var store = Create();
        byte[][] contents = [.. Enumerable.Range(0, 20).Select(i => Enumerable.Repeat((byte)i, 1000 + i).ToArray())];
        await Parallel.ForEachAsync(Enumerable.Range(0, 400), async (i, token) =>
        {
            byte[] content = contents[i % contents.Length];
            if (i % 2 == 0)
            {
                await store.PutAsync(KeyOf(content), content, token);
                return;
            }

            await using var writer = await store.BeginWriteAsync(HashAlgorithmId.Sha1, ObjectSuffix.None, token);
            await writer.WriteAsync(content, token);
            await using var staged = await writer.CompleteAsync(token);
            await staged.CommitAsync(token);
        });
        Assert.Equal(contents.Length, (await KeysAsync(store)).Count);
        foreach (byte[] content in contents) Assert.Equal(content, await ReadAsync(store, KeyOf(content)));
        Assert.True(IsTidy());
    }

    [Fact]
    public async Task Cancelled_calls_do_nothing()
    {
        var store = Create();
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.PutAsync(KeyOf(s_content), s_content, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.ContainsAsync(KeyOf(s_content), cancelled));
        Assert.Empty(await KeysAsync(store));
    }

    private static ObjectKey KeyOf(byte[] content, HashAlgorithmId algorithm = HashAlgorithmId.Sha1, ObjectSuffix suffix = ObjectSuffix.None)
        => new(ContentHash.Compute(algorithm, content), suffix);

    private static async Task<byte[]> ReadAsync(IObjectStore store, ObjectKey key)
        => await ReadAsync(await store.OpenReadAsync(key) ?? throw new InvalidOperationException($"{key} is not there."));

    private static async Task<byte[]> ReadAsync(Stream stream)
    {
        await using (stream)
        {
            using var copy = new MemoryStream();
            await stream.CopyToAsync(copy);
            return copy.ToArray();
        }
    }

    private static async Task<List<ObjectKey>> KeysAsync(IObjectStore store)
    {
        var keys = new List<ObjectKey>();
        await foreach (var key in store.EnumerateAsync()) keys.Add(key);
        return keys;
    }
}
