using System.Globalization;
using System.Text.Json;
using Cvmfs.Net;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy;
using SiteProxy.Service;

namespace SiteProxy.Demo;

/// <summary>The proxy at work, told step by step: a repository of its own, a server, the proxy in front, a client. Needs no configuration and no network.</summary>
internal static class Demonstration
{
    /// <summary>Goes through it, and stays up unless it shall not.</summary>
    /// <returns>The program's exit code: 1 where something was not as it should be.</returns>
    public static async Task<int> RunAsync(bool once)
    {
        var folder = Directory.CreateTempSubdirectory("site-proxy-");
        try
        {
            return await RunAsync(folder.FullName, once);
        }
        catch (Exception failure) when (failure is CvmfsException or IOException or HttpRequestException or InvalidDataException)
        {
            Console.Error.WriteLine($"The demonstration failed: {failure.Message}");
            return ExitCodes.Failed;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<int> RunAsync(string folder, bool once)
    {
        await using var server = new DemoServer(folder);
        var published = await server.StartAsync(CancellationToken.None);
        Say($"1. A server with a repository: revision {published.Revision}, {published.NewObjects} objects, at {server.Url}");

        await using var proxy = await ProxyHost.StartAsync(SettingsFor(server, folder), LogLevel.None);
        Say($"2. The proxy: at {proxy.Url}, for {server.Authority} only, kept in {Path.Combine(folder, "cache")}");

        using var client = new DemoClient(server.Url, server.Keys, proxy.Url);
        var cold = await ReadAsync("3. A client reads all files, cold", client, server);
        var hot = await ReadAsync("4. Another one reads the same, hot", client, server);
        bool isCached = hot.Asked < cold.Asked / 4;

        var key = await client.ObjectOfAsync(DemoServer.Damaged, CancellationToken.None);
        server.Damage(ObjectPath.Of(key));
        var damaged = await client.FetchAsync(key, CancellationToken.None);
        Say($"5. The server damages an object: {(damaged.IsRight ? "it CAME THROUGH" : "refused")}, the client gets {damaged.Answer}");
        server.Repair();
        var repaired = await client.FetchAsync(key, CancellationToken.None);
        Say($"   The server is repaired: the client gets {repaired.Answer}{(repaired.IsRight ? ", verified" : "")}");

        await TellFiguresAsync(proxy.AdminUrl!);
        if (once) return isCached && !damaged.IsRight && repaired.IsRight ? ExitCodes.Done : ExitCodes.Failed;

        Say($"""
            Clients:   CVMFS_HTTP_PROXY={proxy.Url}
            Operators: {proxy.AdminUrl}/
            Try:       curl -sx {proxy.Url} {server.Url}/.cvmfspublished | head -c 200
            Ctrl-C ends the demonstration and removes everything.
            """);
        await proxy.WaitForEndAsync();
        return ExitCodes.Done;
    }

    /// <summary>What a site would write into its file, for a server on loopback.</summary>
    private static ProxyOptions SettingsFor(DemoServer server, string folder) => new()
    {
        Listen = { "http://127.0.0.1:0" },
        Storage = { Folders = { Path.Combine(folder, "cache") }, MaxBytes = 100_000_000, MemoryBytes = 50_000_000, MinFreeBytes = 0, MinFreeShare = 0 },
        Upstream = { AllowedDestinations = { server.Authority }, AllowPrivateDestinations = true },
        Admin = { Listen = "http://127.0.0.1:0" },
        DrainTimeout = TimeSpan.FromSeconds(5),
    };

    private static async Task<(int Asked, ReadingResult Result)> ReadAsync(string what, DemoClient client, DemoServer server)
    {
        int before = server.Requests;
        var result = await client.ReadAllAsync(CancellationToken.None);
        int asked = server.Requests - before;
        Say(string.Create(CultureInfo.InvariantCulture, $"{what}: {result.Files} files, {result.Bytes} bytes, {result.Duration.TotalMilliseconds:0} ms; the server was asked {asked} times"));
        return (asked, result);
    }

    private static async Task TellFiguresAsync(string adminUrl)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var status = JsonDocument.Parse(await http.GetByteArrayAsync($"{adminUrl}/status"));
        var requests = status.RootElement.GetProperty("requests");
        Say(string.Create(CultureInfo.InvariantCulture,
            $"6. Hit ratio {status.RootElement.GetProperty("hitRatio").GetDouble():P0}: {requests.GetProperty("hit").GetInt64()} hits, {requests.GetProperty("miss").GetInt64()} misses"));
    }

    private static void Say(string text) => Console.WriteLine(text);
}
