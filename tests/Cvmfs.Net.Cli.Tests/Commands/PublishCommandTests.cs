using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Cli.Tests.Commands;

/// <summary>A Stratum 0, its replica and their reader, by command line alone.</summary>
public sealed class PublishCommandTests
{
    [Theory]
    [InlineData("sha1")]
    [InlineData("rmd160")]
    [InlineData("shake128")]
    public async Task Publishes_replicates_and_reads(string hash)
    {
        using var folder = new TempFolder();
        string storage = folder.Combine("s0/test.example.org");
        string keys = folder.Combine("keys");
        string key = folder.Combine("keys/test.example.org.pub");
        folder.Write("tree/dir/file", "content"u8);
        (await CliRun.RunAsync("publish", "init", "test.example.org", "--storage", storage, "--keys", keys, "--hash", hash)).Expect(0);
        (await CliRun.RunAsync("publish", "commit", "--storage", storage, "--keys", keys, "--tree", folder.Combine("tree"), "--tag", "first")).Expect(0);
        folder.Write("tree/dir/file", "changed"u8);
        (await CliRun.RunAsync("publish", "commit", "--storage", storage, "--keys", keys, "--tree", folder.Combine("tree"))).Expect(0);
        (await CliRun.RunAsync("publish", "tag", "second", "--storage", storage, "--keys", keys)).Expect(0);
        (await CliRun.RunAsync("publish", "resign", "--storage", storage, "--keys", keys, "--days", "10")).Expect(0);

        await using var server = await LoopbackServer.StartAsync(folder.Combine("s0"));
        string replica = folder.Combine("s1/test.example.org");
        string[] snapshot = ["replica", "snapshot", "--upstream", $"{server.Url}/cvmfs/test.example.org", "-k", key, "--storage", replica, "--json"];
        Assert.Contains("\"outcome\": \"updated\"", (await CliRun.RunAsync(snapshot)).Expect(0).Output, StringComparison.Ordinal);
        int requests = server.Requests.Count;
        Assert.Contains("\"outcome\": \"unchanged\"", (await CliRun.RunAsync(snapshot)).Expect(0).Output, StringComparison.Ordinal);
        Assert.InRange(server.Requests.Count - requests, 1, 4);

        Assert.Equal("changed", (await CliRun.RunAsync("repo", "cat", replica, "/dir/file", "-k", key)).Expect(0).Output);
        Assert.Equal("content", (await CliRun.RunAsync("repo", "cat", replica, "/dir/file", "-k", key, "--tag", "first")).Expect(0).Output);
        Assert.Equal("changed", (await CliRun.RunAsync("repo", "cat", replica, "/dir/file", "-k", key, "--tag", "second")).Expect(0).Output);
        Assert.Contains("M /dir/file", (await CliRun.RunAsync("repo", "diff", replica, "first", "second", "-k", key)).Expect(0).Lines);
    }

    [Fact]
    public async Task An_archive_goes_where_it_is_told()
    {
        using var folder = new TempFolder();
        string storage = folder.Combine("test.example.org");
        string keys = folder.Combine("keys");
        folder.Write("tree/file", "content"u8);
        System.Formats.Tar.TarFile.CreateFromDirectory(folder.Combine("tree"), folder.Combine("layer.tar"), includeBaseDirectory: false);
        (await CliRun.RunAsync("publish", "init", "test.example.org", "--storage", storage, "--keys", keys)).Expect(0);
        (await CliRun.RunAsync("publish", "commit", "--storage", storage, "--keys", keys, "--tar", folder.Combine("layer.tar"), "--into", "/v1")).Expect(0);
        Assert.Equal("content", (await CliRun.RunAsync("repo", "cat", storage, "/v1/file", "-k", keys)).Expect(0).Output);
    }

    [Fact]
    public async Task A_second_init_and_a_missing_repository_are_refused()
    {
        using var folder = new TempFolder();
        string storage = folder.Combine("test.example.org");
        string keys = folder.Combine("keys");
        (await CliRun.RunAsync("publish", "init", "test.example.org", "--storage", storage, "--keys", keys)).Expect(0);
        (await CliRun.RunAsync("publish", "init", "test.example.org", "--storage", storage, "--keys", keys)).Expect(1);
        (await CliRun.RunAsync("publish", "tag", "x", "--storage", folder.Combine("nowhere"), "--keys", keys)).Expect(2);
        (await CliRun.RunAsync("publish", "tag", "not a tag", "--storage", storage, "--keys", keys)).Expect(2);
        (await CliRun.RunAsync("publish", "commit", "--storage", storage, "--keys", keys)).Expect(2);
    }

    [Fact]
    public async Task Publishing_to_a_locked_repository_is_5()
    {
        using var folder = new TempFolder();
        string storage = folder.Combine("test.example.org");
        string keys = folder.Combine("keys");
        (await CliRun.RunAsync("publish", "init", "test.example.org", "--storage", storage, "--keys", keys)).Expect(0);
        await using var other = new FileStream(Path.Combine(storage, "data/txn/publish.lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None); // as another publisher does
        (await CliRun.RunAsync("publish", "tag", "x", "--storage", storage, "--keys", keys)).Expect(5);
    }

    [Fact]
    public async Task A_snapshot_of_a_damaged_upstream_is_7_and_of_a_stranger_3()
    {
        using var built = await new RepositoryBuilder().File("/a", "content").BuildAsync();
        using var folder = new TempFolder();
        string key = folder.Write("test.pub", System.Text.Encoding.ASCII.GetBytes(built.Keys.Publisher.MasterPublicKeyPem));
        string replica = folder.Combine("replica");
        (await CliRun.RunAsync("replica", "snapshot", "--upstream", built.Path, "--storage", replica)).Expect(3);
        (await CliRun.RunAsync("replica", "snapshot", "--upstream", built.Path, "-k", TestData.PublicKey("all.example.org"), "--storage", replica)).Expect(3);
        built.Remove(built.KeyOf("/a"));
        (await CliRun.RunAsync("replica", "snapshot", "--upstream", built.Path, "-k", key, "--storage", replica)).Expect(7);
        (await CliRun.RunAsync("replica", "snapshot", "--upstream", "http://127.0.0.1:1/cvmfs/test.example.org", "-k", key, "--storage", replica)).Expect(4);
    }
}
