using System.Net;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Configuration;
using Cvmfs.Net.Proxy.Tests.Connections;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Configuration;

public sealed class ConfigurationReloadTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Conforms("proxy", 100)]
    public async Task Other_rules_hold_for_the_next_request_while_a_transfer_goes_on()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        byte[] content = new byte[4 << 20];
        new Random(11).NextBytes(content);
        upstream.Answer = context => ScriptedUpstream.SendInHalvesAsync(context, content, _release.Task);
        await using var proxy = await RunningProxy.StartAsync();
        var url = new Uri(upstream.Url, $"/cvmfs/a.cern.ch/{ObjectPath.Of(ScriptedUpstream.KeyOf(content))}");
        using var begun = await proxy.Client.GetAsync(url, HttpCompletionOption.ResponseHeadersRead);
        string path = Write("""{ "clients": { "allowed": ["192.0.2.0/24"] }, "upstream": { "allowedDestinations": ["other.example.org"] } }""");
        using var reload = new ConfigurationReload(path, () => ProxyConfigurationFile.Read(path), proxy.Proxy);
        reload.Reload();
        Assert.Equal(HttpStatusCode.Forbidden, (await proxy.Client.GetAsync(url)).StatusCode);
        _release.SetResult();
        Assert.Equal(content, await begun.Content.ReadAsByteArrayAsync());
    }

    [Fact, Conforms("proxy", 100)]
    public async Task Other_limits_of_clients_hold_at_once()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        byte[] content = [1, 2, 3];
        upstream.Serve(content);
        await using var proxy = await RunningProxy.StartAsync();
        string request = RawClient.Get($"{upstream.Url}cvmfs/a.example.org/{ObjectPath.Of(ScriptedUpstream.KeyOf(content))}");
        using var first = await RawClient.ConnectAsync(proxy.Port);
        await first.SendAsync(request);
        await first.ReadAnswerAsync();
        string path = Write($$"""{ "clients": { "maxConnectionsPerAddress": 1 }, "upstream": { "allowPrivateDestinations": true, "allowedDestinations": ["127\\.0\\.0\\.1:\\d+"] }, "storage": { "folders": ["{{proxy.Proxy.Options.Storage.Folders[0]}}"] } }""");
        using var reload = new ConfigurationReload(path, () => ProxyConfigurationFile.Read(path), proxy.Proxy);
        reload.Reload();
        Assert.Empty(proxy.Proxy.Status().AwaitingRestart);
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            using var second = await RawClient.ConnectAsync(proxy.Port);
            await second.SendAsync(request);
            await second.ReadAnswerAsync();
        });
        await first.SendAsync(request);
        Assert.Equal(content, (await first.ReadAnswerAsync()).Body);
    }

    [Fact]
    public async Task A_file_that_cannot_be_used_changes_nothing()
    {
        await using var proxy = await RunningProxy.StartAsync();
        string path = Write("{ }");
        using var reload = new ConfigurationReload(path, () => ProxyConfigurationFile.Read(path), proxy.Proxy);
        foreach (string bad in new[] { "{", "{ \"clients\": { \"allowed\": [\"nobody\"] } }", "{ \"limit\": 1 }" })
        {
            Write(bad);
            IReadOnlyList<string> problems = [];
            reload.Ended += said => problems = said;
            reload.Reload();
            Assert.StartsWith($"{path}:1: ", Assert.Single(problems), StringComparison.Ordinal);
            Assert.Contains(problems[0], proxy.Proxy.Status().SettingsProblem, StringComparison.Ordinal);
        }

        Assert.Single(proxy.Proxy.Options.Upstream.AllowedDestinations);
    }

    [Fact]
    public async Task A_change_of_the_file_is_noticed()
    {
        await using var proxy = await RunningProxy.StartAsync();
        string path = Write("{ }");
        using var reload = new ConfigurationReload(path, () => ProxyConfigurationFile.Read(path), proxy.Proxy);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        reload.Ended += _ => ended.TrySetResult();
        Write("""{ "script": { "proxies": ["a:1"] } }""");
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Equal("a:1", proxy.Proxy.Options.Script.Proxies.Single());
    }

    [Fact]
    public async Task What_only_a_restart_brings_is_named()
    {
        await using var proxy = await RunningProxy.StartAsync();
        var options = ProxyConfigurationFile.Read(Write($$"""{ "storage": { "folders": ["{{proxy.Proxy.Options.Storage.Folders[0]}}"], "maxBytes": "7GB" }, "upstream": { "allowPrivateDestinations": true }, "listen": ["http://0.0.0.0:1"], "documents": { "staleIfError": "1min" } }"""));
        Assert.Equal(["listen", "storage.maxBytes"], proxy.Proxy.Reconfigure(options).Order(StringComparer.Ordinal));
        Assert.Equal(["listen", "storage.maxBytes"], proxy.Proxy.Status().AwaitingRestart.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_live_setting_is_a_setting()
        => Assert.Empty(LiveSettings.Names.Where(name => !name.EndsWith('*')).Except(SettingNames.All));

    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private string Write(string text)
    {
        string path = Path.Combine(_folder.Path, "proxy.json");
        File.WriteAllText(path, text);
        return path;
    }
}
