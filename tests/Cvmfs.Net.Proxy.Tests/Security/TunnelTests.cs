using System.Net;
using System.Net.Sockets;
using Cvmfs.Net.Proxy.Tests.Connections;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Security;

/// <summary>S12: tunnels.</summary>
public sealed class TunnelTests
{
    private static readonly byte[] Large = [.. Enumerable.Range(0, 1 << 20).Select(static i => (byte)(i * 7))];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Bytes_go_both_ways_to_a_server_that_is_allowed(bool throughPipeline)
    {
        using var listener = Listen(out int port);
        await using var proxy = await RunningProxy.StartAsync(options => options.Clients.Tunnels.Add($"127.0.0.1:{port}"));
        using var client = await RawClient.ConnectAsync(throughPipeline ? proxy.PipelinePort : proxy.Port);
        await client.SendAsync(Connect($"127.0.0.1:{port}") + "early");
        using var server = await listener.AcceptTcpClientAsync(Cancelled);
        Assert.Equal("HTTP/1.1 200 Connection established\r\n\r\n", await client.ReadHeadAsync());
        byte[] seen = new byte[5];
        await server.GetStream().ReadExactlyAsync(seen, Cancelled);
        Assert.Equal("early"u8.ToArray(), seen);
        for (int i = 0; i < 3; i++)
        {
            await client.SendAsync("later");
            await server.GetStream().ReadExactlyAsync(seen, Cancelled);
            Assert.Equal("later"u8.ToArray(), seen);
        }

        var sending = server.GetStream().WriteAsync(Large, Cancelled);
        byte[] received = await client.ReadAsync(Large.Length);
        Assert.True(Large.AsSpan().SequenceEqual(received));
        await sending;
        server.Close();
        Assert.True(await client.EndsAsync());
    }

    [Fact]
    public async Task The_end_of_the_client_is_the_end_of_the_server()
    {
        using var listener = Listen(out int port);
        await using var proxy = await RunningProxy.StartAsync(options => options.Clients.Tunnels.Add($"127.0.0.1:{port}"));
        using var client = await RawClient.ConnectAsync(proxy.Port);
        await client.SendAsync(Connect($"127.0.0.1:{port}"));
        using var server = await listener.AcceptTcpClientAsync(Cancelled);
        await client.ReadHeadAsync();
        client.Dispose();
        Assert.Equal(0, await server.GetStream().ReadAsync(new byte[1], Cancelled));
    }

    [Theory]
    [InlineData("127.0.0.1:{0}", "", 405)]
    [InlineData("127.0.0.1:{0}", "example.org:443", 403)]
    [InlineData("127.0.0.1:22", "127.0.0.1:{0}", 403)]
    [InlineData("127.0.0.1:{0}", "127.0.0.1:{0}!", 403)]
    [InlineData("127.0.0.1:1", "127.0.0.1:1", 502)]
    public async Task Others_are_refused(string target, string allowed, int status)
    {
        using var listener = Listen(out int port);
        await using var proxy = await RunningProxy.StartAsync(options =>
        {
            options.Upstream.AllowPrivateDestinations = !allowed.EndsWith('!');
            if (allowed.Length > 0) options.Clients.Tunnels.Add(string.Format(null, allowed.TrimEnd('!'), port));
        });
        string head = await proxy.SendRawAsync(Connect(string.Format(null, target, port)));
        Assert.Equal(status == 502 ? "HTTP/1.1 50" : $"HTTP/1.1 {status}"[..11], head[..11]);
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task A_silent_one_ends_and_there_is_a_limit()
    {
        using var listener = Listen(out int port);
        var clock = new FakeClock();
        await using var proxy = await RunningProxy.StartAsync(
            options =>
            {
                options.Clients.Tunnels.Add($"127.0.0.1:{port}");
                options.Clients.MaxTunnels = 1;
            },
            clock);
        using var client = await RawClient.ConnectAsync(proxy.Port);
        await client.SendAsync(Connect($"127.0.0.1:{port}"));
        using var server = await listener.AcceptTcpClientAsync(Cancelled);
        await client.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 503", await proxy.SendRawAsync(Connect($"127.0.0.1:{port}")), StringComparison.Ordinal);
        clock.Advance(TimeSpan.FromMinutes(3));
        Assert.True(await client.EndsAsync());
        Assert.Equal(0, await server.GetStream().ReadAsync(new byte[1], Cancelled));
    }

    private static string Connect(string target) => $"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n";

    private static TcpListener Listen(out int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        port = ((IPEndPoint)listener.LocalEndpoint).Port;
        return listener;
    }
}
