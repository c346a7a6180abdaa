using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Cli.Tests;

/// <summary>Every ending has its number, and says what happened in one line.</summary>
public sealed class ExitCodeTests
{
    [Fact]
    public async Task Done_is_0()
    {
        using var repository = TestData.Unpack("empty.example.org");
        var run = await CliRun.RunAsync("repo", "ls", repository.Path, "-k", repository.PublicKeyPath);
        Assert.Equal("new_repository\n", run.Expect(0).Output);
        Assert.Empty(run.Error);
    }

    [Fact]
    public async Task A_path_that_does_not_exist_is_1()
    {
        using var repository = TestData.Unpack("empty.example.org");
        var run = await CliRun.RunAsync("repo", "cat", repository.Path, "/none", "-k", repository.PublicKeyPath);
        run.Expect(1);
        Assert.Contains("/none does not exist", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Theory]
    [InlineData("repo", "ls")]
    [InlineData("repo", "nonsense")]
    [InlineData("nonsense")]
    [InlineData("repo", "ls", "/nowhere", "--tag", "a", "--revision", "1")]
    [InlineData("repo", "ls", "/nowhere", "--root-hash", "xyz")]
    [InlineData("repo", "ls", "/nowhere", "--date", "yesterday")]
    [InlineData("repo", "ls", "/nowhere", "--unknown-option")]
    [InlineData("repo", "ls", "ftp://example.org/x", "--allow-unverified")]
    [InlineData("repo", "ls", "/nowhere", "/a/../b", "--allow-unverified")]
    [InlineData("repo", "ls", "/nowhere", "-k", "/no/such/key")]
    [InlineData("serve", "--root", "/no/such/folder")]
    [InlineData("completion", "tcsh")]
    [InlineData("replica", "snapshot", "--upstream", "http://127.0.0.1:1/cvmfs/a.b")]
    public async Task Misuse_is_2(params string[] args)
    {
        var run = await CliRun.RunAsync(args);
        run.Expect(2);
        Assert.NotEmpty(run.Error);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task Nothing_to_verify_with_is_3_and_says_how()
    {
        using var repository = TestData.Unpack("empty.example.org");
        var run = await CliRun.RunAsync("repo", "ls", repository.Path);
        run.Expect(3);
        Assert.Contains("-k", run.Error, StringComparison.Ordinal);
        Assert.Contains("--root-hash", run.Error, StringComparison.Ordinal);
        Assert.Contains("--allow-unverified", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_ways_round_a_missing_key_work()
    {
        using var repository = TestData.Unpack("empty.example.org");
        string root = (await File.ReadAllTextAsync(repository.CatalogsPath)).Split(' ')[0];
        (await CliRun.RunAsync("repo", "ls", repository.Path, "--root-hash", root)).Expect(0);
        (await CliRun.RunAsync("repo", "ls", repository.Path, "--allow-unverified")).Expect(0);
    }

    [Fact]
    public async Task Somebody_elses_key_is_3()
    {
        using var repository = TestData.Unpack("empty.example.org");
        (await CliRun.RunAsync("repo", "ls", repository.Path, "-k", TestData.PublicKey("all.example.org"))).Expect(3);
    }

    [Fact]
    public async Task A_damaged_object_is_3_and_nothing_is_printed()
    {
        using var repository = await new RepositoryBuilder().File("/a", "content").BuildAsync();
        repository.FlipByte(repository.KeyOf("/a"));
        var run = await CliRun.RunAsync("repo", "cat", repository.Path, "/a", "--root-hash", repository.Manifest.RootCatalog.ToString());
        Assert.Empty(run.Expect(3).Output);
    }

    [Fact]
    public async Task Nobody_there_is_4()
        => (await CliRun.RunAsync("repo", "ls", "http://127.0.0.1:1/cvmfs/test.example.org", "--allow-unverified")).Expect(4);

    [Fact]
    public async Task A_folder_without_a_repository_is_4()
    {
        using var folder = new TempFolder();
        (await CliRun.RunAsync("repo", "ls", folder.Path, "--allow-unverified")).Expect(4);
    }

    [Fact]
    public async Task An_interrupt_is_130()
    {
        using var repository = TestData.Unpack("empty.example.org");
        var interrupted = new TestEnvironment { Started = interruption => interruption.Signal() };
        (await CliRun.RunAsync(interrupted, "repo", "ls", repository.Path, "-R", "-k", repository.PublicKeyPath)).Expect(130);
    }

    [Fact]
    public void Failures_of_the_library_have_their_numbers()
    {
        var key = new ObjectKey(ContentHash.Compute(HashAlgorithmId.Sha1, "x"u8));
        Assert.Equal(1, ExitCodes.Of(new InvalidOperationException()));
        Assert.Equal(2, ExitCodes.Of(CliException.Usage("x")));
        Assert.Equal(3, ExitCodes.Of(new CvmfsTrustException(TrustFailure.WhitelistExpired, "x")));
        Assert.Equal(3, ExitCodes.Of(new CvmfsFormatException("x", "y")));
        Assert.Equal(3, ExitCodes.Of(ObjectIntegrityException.TooLong(key, 2, 1, "x")));
        Assert.Equal(4, ExitCodes.Of(new CvmfsTransportException("x", "y", isTransient: true)));
        Assert.Equal(6, ExitCodes.Of(new IOException()));
        Assert.Equal(6, ExitCodes.Of(new UnauthorizedAccessException()));
        Assert.Equal(130, ExitCodes.Of(new OperationCanceledException()));
    }
}
