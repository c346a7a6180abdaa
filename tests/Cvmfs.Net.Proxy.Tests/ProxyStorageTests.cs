using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests;

public sealed class ProxyStorageTests
{
    [Fact, Conforms("proxy", 99)]
    public async Task A_new_run_serves_what_the_last_one_stored()
    {
        using var folder = new TempFolder();
        byte[] content = [1, 2, 3];
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Serve(content);
        await using (var first = await RunningProxy.StartAsync(cacheFolder: folder.Path)) await first.Client.GetByteArrayAsync(UrlOf(upstream, content));
        await using var second = await RunningProxy.StartAsync(cacheFolder: folder.Path);

        Assert.Equal(content, await second.Client.GetByteArrayAsync(UrlOf(upstream, content)));
        Assert.Single(upstream.Seen);
    }

    [Fact]
    public async Task Removes_the_objects_used_longest_ago_when_there_are_too_many_bytes()
    {
        byte[][] objects = [.. Enumerable.Range(0, 3).Select(i => Enumerable.Repeat((byte)i, 600_000).ToArray())];
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Serve(objects);
        await using var proxy = await RunningProxy.StartAsync(options => options.Storage.MaxBytes = 1_500_000);
        foreach (byte[] content in objects[..2]) await proxy.Client.GetByteArrayAsync(UrlOf(upstream, content));
        await proxy.Client.GetByteArrayAsync(UrlOf(upstream, objects[0])); // used again: now the second is the oldest
        await proxy.Client.GetByteArrayAsync(UrlOf(upstream, objects[2]));

        Assert.Equal(2, proxy.Proxy.CachedObjects);
        Assert.Equal(1_200_000, proxy.Proxy.CachedBytes);
        await proxy.Client.GetByteArrayAsync(UrlOf(upstream, objects[0]));
        Assert.Equal(3, upstream.Seen.Count);
    }

    [Fact, Conforms("proxy", 98)]
    public async Task A_store_that_cannot_take_an_object_is_no_error_for_the_client()
    {
        byte[] content = new byte[3 << 20];
        new Random(3).NextBytes(content);
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Serve(content);
        await using var proxy = await RunningProxy.StartAsync(store: new FullStore(bytesUntilFull: 1 << 20));

        Assert.Equal(content, await proxy.Client.GetByteArrayAsync(UrlOf(upstream, content)));
        Assert.Equal(content, await proxy.Client.GetByteArrayAsync(UrlOf(upstream, content)));
        Assert.Equal(2, upstream.Seen.Count);
    }

    [Fact, Conforms("proxy", 81)]
    public async Task A_client_that_saw_bad_bytes_makes_the_stored_object_be_checked()
    {
        using var folder = new TempFolder();
        byte[] content = [1, 2, 3];
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Serve(content);
        await using var proxy = await RunningProxy.StartAsync(cacheFolder: folder.Path);
        await proxy.Client.GetByteArrayAsync(UrlOf(upstream, content));

        Assert.Equal(content, await GetPastCachesAsync(proxy, UrlOf(upstream, content)));
        Assert.Single(upstream.Seen); // intact: no need to ask

        await File.WriteAllBytesAsync(new FileObjectStore(folder.Path).PathOf(ScriptedUpstream.KeyOf(content)), [9, 9, 9]);
        Assert.Equal(content, await GetPastCachesAsync(proxy, UrlOf(upstream, content)));
        Assert.Equal(2, upstream.Seen.Count);
    }

    private static async Task<byte[]> GetPastCachesAsync(RunningProxy proxy, string url)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url) { Headers = { { "Cache-Control", "no-cache" }, { "Pragma", "no-cache" } } };
        using var response = await proxy.Client.SendAsync(request);
        return await response.Content.ReadAsByteArrayAsync();
    }

    private static string UrlOf(ScriptedUpstream upstream, byte[] bytes)
        => $"{upstream.Url}cvmfs/a.example.org/{ObjectPath.Of(ScriptedUpstream.KeyOf(bytes))}";

    /// <summary>Takes some bytes of each object and then has no room.</summary>
    private sealed class FullStore(long bytesUntilFull) : IObjectStore
    {
        private readonly MemoryObjectStore _inner = new();

        public string Location => "full";

        public ValueTask<bool> ContainsAsync(ObjectKey key, CancellationToken cancellationToken = default) => _inner.ContainsAsync(key, cancellationToken);

        public ValueTask<Stream?> OpenReadAsync(ObjectKey key, CancellationToken cancellationToken = default) => _inner.OpenReadAsync(key, cancellationToken);

        public ValueTask<ObjectWriter> BeginWriteAsync(HashAlgorithmId algorithm, ObjectSuffix suffix, CancellationToken cancellationToken = default)
            => ValueTask.FromResult<ObjectWriter>(new FullWriter(algorithm, suffix, bytesUntilFull));

        public ValueTask PutAsync(ObjectKey key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default) => throw new IOException("No room.");

        public ValueTask<bool> DeleteAsync(ObjectKey key, CancellationToken cancellationToken = default) => _inner.DeleteAsync(key, cancellationToken);

        public IAsyncEnumerable<ObjectKey> EnumerateAsync(CancellationToken cancellationToken = default) => _inner.EnumerateAsync(cancellationToken);

        private sealed class FullWriter(HashAlgorithmId algorithm, ObjectSuffix suffix, long room) : ObjectWriter(algorithm, suffix)
        {
            protected override ValueTask WriteCoreAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
                => (room -= bytes.Length) < 0 ? throw new IOException("No room.") : ValueTask.CompletedTask;

            protected override ValueTask<StagedObject> CompleteCoreAsync(ObjectKey key, CancellationToken cancellationToken) => throw new IOException("No room.");

            protected override ValueTask DisposeCoreAsync() => ValueTask.CompletedTask;
        }
    }
}
