using System.Text.Json;

namespace Cvmfs.Net.Server.Tests.Health;

public sealed class HealthTests
{
    [Fact]
    public async Task Healthy_while_the_root_folder_can_be_read()
    {
        await using var server = await TestServer.StartAsync();
        server.Root.Write("sw.example.org/.cvmfs_is_snapshotting", []);
        var answer = await server.GetAsync("/health");
        Assert.Equal((200, "no-store"), (answer.Status, answer["Cache-Control"]));
        using var document = JsonDocument.Parse(answer.Body);
        Assert.Equal("ok", document.RootElement.GetProperty("status").GetString());
        Assert.True(Assert.Single(document.RootElement.GetProperty("repositories").EnumerateArray()).GetProperty("snapshotting").GetBoolean());
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
}
