using System.Text.Json;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Server.Tests.Health;

public sealed class HealthTests
{
    [Fact]
    public async Task Healthy_while_a_first_snapshot_runs()
    {
        await using var server = await TestServer.StartAsync();
        server.Root.Write("sw.example.org/.cvmfs_is_snapshotting", []);
        var (status, document) = await AskAsync(server, "/healthz");
        Assert.Equal(200, status);
        Assert.Equal("warning", document.GetProperty("status").GetString());
        var repository = Assert.Single(document.GetProperty("repositories").EnumerateArray());
        Assert.True(repository.GetProperty("snapshotting").GetBoolean());
        Assert.Equal("never snapshotted", repository.GetProperty("reason").GetString());
    }

    [Theory]
    [Conforms("stratum1", 97)]
    [InlineData(8 * 24, 200, "ok")]
    [InlineData(7 * 24 - 1, 200, "warning")]
    [InlineData(49, 200, "warning")]
    [InlineData(47, 503, "failing")]
    [InlineData(-1, 503, "failing")]
    public async Task Says_when_a_whitelist_is_about_to_end(int hoursLeft, int expected, string state)
    {
        await using var server = await TestServer.StartAsync();
        server.Root.WriteWhitelist(server.Clock.GetUtcNow().AddHours(hoursLeft));
        server.Root.WriteManifest(7);

        var (status, document) = await AskAsync(server, "/health");

        Assert.Equal((expected, state), (status, document.GetProperty("status").GetString()));
        var repository = Assert.Single(document.GetProperty("repositories").EnumerateArray());
        Assert.Equal(("sw.example.org", 7, state), (repository.GetProperty("alias").GetString(), repository.GetProperty("revision").GetInt32(), repository.GetProperty("status").GetString()));
        Assert.Equal(hoursLeft * 3600, repository.GetProperty("whitelistSecondsLeft").GetInt64());
        Assert.Equal(state != "ok", repository.TryGetProperty("reason", out _));
    }

    [Fact]
    public async Task Names_the_repository_whose_manifest_cannot_be_read_and_fails_where_nothing_is_served_of_it()
    {
        await using var server = await TestServer.StartAsync(options => options.InventoryLifetime = TimeSpan.Zero);
        foreach (string alias in (string[])["a.example.org", "b.example.org"])
        {
            server.Root.WriteWhitelist(server.Clock.GetUtcNow().AddDays(20), alias);
            server.Root.WriteManifest(1, alias);
        }

        Assert.Equal(200, (await AskAsync(server, "/health")).Status);
        server.Root.Write("a.example.org/.cvmfspublished", "nonsense"u8);
        server.Refresh();
        var (status, document) = await AskAsync(server, "/health");
        Assert.Equal((200, "warning"), (status, document.GetProperty("status").GetString())); // the last good revision is served
        Assert.Equal(["warning", "ok"], document.GetProperty("repositories").EnumerateArray().Select(r => r.GetProperty("status").GetString()!));

        server.Root.Write("c.example.org/.cvmfspublished", "nonsense"u8);
        Assert.Equal(503, (await AskAsync(server, "/health")).Status);
    }

    [Fact]
    public async Task Unhealthy_when_the_root_folder_is_gone()
    {
        await using var server = await TestServer.StartAsync();
        Directory.Delete(server.Root.Path);
        var answer = await server.GetAsync("/health");
        Assert.Equal(503, answer.Status);
        Directory.CreateDirectory(server.Root.Path);
    }

    private static async Task<(int Status, JsonElement Document)> AskAsync(TestServer server, string target)
    {
        var answer = await server.GetAsync(target);
        Assert.Equal("no-store", answer["Cache-Control"]);
        return (answer.Status, JsonDocument.Parse(answer.Body).RootElement);
    }
}
