using System.Net;
using System.Net.Sockets;

namespace Cvmfs.Net.Cli.Tests;

/// <summary>Sockets that a service manager opened before the program began.</summary>
public sealed class InheritedSocketsTests
{
    [Fact]
    public void The_socket_of_an_address_is_taken_over_once_and_clients_that_waited_in_it_are_served()
    {
        var (held, address) = Listening(IPAddress.Loopback);
        var inherited = new InheritedSockets([held]);
        using var waiting = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        waiting.Connect(address); // before anybody serves there

        Assert.Equal([$"{address}"], inherited.Unused);
        using var socket = inherited.Bind(address);
        Assert.Same(held, socket);
        socket.Listen(16); // as the servers do
        using var client = socket.Accept();

        Assert.Equal(waiting.LocalEndPoint, client.RemoteEndPoint);
        Assert.Empty(inherited.Unused);
    }

    [Fact]
    public void All_addresses_of_one_family_are_those_of_both()
    {
        var (held, address) = Listening(IPAddress.Any);
        using var socket = new InheritedSockets([held]).Bind(new IPEndPoint(IPAddress.IPv6Any, address.Port));

        Assert.Same(held, socket);
    }

    [Fact]
    public void An_address_that_was_not_handed_over_gets_a_socket_of_its_own()
    {
        var (held, address) = Listening(IPAddress.Loopback);
        var inherited = new InheritedSockets([held]);
        using var other = inherited.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        Assert.NotSame(held, other);
        Assert.Single(inherited.Unused);
        inherited.Bind(address).Dispose();
    }

    [Theory]
    [InlineData("7", "2", new[] { 3, 4 })]
    [InlineData("8", "2", new int[0])] // somebody else's
    [InlineData("7", "0", new int[0])]
    [InlineData("7", null, new int[0])]
    [InlineData(null, "2", new int[0])]
    [InlineData("7", "-1", new int[0])]
    public void Only_what_was_handed_to_this_process_counts(string? owner, string? count, int[] expected)
        => Assert.Equal(expected, InheritedSockets.Descriptors(name => name switch { "LISTEN_PID" => owner, "LISTEN_FDS" => count, _ => null }, 7));

    private static (Socket Socket, IPEndPoint Address) Listening(IPAddress address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(address, 0));
        socket.Listen(16);
        return (socket, (IPEndPoint)socket.LocalEndPoint!);
    }
}
