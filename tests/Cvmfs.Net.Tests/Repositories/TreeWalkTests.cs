using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Repositories;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Tests.Repositories;

/// <summary>Lookup and listing across nested catalogs, and what happens when they are broken.</summary>
public sealed class TreeWalkTests
{
    private static readonly string[] s_tree =
    [
        "/", "/a", "/a/nested", "/a/nested/.cvmfscatalog", "/a/nested/deeper", "/a/nested/deeper/.cvmfscatalog", "/a/nested/deeper/leaf",
        "/a/nested/file", "/a/nested.txt", "/a/nestedx", "/a/nestedx/file", "/b",
    ];

    [Fact]
    public async Task Lists_in_path_order_across_catalogs()
    {
        using var built = await Tree().BuildAsync();
        await using var repository = await OpenAsync(built);
        var paths = await PathsAsync(repository.EnumerateAsync());
        Assert.Equal(s_tree, paths);
        Assert.Equal(paths.Select(RepositoryPath.Parse).Order(), paths.Select(RepositoryPath.Parse));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    public async Task Lists_the_same_however_many_catalogs_are_loaded_ahead(int ahead)
    {
        var builder = new RepositoryBuilder();
        for (int i = 0; i < 12; i++) builder.File($"/n{i:d2}/sub/file", $"{i}").Nested($"/n{i:d2}").Nested($"/n{i:d2}/sub");
        using var built = await builder.BuildAsync();
        await using var repository = await OpenAsync(built, options => options with { CatalogsAhead = ahead, MaxIdleCatalogs = 1 });
        var paths = await PathsAsync(repository.EnumerateAsync());
        Assert.Equal(1 + (12 * 5), paths.Count);
        Assert.Equal(paths.Select(RepositoryPath.Parse).Order(), paths.Select(RepositoryPath.Parse));
        Assert.Equal(paths, await PathsAsync(repository.EnumerateAsync()));
    }

    [Theory]
    [InlineData("/a/nested", 6)]
    [InlineData("/a/nested/deeper", 3)]
    [InlineData("/a/nestedx", 2)]
    [InlineData("/b", 1)]
    public async Task Begins_anywhere(string start, int count)
    {
        using var built = await Tree().BuildAsync();
        await using var repository = await OpenAsync(built);
        Assert.Equal(s_tree.Where(path => path == start || path.StartsWith(start + "/", StringComparison.Ordinal)), await PathsAsync(repository.EnumerateAsync(RepositoryPath.Parse(start))));
        Assert.Equal(count, (await PathsAsync(repository.EnumerateAsync(RepositoryPath.Parse(start)))).Count);
    }

    [Fact]
    [Conforms("protocol", 89)]
    public async Task A_mountpoint_does_not_take_names_that_merely_begin_like_it()
    {
        using var built = await Tree().BuildAsync();
        await using var repository = await OpenAsync(built);
        Assert.NotNull(await repository.StatAsync(RepositoryPath.Parse("/a/nestedx/file")));
        Assert.NotNull(await repository.StatAsync(RepositoryPath.Parse("/a/nested.txt")));
    }

    [Fact]
    [Conforms("protocol", 90)]
    public async Task A_mountpoint_is_known_without_its_catalog_and_listed_from_it()
    {
        using var built = await Tree().BuildAsync();
        var nested = NestedKey(built, "/a/nested");
        var source = new CountingSource(built.Path);
        await using var repository = await CvmfsRepository.OpenAsync(source, Options(built));
        Assert.True((await repository.StatAsync(RepositoryPath.Parse("/a/nested")))!.IsDirectory);
        Assert.DoesNotContain(nested, source.Asked);
        Assert.Equal(3, (await repository.ListAsync(RepositoryPath.Parse("/a/nested"))).Count);
        Assert.Contains(nested, source.Asked);
    }

    [Fact]
    [Conforms("protocol", 91)]
    public async Task A_nested_catalog_that_is_missing_is_an_error_and_not_an_absence()
    {
        using var built = await Tree().BuildAsync();
        built.Remove(NestedKey(built, "/a/nested"));
        await using var repository = await OpenAsync(built);
        await Assert.ThrowsAsync<CvmfsTransportException>(async () => await repository.StatAsync(RepositoryPath.Parse("/a/nested/file")));
        await Assert.ThrowsAsync<CvmfsTransportException>(() => repository.ListAsync(RepositoryPath.Parse("/a/nested")));
        await Assert.ThrowsAsync<CvmfsTransportException>(() => PathsAsync(repository.EnumerateAsync()));
        Assert.NotNull(await repository.StatAsync(RepositoryPath.Parse("/b")));
    }

    [Fact]
    [Conforms("protocol", 91), Conforms("protocol", 8)]
    public async Task A_nested_catalog_that_is_damaged_is_an_error_until_it_is_repaired()
    {
        using var built = await Tree().BuildAsync();
        var key = NestedKey(built, "/a/nested");
        built.FlipByte(key);
        await using var repository = await OpenAsync(built);
        await Assert.ThrowsAsync<ObjectIntegrityException>(async () => await repository.StatAsync(RepositoryPath.Parse("/a/nested/file")));
        built.FlipByte(key);
        Assert.NotNull(await repository.StatAsync(RepositoryPath.Parse("/a/nested/file")));
    }

    [Fact]
    [Conforms("protocol", 91)]
    public async Task A_nested_catalog_without_a_hash_is_an_error()
    {
        using var built = await Tree().BuildAsync();
        built.EditRootCatalog("UPDATE nested_catalogs SET sha1 = ''");
        await using var repository = await OpenAsync(built);
        await Assert.ThrowsAsync<CvmfsFormatException>(async () => await repository.StatAsync(RepositoryPath.Parse("/a/nested/file")));
    }

    [Fact]
    public async Task A_catalog_mounted_where_it_does_not_belong_is_refused()
    {
        // One catalog under many paths would let a few of them unfold into a tree without end.
        using var built = await Tree().BuildAsync();
        var deeper = RepositoryPath.Parse("/b2");
        built.EditRootCatalog("UPDATE nested_catalogs SET path = '/a/nestedx'", $"UPDATE catalog SET flags = 3 WHERE name = 'nestedx'");
        await using var repository = await OpenAsync(built);
        var refused = await Assert.ThrowsAsync<CvmfsFormatException>(() => repository.ListAsync(RepositoryPath.Parse("/a/nestedx")));
        Assert.Contains("/a/nested", refused.Message, StringComparison.Ordinal);
        Assert.Null(await repository.StatAsync(deeper));
    }

    [Fact]
    public async Task A_catalog_that_mounts_itself_on_its_own_root_is_refused()
    {
        using var built = await Tree().BuildAsync();
        built.EditRootCatalog("UPDATE nested_catalogs SET path = ''");
        await using var repository = await OpenAsync(built);
        await Assert.ThrowsAsync<CvmfsFormatException>(() => PathsAsync(repository.EnumerateAsync()));
    }

    [Fact]
    [Conforms("protocol", 99)]
    public async Task A_nested_catalog_of_another_size_than_its_parent_says_is_refused()
    {
        using var built = await Tree().BuildAsync();
        built.EditRootCatalog("UPDATE nested_catalogs SET size = size + 4096");
        await using var repository = await OpenAsync(built);
        await Assert.ThrowsAsync<CvmfsFormatException>(() => repository.ListAsync(RepositoryPath.Parse("/a/nested")));
    }

    [Fact]
    public async Task A_nested_catalog_of_unknown_size_is_read()
    {
        using var built = await Tree().BuildAsync();
        built.EditRootCatalog("UPDATE nested_catalogs SET size = 0");
        await using var repository = await OpenAsync(built);
        Assert.Equal(s_tree, await PathsAsync(repository.EnumerateAsync()));
    }

    [Fact]
    public async Task A_mountpoint_that_nobody_registered_is_an_error()
    {
        using var built = await Tree().BuildAsync();
        built.EditRootCatalog("DELETE FROM nested_catalogs");
        await using var repository = await OpenAsync(built);
        await Assert.ThrowsAsync<CvmfsFormatException>(() => PathsAsync(repository.EnumerateAsync()));
    }

    [Fact]
    [Conforms("protocol", 94)]
    public async Task Hidden_entries_are_left_out_of_listings_and_found_by_name()
    {
        using var built = await Tree().File("/secret/inside", "x").BuildAsync();
        built.EditRootCatalog("UPDATE catalog SET flags = flags | 32768 WHERE name = 'secret'");
        await using var repository = await OpenAsync(built);
        Assert.Equal(s_tree, await PathsAsync(repository.EnumerateAsync()));
        Assert.DoesNotContain("secret", (await repository.ListAsync(RepositoryPath.Root)).Select(entry => System.Text.Encoding.UTF8.GetString(entry.Name.Span)));
        Assert.NotNull(await repository.StatAsync(RepositoryPath.Parse("/secret/inside")));
        Assert.Contains("/secret/inside", await PathsAsync(repository.EnumerateAsync(options: new RepositoryEnumerationOptions { IncludeHidden = true })));
    }

    [Fact]
    [Conforms("protocol", 92)]
    public async Task Below_a_bind_mountpoint_another_revision_appears_under_its_own_paths()
    {
        using var built = await Tree().Revision().File("/a/nested/file", "changed").Directory("/old").BuildAsync();
        var earlier = Manifest.Parse(built.Manifests[1]);
        built.EditRootCatalog(
            "UPDATE catalog SET flags = 16385 WHERE name = 'old'",
            $"INSERT INTO bind_mountpoints (path, sha1, size) VALUES ('/old', '{earlier.RootCatalog}', {earlier.RootCatalogSize})");
        await using var repository = await OpenAsync(built);

        Assert.Equal("new"u8.ToArray(), await repository.ReadAllBytesAsync(RepositoryPath.Parse("/old/a/nested/file")));
        Assert.Equal("changed"u8.ToArray(), await repository.ReadAllBytesAsync(RepositoryPath.Parse("/a/nested/file")));
        Assert.NotNull(await repository.StatAsync(RepositoryPath.Parse("/old/a/nested/deeper/leaf"))); // nested below bound
        Assert.Null(await repository.StatAsync(RepositoryPath.Parse("/old/old")));
        Assert.Equal(["a", "b"], (await repository.ListAsync(RepositoryPath.Parse("/old"))).Select(entry => System.Text.Encoding.UTF8.GetString(entry.Name.Span)));
        Assert.Equal([.. s_tree, "/old"], await PathsAsync(repository.EnumerateAsync())); // shown, not entered
        Assert.Equal(
            [.. s_tree.Skip(1).Select(path => "/old" + path).Prepend("/old")],
            await PathsAsync(repository.EnumerateAsync(RepositoryPath.Parse("/old"))));
        Assert.Contains("/old/a/nested/deeper/leaf", await PathsAsync(repository.EnumerateAsync(options: new RepositoryEnumerationOptions { FollowBindMountpoints = true })));
    }

    [Fact]
    [Conforms("protocol", 93)]
    public async Task The_list_of_catalogs_leaves_bind_mountpoints_out()
    {
        using var built = await Tree().Revision().Directory("/old").BuildAsync();
        var earlier = Manifest.Parse(built.Manifests[1]);
        built.EditRootCatalog($"INSERT INTO bind_mountpoints (path, sha1, size) VALUES ('/old', '{earlier.RootCatalog}', 0)");
        await using var repository = await OpenAsync(built);
        var catalogs = new List<string>();
        await foreach (var catalog in repository.Current.CatalogsAsync()) catalogs.Add(catalog.Mountpoint.ToString());
        Assert.Equal(["/", "/a/nested", "/a/nested/deeper"], catalogs);
    }

    [Fact]
    public async Task Many_readers_load_a_catalog_once()
    {
        using var built = await Tree().BuildAsync();
        var key = NestedKey(built, "/a/nested");
        var gate = new TaskCompletionSource();
        var source = new CountingSource(built.Path) { BeforeObject = asked => asked == key ? gate.Task : Task.CompletedTask };
        await using var repository = await CvmfsRepository.OpenAsync(source, Options(built));
        var readers = Enumerable.Range(0, 20).Select(_ => repository.StatAsync(RepositoryPath.Parse("/a/nested/file")).AsTask()).ToArray();
        gate.SetResult();
        Assert.All(await Task.WhenAll(readers), Assert.NotNull);
        Assert.Single(source.Asked, asked => asked == key);
    }

    [Fact]
    public async Task One_reader_giving_up_does_not_disturb_the_others()
    {
        using var built = await Tree().BuildAsync();
        var key = NestedKey(built, "/a/nested");
        var gate = new TaskCompletionSource();
        var source = new CountingSource(built.Path) { BeforeObject = asked => asked == key ? gate.Task : Task.CompletedTask };
        await using var repository = await CvmfsRepository.OpenAsync(source, Options(built));
        using var gone = new CancellationTokenSource();
        var impatient = repository.StatAsync(RepositoryPath.Parse("/a/nested/file"), gone.Token).AsTask();
        var patient = repository.StatAsync(RepositoryPath.Parse("/a/nested/file")).AsTask();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        gate.SetResult();
        Assert.NotNull(await patient);
    }

    [Fact]
    public async Task A_listing_that_is_left_early_frees_what_it_loaded()
    {
        using var built = await Tree().BuildAsync();
        var repository = await OpenAsync(built);
        await foreach (var entry in repository.EnumerateAsync())
        {
            if (entry.Path == RepositoryPath.Parse("/a/nested/file")) break;
        }

        await repository.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await repository.StatAsync(RepositoryPath.Parse("/b")));
    }

