using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Publishing.Trees;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Publishing.Tests.Tagging;

public sealed class TagTests
{
    [Fact]
    public async Task Tags_each_commit_by_its_time_and_moves_trunk()
    {
        using var repository = await new RepositoryBuilder().File("/f", "1").Revision("first").File("/f", "2").BuildAsync();
        using var publisher = await OpenAsync(repository, new PublisherOptions());
        repository.Clock.SetUtcNow(new DateTimeOffset(2026, 11, 22, 10, 0, 31, TimeSpan.Zero));
        await publisher.CommitAsync(Tree("3"));
        await publisher.CommitAsync(Tree("4"));

        var tags = (await publisher.ListTagsAsync()).ToDictionary(tag => tag.Name);
        Assert.Equal(["first", "generic-2026-11-22T10:00:31Z", "generic_1-2026-11-22T10:00:31Z", "trunk", "trunk-previous"], tags.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((4UL, repository.Manifest.RootCatalog, "current HEAD"), (tags["trunk"].Revision, tags["trunk"].RootCatalog, tags["trunk"].Description));
        Assert.Equal((3UL, "default undo target"), (tags["trunk-previous"].Revision, tags["trunk-previous"].Description));
        Assert.Equal(1UL, tags["first"].Revision);
        Assert.Equal(repository.Manifest.RootCatalogSize, (ulong)tags["trunk"].RootCatalogSize);
        Assert.Equal(1_795_341_631L, tags["trunk"].Timestamp);
    }

    [Fact]
    public async Task Adds_and_removes_a_tag_without_a_new_revision()
    {
        using var repository = await new RepositoryBuilder().File("/f", "1").Revision().File("/f", "2").BuildAsync();
        using var publisher = await OpenAsync(repository);
        var before = repository.Manifest;
        repository.Clock.Advance(TimeSpan.FromHours(1));

        await publisher.AddTagAsync("named", "a description, with ünïcode");
        await publisher.AddTagAsync("old", rootCatalog: Manifests.Manifest.Parse(repository.Manifests[1]).RootCatalog);

        var tags = await publisher.ListTagsAsync();
        var named = tags.Single(tag => tag.Name == "named");
        Assert.Equal((2UL, before.RootCatalog, "a description, with ünïcode"), (named.Revision, named.RootCatalog, named.Description));
        Assert.Equal(1UL, tags.Single(tag => tag.Name == "old").Revision);
        Assert.Equal((before.Revision, before.RootCatalog), (repository.Manifest.Revision, repository.Manifest.RootCatalog));
        Assert.Equal(before.PublishedAt + 3600, repository.Manifest.PublishedAt);

        await publisher.RemoveTagAsync("named");
        Assert.DoesNotContain(await publisher.ListTagsAsync(), tag => tag.Name == "named");
        await Assert.ThrowsAsync<CvmfsPublishException>(() => publisher.RemoveTagAsync("named"));
        Assert.Empty(RepositoryChecks.FindProblems(repository.Path));
        repository.Verify();
    }

    [Theory]
    [InlineData("trunk")]
    [InlineData("trunk-previous")]
    [InlineData("two words")]
    [InlineData("")]
    public async Task Refuses_names_that_are_not_for_users(string name)
    {
        using var repository = await new RepositoryBuilder().BuildAsync();
        using var publisher = await OpenAsync(repository);

        await Assert.ThrowsAsync<ArgumentException>(() => publisher.AddTagAsync(name));
        await Assert.ThrowsAsync<ArgumentException>(() => publisher.CommitAsync(Tree("x"), new CommitOptions { Tag = name }));
    }

    [Fact]
    [Conforms("protocol", 138)]
    public async Task Rolls_back_by_publishing_the_old_tree_again()
    {
        using var repository = await new RepositoryBuilder().File("/f", "1").Revision("good").File("/f", "2").Revision("bad").File("/f", "3").BuildAsync();
        using var publisher = await OpenAsync(repository);
        var head = repository.Manifest.RootCatalog;
        repository.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(4UL, await publisher.RollBackAsync("good"));

        using var root = repository.OpenCatalog();
        Assert.Equal((4UL, head), (root.Revision, root.PreviousRevision));
        Assert.Equal(1, root.Find(RepositoryPath.Parse("/f"))!.Size);
        var tags = (await publisher.ListTagsAsync()).ToDictionary(tag => tag.Name);
        Assert.Equal(["good", "trunk"], tags.Keys.Order(StringComparer.Ordinal));
        Assert.All(tags.Values, tag => Assert.Equal((4UL, repository.Manifest.RootCatalog), (tag.Revision, tag.RootCatalog)));
        Assert.Empty(RepositoryChecks.FindProblems(repository.Path));
        repository.Verify();
    }

    private static Task<RepositoryPublisher> OpenAsync(BuiltRepository repository, PublisherOptions? options = null)
        => RepositoryPublisher.OpenAsync(repository.Path, repository.Keys.Publisher, options ?? new PublisherOptions { AutoTags = false }, repository.Clock);

    private static PublishTree Tree(string content) => new RepositoryBuilder().File("/f", content).MakeTree();
}
