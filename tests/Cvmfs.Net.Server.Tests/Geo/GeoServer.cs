using System.Net;
using System.Net.Sockets;
using System.Text;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Testing.Geo;
using Microsoft.AspNetCore.Builder;

namespace Cvmfs.Net.Server.Tests.Geo;

/// <summary>A server with a geo database of a few laboratories, and name servers of its own. The header <c>Test-Peer</c> sets the address of the
/// connection.</summary>
internal sealed class GeoServer : IAsyncDisposable
{
    public const string Cern = "192.0.2.1";
    public const string Fnal = "198.51.100.1";
    public const string Ihep = "203.0.113.1";
    public const string Ral = "2001:db8::1";

    private readonly TempFolder _folder;
    private readonly TestServer _server;

    private GeoServer(TempFolder folder, TestServer server, Dictionary<string, string[]> names) => (_folder, _server, Names) = (folder, server, names);

    /// <summary>Names and their addresses.</summary>
    public Dictionary<string, string[]> Names { get; }

    public FakeClock Clock => _server.Clock;

    public TempFolder Folder => _folder;

    public TempFolder Root => _server.Root;

    public static LocationDatabaseWriter Laboratories() => new LocationDatabaseWriter()
        .Add("192.0.2.0/24", 46.2324, 6.0502)
        .Add("198.51.100.0/24", 41.7768, -88.4604)
        .Add("203.0.113.0/24", 39.9289, 116.3883)
        .Add("2001:db8::/32", 51.75, -1.25)
        .AddWithoutPlace("10.0.0.0/8");

    public static async Task<GeoServer> StartAsync(Action<CvmfsGeoOptions>? configure = null)
    {
        var folder = new TempFolder();
        string database = folder.Write("geo.mmdb", Laboratories().ToBytes());
        var names = new Dictionary<string, string[]>
        {
            ["cern"] = [Cern],
            ["fnal"] = [Fnal],
            ["ihep"] = [Ihep],
            ["ral"] = [Ral],
            ["nowhere"] = ["10.0.0.1"],
            ["both"] = ["10.0.0.1", Ral],
        };
        var server = await TestServer.StartAsync(
            options =>
            {
                options.Geo.DatabaseFile = database;
                options.Geo.Resolve = (name, _) => names.TryGetValue(name, out string[]? addresses)
                    ? Task.FromResult(addresses.Select(IPAddress.Parse).ToArray())
                    : Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound));
                configure?.Invoke(options.Geo);
            },
            app => app.Use((context, next) =>
            {
                if (context.Request.Headers["Test-Peer"] is [var peer]) context.Connection.RemoteIpAddress = IPAddress.Parse(peer!);
                return next(context);
            }));
        return new GeoServer(folder, server, names);
    }

    public Task<RawResponse> GetAsync(string rest, params string[] headers) => _server.GetAsync("/cvmfs/sw.example.org/api/v1.0/geo/" + rest, headers);

    public Task<RawResponse> SendAsync(string method, string target, params string[] headers) => _server.SendAsync(method, target, headers);

    public async Task<string> TextAsync(string rest, params string[] headers) => Encoding.ASCII.GetString((await GetAsync(rest, headers)).Body);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }
}
