using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.TestKit;

public sealed class TestDataTests
{
    [Fact]
    public void Every_repository_unpacks_with_its_manifest_key_and_expectations()
    {
        foreach (string name in TestData.Names)
        {
            using var repository = TestData.Unpack(name);
            Assert.True(File.Exists(Path.Combine(repository.Path, ".cvmfspublished")), name);
            Assert.True(File.Exists(repository.PublicKeyPath), name);
            Assert.True(File.Exists(repository.ExpectedPath), name);
        }
    }

    [Fact]
    public void Disposing_removes_the_unpacked_folder()
    {
        var repository = TestData.Unpack("empty.example.org");
        repository.Dispose();
        Assert.False(Directory.Exists(repository.Path));
    }
}
