using System.Globalization;
using System.Text.Json;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.AccessLogging;

/// <summary>Lines of real requests, through both doors.</summary>
public sealed class AccessLogPathTests : IDisposable
{
    private static readonly byte[] Content = [1, 2, 3];

    private readonly TempFolder _folder = new();

    private string LogPath => Path.Combine(_folder.Path, "access.log");

    public void Dispose() => _folder.Dispose();

    [Theory, Conforms("proxy", 107)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Lines_tell_what_was_sent_and_who_was_asked_for_it(bool throughPipeline)
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Serve(Content);
        string digest = ScriptedUpstream.KeyOf(Content).ToString(), path = $"/cvmfs/a.example.org/{ObjectPath.Of(ScriptedUpstream.KeyOf(Content))}";
        var answers = new List<string>();
        await using (var proxy = await RunningProxy.StartAsync(options => options.AccessLog.File = LogPath))
        {
            string[] targets = [upstream.Url.Authority + path, upstream.Url.Authority + path, upstream.Url.Authority + "/cvmfs/a.example.org/.cvmfsreflog", "192.0.2.1" + path];
            foreach (string target in targets)
            {
                answers.Add(await proxy.SendRawAsync($"GET http://{target} HTTP/1.1\r\nHost: x\r\ncvmfs-info: /a file\r\nConnection: close\r\n\r\n", throughPipeline: throughPipeline));
            }
        }

        var lines = (await File.ReadAllLinesAsync(LogPath, TestContext.Current.CancellationToken)).Select(static line => JsonDocument.Parse(line).RootElement).ToList();
        string server = upstream.Url.Authority;
        Assert.Equal([(200, "miss", server), (200, "hit", null), (404, "miss", server), (403, "denied", null)], lines.Select(static line => (Number(line, "status"), Text(line, "result"), Text(line, "upstream"))));
        Assert.Equal(answers.Select(static answer => answer.Length - answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) - 4), lines.Select(static line => Number(line, "bytes")));
        Assert.Equal([digest, digest], lines.Take(2).Select(static line => Text(line, "digest")));
        Assert.All(lines, static line => Assert.Equal(("127.0.0.1", "/a file"), (Text(line, "client"), Text(line, "info"))));
    }

    private static int Number(JsonElement line, string name) => int.Parse(line.GetProperty(name).GetRawText(), CultureInfo.InvariantCulture);

    private static string? Text(JsonElement line, string name) => line.TryGetProperty(name, out var text) ? text.GetString() : null;
}
