using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Publishing.Tests;

public sealed class RepositoryPublisherTests
{
    [Fact]
    public async Task Publishes_a_tree_that_verifies_and_reads_back()
    {
        using var repository = await new RepositoryBuilder()
            .File("/a/hello.txt", "hello\n")
            .Chunked("/a/big")
            .Link("/a/link", "$(HOME)/x")
            .HardLink("/a/hello2.txt", "/a/hello.txt")
            .Nested("/n").File("/n/inner", "inner\n")
            .BuildAsync("first");

        var verified = repository.Verify();
        Assert.Equal(1UL, verified.Manifest.Revision);
        using var catalog = repository.OpenCatalog();
        Assert.Equal(6, catalog.Find(RepositoryPath.Parse("/a/hello.txt"))!.Size);
        Assert.True(catalog.Chunks(RepositoryPath.Parse("/a/big")).Count > 2);
    }
}
