using System.Net;
using System.Net.Sockets;
using Cvmfs.Net.Proxy.Upstreams;
using Cvmfs.Net.Proxy.Upstreams.Http;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Upstreams.Http;

public sealed class DialerTests
{
    private static readonly IPAddress s_second = IPAddress.Parse("127.0.0.2");

    [Fact]
    public async Task The_next_address_is_tried_at_once_when_one_refuses()
    {
        await using var server = new RawUpstream("", s_second);
        using var socket = await ConnectAsync(DialerOf(TimeProvider.System, IPAddress.Loopback, s_second), server.Port);
        Assert.Equal(s_second, ((IPEndPoint)socket.RemoteEndPoint!).Address);
    }

    [Fact]
    public async Task The_next_address_is_tried_as_well_when_one_is_silent_for_a_moment()
    {
        var clock = new FakeClock();
        using var deaf = new Socket(SocketType.Stream, ProtocolType.Tcp);
        deaf.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        deaf.Listen(0);
        int port = ((IPEndPoint)deaf.LocalEndPoint!).Port;
        using var filling = new Filling(port); // nobody accepts: once the queue is full, connecting hangs
        await using var server = new RawUpstream("", s_second, port);
        var names = NamesOf(clock, IPAddress.Loopback, s_second);
        await names.FindAsync("server", TestContext.Current.CancellationToken); // a look-up has a timer of its own, which would be taken for the pause
        var connecting = ConnectAsync(new Dialer(names, new AddressGuard(allowPrivate: true), clock), port);
        await clock.WhenTimersAsync(2); // the limit, and the pause
        Assert.False(connecting.IsCompleted);
        clock.Advance(Dialer.Stagger);
        using var socket = await connecting;
        Assert.Equal(s_second, ((IPEndPoint)socket.RemoteEndPoint!).Address);
    }

    [Fact]
    public async Task When_all_refuse_it_says_so_and_when_time_is_over_as_well()
    {
        int port;
        await using (var server = new RawUpstream("")) port = server.Port;
        var refused = await Assert.ThrowsAsync<UpstreamException>(() => ConnectAsync(DialerOf(TimeProvider.System, IPAddress.Loopback, s_second), port));
        Assert.Equal(UpstreamFailure.Unreachable, refused.Failure);
        Assert.Equal(UpstreamFailure.Unresolvable, (await Assert.ThrowsAsync<UpstreamException>(() => ConnectAsync(DialerOf(TimeProvider.System), port))).Failure);
    }

    [Fact]
    public void Families_take_turns() => Assert.Equal(
        "::1 127.0.0.1 ::2 127.0.0.2 ::3 ::4",
        string.Join(' ', Dialer.Interleave([.. new[] { "::1", "::2", "127.0.0.1", "::3", "127.0.0.2", "::4", "::5" }.Select(IPAddress.Parse)])));

    private static Dialer DialerOf(TimeProvider clock, params IPAddress[] addresses)
        => new(NamesOf(clock, addresses), new AddressGuard(allowPrivate: true), clock);

    private static NameCache NamesOf(TimeProvider clock, params IPAddress[] addresses) => new((_, _) => Task.FromResult(addresses), TimeSpan.FromMinutes(1), clock);

    private static Task<Socket> ConnectAsync(Dialer dialer, int port)
        => dialer.ConnectAsync("server", port, isConfigured: false, TimeSpan.FromSeconds(10), "url", TestContext.Current.CancellationToken).AsTask();

    /// <summary>Connections that fill the queue of a listener.</summary>
    private sealed class Filling : IDisposable
    {
        private readonly List<Socket> _sockets = [];

        public Filling(int port)
        {
            while (true)
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
                _sockets.Add(socket);
                try
                {
                    socket.Connect(IPAddress.Loopback, port);
                }
                catch (SocketException pending) when (pending.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
                {
                    // On loopback it is there at once, or the queue is full.
                    if (!socket.Poll(TimeSpan.FromMilliseconds(50), SelectMode.SelectWrite)) return;
                }
            }
        }

        public void Dispose() => _sockets.ForEach(static socket => socket.Dispose());
    }
}
