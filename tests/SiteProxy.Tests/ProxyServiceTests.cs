using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Cvmfs.Net.Proxy.Configuration;
using Cvmfs.Net.Testing;

namespace SiteProxy.Tests;

public sealed partial class ProxyServiceTests : IDisposable
{
    private const string Name = "plain.example.org";

    private readonly TempFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_serves_by_its_file_takes_another_one_over_at_SIGHUP_and_ends_at_TERM()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "signals");
        using var repository = TestData.Unpack(Name);
        await using var stratum = await FakeStratum.StartAsync();
        stratum.MountRepository(Name, repository.Path);
        string file = Write("[\"127.0.0.1:1\"]");
        await using var service = SampleProcess.Start("--config", file);
        var match = Listening().Match(await service.SaysAsync("Proxy at"));
        using var http = new HttpClient(new SocketsHttpHandler { Proxy = new WebProxy(match.Groups[1].Value) });
        using var operators = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        string manifest = $"{stratum.UrlOf(Name)}/.cvmfspublished";
        using (var refused = await http.GetAsync(manifest, Token)) Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);

        // The lists of the file are the lists of the proxy: nothing is added to them, and what was there before is gone.
        Write($"[\"{stratum.BaseUrl.Authority}\"]");
        await service.SignalAsync("HUP");
        await service.SaysAsync(file);
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(repository.Path, ".cvmfspublished"), Token), await http.GetByteArrayAsync(manifest, Token));
        using (var status = JsonDocument.Parse(await operators.GetByteArrayAsync(match.Groups[2].Value + "/status", Token)))
        {
            Assert.Equal(1, status.RootElement.GetProperty("requests").GetProperty("denied").GetInt32());
        }

        await service.SignalAsync("TERM");
        Assert.True(await service.EndAsync() == 0, service.Output);
        Assert.Contains("Stopped.", service.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ \"storage\": { \"maxByte\": 1 } }", "did you mean")]
    [InlineData("{ }", "nothing would be served")]
    public async Task A_file_that_cannot_be_used_is_exit_code_2(string text, string problem)
    {
        await using var service = SampleProcess.Start("--config", _folder.Write("proxy.json", Encoding.UTF8.GetBytes(text)));
        Assert.Equal(2, await service.EndAsync());
        Assert.Contains(problem, service.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_example_of_the_deployment_can_be_used()
    {
        string file = Path.Combine(AppContext.BaseDirectory, "proxy.json");
        Assert.Empty(ProxyConfigurationFile.CheckStart(file, ProxyConfigurationFile.Read(file)));
    }

    private string Write(string destinations) => _folder.Write("proxy.json", Encoding.UTF8.GetBytes(
        $$"""
        {
          "listen": ["http://127.0.0.1:0"],
          "storage": { "folders": ["{{_folder.Combine("cache")}}"], "minFreeBytes": 0, "minFreeShare": 0 },
          "upstream": { "allowedDestinations": {{destinations}}, "allowPrivateDestinations": true },
          "admin": { "listen": "http://127.0.0.1:0" },
          "drainTimeout": "5s"
        }
        """));

    [GeneratedRegex(@"Proxy at (\S+)\. Clients: .* Operators: (\S+)\.")]
    private static partial Regex Listening();
}
