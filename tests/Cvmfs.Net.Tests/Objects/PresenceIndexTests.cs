using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.Objects;

public sealed class PresenceIndexTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FileObjectStore _store;

    public PresenceIndexTests()
    {
        _store = new FileObjectStore(_folder.Path);
        _store.CreateFolders();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_empty_store_is_asked_nothing()
    {
        var index = new PresenceIndex(_store);
        foreach (var (key, _) in Objects(2000)) Assert.False(await index.ContainsAsync(key, Token));
        Assert.Equal((0, 2000), (index.QuestionsAsked, index.QuestionsSpared));
    }

    [Fact]
    [Conforms("stratum1", 36)]
    public async Task What_is_stored_is_found_whether_the_index_was_told_or_not_yet_there()
    {
        foreach (var (key, content) in Objects(1000)) await _store.PutAsync(key, content, Token);
        var index = new PresenceIndex(_store);
        foreach (var (key, _) in Objects(1000)) Assert.True(await index.ContainsAsync(key, Token));
        foreach (var (key, content) in Objects(3000).Skip(1000))
        {
            Assert.False(await index.ContainsAsync(key, Token));
            await _store.PutAsync(key, content, Token);
            index.Added(key);
        }

        foreach (var (key, _) in Objects(3000)) Assert.True(await index.ContainsAsync(key, Token));
        long before = index.QuestionsAsked;
        foreach (var (key, _) in Objects(23_000).Skip(3000)) Assert.False(await index.ContainsAsync(key, Token));
        Assert.InRange(index.QuestionsAsked - before, 0, 400); // a filter errs now and then: 2 % of 20,000
        foreach (var (key, _) in Objects(100)) Assert.False(await index.ContainsAsync(key with { Suffix = ObjectSuffix.Partial }, Token));
    }

    [Fact]
    [Conforms("stratum1", 40)]
    public async Task What_is_gone_or_empty_is_not_there_whatever_the_index_remembers()
    {
        var index = new PresenceIndex(_store);
        var objects = Objects(20).ToList();
        foreach (var (key, content) in objects)
        {
            await _store.PutAsync(key, content, Token);
            index.Added(key);
        }

        File.Delete(_store.PathOf(objects[3].Key));
        File.WriteAllBytes(_store.PathOf(objects[4].Key), []);
        for (int i = 0; i < objects.Count; i++) Assert.Equal(i is not (3 or 4), await index.ContainsAsync(objects[i].Key, Token));
    }

    [Fact]
    public async Task A_large_folder_is_read_once_that_has_become_cheaper_than_asking()
    {
        var inOneFolder = Objects(200_000).Where(o => o.Key.Hash.FirstByte == 7).ToList();
        foreach (var (key, content) in inOneFolder.Take(500)) await _store.PutAsync(key, content, Token);
        var index = new PresenceIndex(_store);
        int asked = 0;
        foreach (var (key, _) in inOneFolder.Skip(500))
        {
            long before = index.QuestionsAsked;
            Assert.False(await index.ContainsAsync(key, Token));
            if (index.QuestionsAsked > before) asked++;
        }

        Assert.InRange(asked, 60, 270); // 500 entries cost as much as 250 questions; what is expected grows by doubling
        foreach (var (key, _) in inOneFolder.Take(500)) Assert.True(await index.ContainsAsync(key, Token));
    }

    [Fact]
    public async Task Beyond_its_memory_it_asks_more_and_is_still_right()
    {
        var index = new PresenceIndex(_store, new PresenceIndexOptions { MemoryBytes = 64 << 10 });
        var present = Objects(4000).Where((_, i) => i % 2 == 0).ToList();
        foreach (var (key, content) in present)
        {
            await index.ContainsAsync(key, Token);
            await _store.PutAsync(key, content, Token);
            index.Added(key);
        }

        int i = 0;
        foreach (var (key, _) in Objects(4000)) Assert.Equal(i++ % 2 == 0, await index.ContainsAsync(key, Token));
        Assert.InRange(index.MemoryBytes, 1, 64 << 10);
        index.Clear();
        Assert.Equal(0, index.MemoryBytes);
        Assert.True(await index.ContainsAsync(present[0].Key, Token));
    }

    [Fact]
    public async Task Objects_that_come_while_a_folder_is_read_are_not_missed()
    {
        var index = new PresenceIndex(_store);
        var objects = Objects(4000).ToList();
        // Four writers, each asking for everything that it has stored, while folders are being read for the first time by all of them.
        await Parallel.ForEachAsync(Enumerable.Range(0, 4), Token, async (writer, token) =>
        {
            for (int i = writer; i < objects.Count; i += 4)
            {
                await _store.PutAsync(objects[i].Key, objects[i].Content, token);
                index.Added(objects[i].Key);
                Assert.True(await index.ContainsAsync(objects[i].Key, token));
            }
        });
        foreach (var (key, _) in objects) Assert.True(await index.ContainsAsync(key, Token));
    }

    private static IEnumerable<(ObjectKey Key, byte[] Content)> Objects(int count)
    {
        for (int i = 0; i < count; i++)
        {
            byte[] content = BitConverter.GetBytes(i);
            yield return (new ObjectKey(ContentHash.Compute(HashAlgorithmId.Sha1, content)), content);
        }
    }
}
