using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Cvmfs.Net.Cli;

/// <summary>Listening sockets that a service manager opened and keeps over restarts (LISTEN_FDS): who connects meanwhile waits, and nobody is turned away.</summary>
internal sealed class InheritedSockets
{
    private const int First = 3; // after the three standard streams

    private readonly List<Socket> _sockets;

    /// <summary>Takes over listening sockets.</summary>
    /// <param name="sockets">The sockets; whoever binds their addresses disposes them.</param>
    public InheritedSockets(IEnumerable<Socket> sockets) => _sockets = [.. sockets];

    /// <summary>Addresses of sockets that nothing has asked for yet.</summary>
    public IReadOnlyList<string> Unused => [.. _sockets.Select(static socket => $"{socket.LocalEndPoint}")];

    /// <summary>Which descriptors were handed to this process.</summary>
    /// <param name="variable">Reads a variable of the environment.</param>
    /// <param name="processId">This process; what is meant for another one is left alone.</param>
    public static IEnumerable<int> Descriptors(Func<string, string?> variable, int processId)
        => Number(variable("LISTEN_PID")) == processId && Number(variable("LISTEN_FDS")) is > 0 and var count ? Enumerable.Range(First, count) : [];

    /// <summary>Takes over descriptors of listening sockets.</summary>
    public static InheritedSockets Of(IEnumerable<int> descriptors)
        => new(descriptors.Select(static descriptor => new Socket(new SafeSocketHandle(descriptor, ownsHandle: true))));

    /// <summary>The socket for an address: the inherited one, where there is one, else a new one.</summary>
    public Socket Bind(EndPoint address)
    {
        int found = _sockets.FindIndex(socket => IsSame(socket.LocalEndPoint, address));
        if (found < 0) return SocketTransportOptions.CreateDefaultBoundListenSocket(address);
        var inherited = _sockets[found];
        _sockets.RemoveAt(found);
        return inherited;
    }

    // A service manager writes "3128" for all addresses of both families, this program "0.0.0.0" or "*".
    private static bool IsSame(EndPoint? one, EndPoint other)
        => one is IPEndPoint a && other is IPEndPoint b && a.Port == b.Port && (a.Address.Equals(b.Address) || (IsAny(a.Address) && IsAny(b.Address)));

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static int Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
}
