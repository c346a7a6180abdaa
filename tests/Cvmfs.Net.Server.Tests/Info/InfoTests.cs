using System.Text;
using System.Text.Json;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Server.Tests.Info;

public sealed class InfoTests
{
    [Fact]
    [Conforms("protocol", 113)]
    [Conforms("stratum1", 84)]
    public async Task Lists_replicas_and_repositories_by_what_their_folders_hold()
    {
        await using var server = await TestServer.StartAsync();
        using var all = TestData.Unpack("all.example.org");
        using var plain = TestData.Unpack("plain.example.org");
        CopyManifest(all, server, "all.example.org");
        CopyManifest(plain, server, "plain");
        server.Root.Write("plain/.cvmfs_last_snapshot", "Sun Nov 22 09:29:34 UTC 2026\n"u8);
        server.Root.Write("arriving.example.org/.cvmfs_is_snapshotting", "Sun Nov 22 09:29:34 UTC 2026\n"u8);
        server.Root.Write("not-a-repository/file", []);
        server.Root.Write("broken.example.org/.cvmfspublished", "nonsense"u8);

        var answer = await server.GetAsync("/cvmfs/info/v1/repositories.json");

        Assert.Equal((200, "application/json", "public, max-age=61"), (answer.Status, answer["Content-Type"], answer["Cache-Control"]));
        using var document = JsonDocument.Parse(answer.Body);
        var root = document.RootElement;
        Assert.Equal(1, root.GetProperty("schema").GetInt32());
        var repository = Assert.Single(root.GetProperty("repositories").EnumerateArray());
        Assert.Equal(("all.example.org", "/cvmfs/all.example.org"), (repository.GetProperty("name").GetString(), repository.GetProperty("url").GetString()));
        Assert.False(repository.TryGetProperty("alias", out _));
        var replicas = root.GetProperty("replicas").EnumerateArray().ToList();
        Assert.Equal(["arriving.example.org", "plain.example.org"], replicas.Select(replica => replica.GetProperty("name").GetString()!));
        Assert.Equal(("plain", "/cvmfs/plain"), (replicas[1].GetProperty("alias").GetString(), replicas[1].GetProperty("url").GetString()));
    }

    [Fact]
    public async Task Looks_at_the_folders_again_when_the_list_is_old()
    {
        await using var server = await TestServer.StartAsync();
        Assert.DoesNotContain("new", await TextAsync(), StringComparison.Ordinal);
        server.Root.Write("new.example.org/.cvmfs_is_snapshotting", []);
        Assert.DoesNotContain("new", await TextAsync(), StringComparison.Ordinal);
        server.Clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Contains("/cvmfs/new.example.org", await TextAsync(), StringComparison.Ordinal);

        async Task<string> TextAsync() => Encoding.UTF8.GetString((await server.GetAsync("/cvmfs/info/v1/repositories.json")).Body);
    }

    [Fact]
    public async Task Versions_can_be_kept_private()
    {
        await using var server = await TestServer.StartAsync(options => options.PublishVersions = false);
        using var document = JsonDocument.Parse((await server.GetAsync("/cvmfs/info/v1/repositories.json")).Body);
        Assert.Equal(["schema", "repositories", "replicas"], document.RootElement.EnumerateObject().Select(property => property.Name));
    }

    [Fact]
    [Conforms("stratum1", 84)]
    public async Task Meta_is_the_operators_file_or_an_empty_object()
    {
        await using var server = await TestServer.StartAsync();
        var none = await server.GetAsync("/cvmfs/info/v1/meta.json");
        server.Root.Write("info/v1/meta.json", """{"administrator":"A. Person"}"""u8);
        var some = await server.GetAsync("/cvmfs/info/v1/meta.json");

        Assert.Equal((200, "{}", "application/json"), (none.Status, Encoding.UTF8.GetString(none.Body).Trim(), none["Content-Type"]));
        Assert.Equal("""{"administrator":"A. Person"}""", Encoding.UTF8.GetString(some.Body));
        Assert.Equal("public, max-age=61", some["Cache-Control"]);
    }

    [Fact]
    [Conforms("stratum1", 95)]
    public async Task A_list_on_disk_is_sent_as_it_is_and_one_that_cannot_be_is_made_again()
    {
        await using var server = await TestServer.StartAsync();
        server.Root.Write("a.example.org/.cvmfs_is_snapshotting", []);
        byte[] made = (await server.GetAsync("/cvmfs/info/v1/repositories.json")).Body;
        var folder = Documents.InfoFolder.Below(server.Root.Path);
        folder.WriteRepositories(Documents.RepositoriesDocument.Parse(made));
        // What is made from folders and what is written to disk come from one writer.
        Assert.Equal(made, await File.ReadAllBytesAsync(folder.RepositoriesFile, TestContext.Current.CancellationToken));

        server.Root.Write("info/v1/repositories.json", "{ \"schema\" : 1 }"u8);
        Assert.Equal("{ \"schema\" : 1 }", Encoding.UTF8.GetString((await server.GetAsync("/cvmfs/info/v1/repositories.json")).Body));
        server.Root.Write("info/v1/repositories.json", []);
        Assert.Equal(made, (await server.GetAsync("/cvmfs/info/v1/repositories.json")).Body);
    }

    [Fact]
    public async Task Crawlers_are_sent_away()
    {
        await using var server = await TestServer.StartAsync();
        var answer = await server.GetAsync("/robots.txt");
        Assert.Equal((200, "User-agent: *\nDisallow: /\n"), (answer.Status, Encoding.ASCII.GetString(answer.Body)));
    }

    private static void CopyManifest(TestRepository repository, TestServer server, string alias)
        => server.Root.Write($"{alias}/.cvmfspublished", File.ReadAllBytes(Path.Combine(repository.Path, ".cvmfspublished")));
}
