using Cvmfs.Net.Objects;
using Cvmfs.Net.Repositories;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.Repositories;

public sealed class RevisionDiffTests
{
    [Fact]
    public async Task Names_what_was_added_removed_and_changed_in_path_order()
    {
        using var built = await new RepositoryBuilder()
            .File("/keep", "same").File("/change", "before").File("/gone/inside", "x").Link("/link", "a").Chunked("/big", seed: 1).Revision("one")
            .File("/change", "after").Remove("/gone").File("/new/inside", "y").Remove("/link").Link("/link", "b").Chunked("/big", seed: 2)
            .BuildAsync("two");
        Assert.Equal(["M /big", "M /change", "- /gone", "- /gone/inside", "M /link", "+ /new", "+ /new/inside"], await DiffAsync(built, "one", "two"));
        Assert.Equal(["M /big", "M /change", "+ /gone", "+ /gone/inside", "M /link", "- /new", "- /new/inside"], await DiffAsync(built, "two", "one"));
    }

    [Fact]
    public async Task A_revision_does_not_differ_from_itself()
    {
        using var built = await new RepositoryBuilder().File("/a", "a").BuildAsync("one");
        Assert.Empty(await DiffAsync(built, "one", "one"));
    }

    [Fact]
    public async Task A_file_that_became_a_directory_is_one_change_and_its_content_is_new()
    {
        using var built = await new RepositoryBuilder().File("/x", "file").Revision("one").Remove("/x").File("/x/inside", "y").BuildAsync("two");
        Assert.Equal(["M /", "M /x", "+ /x/inside"], await DiffAsync(built, "one", "two"));
    }

    [Fact]
    public async Task Nested_catalogs_that_are_equal_are_not_loaded()
    {
        using var built = await new RepositoryBuilder()
            .File("/a/file", "a").Nested("/a").File("/b/file", "b").Nested("/b").Revision("one").File("/b/file", "changed").BuildAsync("two");
        using var catalog = built.OpenCatalog();
        var equal = new ObjectKey(catalog.NestedCatalogs.Single(nested => nested.Mountpoint.ToString() == "/a").Hash, ObjectSuffix.Catalog);
        var source = new CountingSource(built.Path);
        await using var repository = await CvmfsRepository.OpenAsync(source, new CvmfsRepositoryOptions { Keys = built.TrustedKeys, TimeProvider = built.Clock });
        Assert.Equal(["M /b/file"], await DiffAsync(repository, "one", "two"));
        Assert.DoesNotContain(equal, source.Asked);
    }

    [Fact]
    public async Task A_directory_that_only_got_a_catalog_of_its_own_changes_by_the_marker_alone()
    {
        using var built = await new RepositoryBuilder().File("/a/file", "a").Revision("one").Nested("/a").BuildAsync("two");
        Assert.Equal(["+ /a/.cvmfscatalog"], await DiffAsync(built, "one", "two"));
    }

    private static async Task<List<string>> DiffAsync(BuiltRepository built, string from, string to)
    {
        await using var repository = await CvmfsRepository.OpenAsync(built.Path, new CvmfsRepositoryOptions { Keys = built.TrustedKeys, TimeProvider = built.Clock });
        return await DiffAsync(repository, from, to);
    }

    private static async Task<List<string>> DiffAsync(CvmfsRepository repository, string from, string to)
    {
        var changes = new List<string>();
        await foreach (var change in CvmfsRepository.DiffAsync(await repository.OpenRevisionAsync(from), await repository.OpenRevisionAsync(to)))
        {
            string sign = change.Kind switch { ChangeKind.Added => "+", ChangeKind.Removed => "-", _ => "M" };
            Assert.Equal(change.Kind == ChangeKind.Added, change.Before is null);
            Assert.Equal(change.Kind == ChangeKind.Removed, change.After is null);
            changes.Add($"{sign} {change.Path}");
        }

        return changes;
    }
}