    private static RepositoryBuilder Tree() => new RepositoryBuilder()
        .File("/a/nested/file", "new").File("/a/nested/deeper/leaf", "leaf").File("/a/nestedx/file", "x").File("/a/nested.txt", "text").File("/b", "b")
        .Nested("/a/nested").Nested("/a/nested/deeper");

    private static CvmfsRepositoryOptions Options(BuiltRepository built) => new() { Keys = built.TrustedKeys, TimeProvider = built.Clock };

    private static Task<CvmfsRepository> OpenAsync(BuiltRepository built, Func<CvmfsRepositoryOptions, CvmfsRepositoryOptions>? change = null)
        => CvmfsRepository.OpenAsync(built.Path, change?.Invoke(Options(built)) ?? Options(built));

    private static ObjectKey NestedKey(BuiltRepository built, string mountpoint)
    {
        using var catalog = built.OpenCatalog();
        ContentHash hash = catalog.NestedCatalogs.Single(nested => nested.Mountpoint == RepositoryPath.Parse(mountpoint)).Hash;
        return new ObjectKey(hash, ObjectSuffix.Catalog);
    }

    private static async Task<List<string>> PathsAsync(IAsyncEnumerable<CatalogTreeEntry> entries)
    {
        var paths = new List<string>();
        await foreach (var entry in entries) paths.Add(entry.Path.ToString());
        return paths;
    }
}
