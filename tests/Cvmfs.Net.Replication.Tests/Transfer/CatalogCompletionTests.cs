using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Planning;
using Cvmfs.Net.Replication.Transfer;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Transfer;

public sealed class CatalogCompletionTests
{
    private readonly MemoryObjectStore _store = new();
    private readonly List<(ObjectKey Key, bool Stored)> _ended = [];
    private readonly CatalogCompletion _completion;

    public CatalogCompletionTests() => _completion = new CatalogCompletion((node, stored) => _ended.Add((node.Key, stored)));

    [Fact]
    [Conforms("stratum1", 8)]
    [Conforms("protocol", 49)]
    public async Task A_catalog_is_committed_after_its_objects_and_its_nested_catalogs()
    {
        var root = await NodeAsync("root", null);
        var nested = await NodeAsync("nested", root);
        var objects = new InFlightObjects();
        Assert.True(objects.Claim(Key("object"), nested));

        await ReleaseAsync(root);
        await ReleaseAsync(nested);
        Assert.Empty(_ended);
        Assert.False(await _store.ContainsAsync(nested.Key, Token));

        foreach (var waiter in Waiters(objects.Release(Key("object")))) await ReleaseAsync(waiter);

        Assert.Equal([(nested.Key, true), (root.Key, true)], _ended);
        Assert.True(await _store.ContainsAsync(root.Key, Token));
    }

    [Fact]
    public async Task A_failure_below_keeps_everything_above_from_being_committed_and_nothing_else()
    {
        var root = await NodeAsync("root", null);
        var bad = await NodeAsync("bad", root);
        var good = await NodeAsync("good", root);
        await ReleaseAsync(good);
        await _completion.ReleaseAsync(bad, succeeded: false, Token);
        await ReleaseAsync(root);

        Assert.Equal([(good.Key, true), (bad.Key, false), (root.Key, false)], _ended);
        Assert.True(await _store.ContainsAsync(good.Key, Token));
        Assert.False(await _store.ContainsAsync(bad.Key, Token));
        Assert.False(await _store.ContainsAsync(root.Key, Token));
    }

    [Fact]
    public async Task A_catalog_that_two_parents_share_is_loaded_once_and_both_wait()
    {
        var one = await NodeAsync("one", null);
        var two = await NodeAsync("two", null);
        var shared = await NodeAsync("shared", one);
        Assert.Null(_completion.Require(shared.Key, two, () => throw new InvalidOperationException("there is one")));
        await ReleaseAsync(one);
        await ReleaseAsync(two);
        Assert.Empty(_ended);
        await ReleaseAsync(shared);
        Assert.Equal([shared.Key, one.Key, two.Key], _ended.Select(e => e.Key).Take(1).Concat(_ended.Skip(1).Select(e => e.Key).OrderBy(k => k == one.Key ? 0 : 1)));
    }

    [Fact]
    public async Task A_revision_that_was_left_out_is_not_brought_again_and_holds_up_nobody()
    {
        var old = await NodeAsync("old", await NodeAsync("one", null));
        old.IsLeftOut = true;
        await old.Staged!.DisposeAsync();
        old.Staged = null;
        await ReleaseAsync(old);
        var two = await NodeAsync("two", null);
        Assert.Null(_completion.Require(old.Key, two, () => throw new InvalidOperationException("it was left out")));
        await ReleaseAsync(two);
        Assert.Contains((two.Key, true), _ended);
        Assert.DoesNotContain(old.Key, _completion.Uncommitted());
    }

    [Fact]
    public async Task A_catalog_that_failed_before_fails_its_next_parent_too()
    {
        var one = await NodeAsync("one", null);
        var bad = await NodeAsync("bad", one);
        await _completion.ReleaseAsync(bad, succeeded: false, Token);
        var two = await NodeAsync("two", null);
        Assert.Null(_completion.Require(bad.Key, two, () => throw new InvalidOperationException("there is one")));
        await ReleaseAsync(two);
        Assert.Contains((two.Key, false), _ended);
    }

    [Fact]
    public async Task Deep_chains_end_without_recursion()
    {
        var nodes = new List<CatalogNode>();
        for (int i = 0; i < 100_000; i++) nodes.Add(await NodeAsync($"{i}", nodes.LastOrDefault(), stage: false));
        foreach (var node in nodes) await ReleaseAsync(node);
        Assert.Equal(100_000, _ended.Count);
        Assert.Equal(nodes[^1].Key, _ended[0].Key);
        Assert.Equal(0, _completion.Count);
    }

    [Fact]
    public void An_object_is_claimed_by_the_first_and_awaited_by_all()
    {
        var objects = new InFlightObjects();
        CatalogNode[] nodes = [.. Enumerable.Range(0, 3).Select(i => new CatalogNode(Key($"{i}"), RepositoryPath.Root, 0, RootKind.Nested))];
        Assert.Equal([true, false, false], nodes.Select(node => objects.Claim(Key("object"), node)));
        Assert.Equal(nodes, Waiters(objects.Release(Key("object"))));
        Assert.True(objects.Claim(Key("object"), nodes[0]));
        Assert.Throws<InvalidOperationException>(() => objects.Release(Key("other")));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ObjectKey Key(string content) => new(ContentHash.Compute(HashAlgorithmId.Sha1, System.Text.Encoding.ASCII.GetBytes(content)), ObjectSuffix.Catalog);

    private static IEnumerable<CatalogNode> Waiters(InFlightObjects.Waiters waiters) => (waiters.Others ?? []).Prepend(waiters.First);

    private ValueTask ReleaseAsync(CatalogNode node)
        => node.ReleaseObject(succeeded: true) ? _completion.ReleaseAsync(node, succeeded: true, Token) : ValueTask.CompletedTask;

    private async Task<CatalogNode> NodeAsync(string content, CatalogNode? parent, bool stage = true)
    {
        var node = _completion.Require(Key(content), parent, () => new CatalogNode(Key(content), RepositoryPath.Root, 0, RootKind.Nested))!;
        if (!stage) return node;
        await using var writer = await _store.BeginWriteAsync(HashAlgorithmId.Sha1, ObjectSuffix.Catalog, Token);
        await writer.WriteAsync(System.Text.Encoding.ASCII.GetBytes(content), Token);
        node.Staged = await writer.CompleteAsync(Token);
        return node;
    }
}
