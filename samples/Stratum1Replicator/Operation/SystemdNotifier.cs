using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Stratum1Replicator.Operation;

/// <summary>Tells systemd how the service is, over the socket that it names in the environment; nothing without one.</summary>
internal sealed class SystemdNotifier(IHostApplicationLifetime lifetime, TimeProvider time, ILogger<SystemdNotifier> logger) : IHostedService, IDisposable
{
    private readonly string? _socket = Environment.GetEnvironmentVariable("NOTIFY_SOCKET");
    private ITimer? _watchdog;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(_socket)) return Task.CompletedTask;
        lifetime.ApplicationStarted.Register(() => Notify($"READY=1\nMAINPID={Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}"));
        lifetime.ApplicationStopping.Register(() => Notify("STOPPING=1"));
        if (long.TryParse(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out long microseconds) && microseconds > 0)
        {
            var half = TimeSpan.FromMicroseconds(microseconds / 2.0);
            _watchdog = time.CreateTimer(_ => Notify("WATCHDOG=1"), null, half, half);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Shows a line in <c>systemctl status</c>.</summary>
    public void Say(string status) => Notify("STATUS=" + status.ReplaceLineEndings(" "));

    public void Dispose() => _watchdog?.Dispose();

    private void Notify(string message)
    {
        if (string.IsNullOrEmpty(_socket)) return;
        try
        {
            string path = _socket[0] == '@' ? "\0" + _socket[1..] : _socket; // an abstract name
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(path));
            socket.Send(Encoding.UTF8.GetBytes(message));
        }
        catch (SocketException e)
        {
            logger.LogWarning(e, "systemd was not told {Message}", message); // it notices by itself if that matters
        }
    }
}
