using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Cvmfs.Net.LoadBench.Serving;

/// <summary>A server in a process of its own, and what it costs.</summary>
internal sealed class ContendingServer : IAsyncDisposable
{
    private static readonly double MillisecondsPerTick = 10; // USER_HZ, 100 on every Linux that matters

    private readonly Process _process;

    private ContendingServer(string name, Process process, int port) => (Name, _process, Port) = (name, process, port);

    public string Name { get; }

    public int Port { get; }

    /// <summary>Starts this program again as a server, or the tool where its file is given.</summary>
    public static async Task<ContendingServer> StartOursAsync(string root, string cli, string options)
    {
        int port = FreePort();
        string url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
        string self = Environment.ProcessPath!;
        string[] own = self.EndsWith("dotnet", StringComparison.Ordinal) ? [Environment.GetCommandLineArgs()[0]] : [];
        string[] more = options.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var start = cli.Length == 0
            ? new ProcessStartInfo(self, [.. own, ServeBench.RunMode, "--root", root, "--urls", url, .. more])
            : new ProcessStartInfo(
                cli.EndsWith(".dll", StringComparison.Ordinal) ? "dotnet" : cli,
                [.. cli.EndsWith(".dll", StringComparison.Ordinal) ? (string[])[cli] : [], "serve", "--root", root, "--urls", url, .. more]);
        start.RedirectStandardError = cli.Length > 0;
        return await StartAsync("ours", start, port);
    }

    /// <summary>Starts a program that listens on a port of loopback sooner or later, and waits until it does.</summary>
    public static async Task<ContendingServer> StartAsync(string name, ProcessStartInfo start, int port)
    {
        var server = new ContendingServer(name, Process.Start(start)!, port);
        await server.WaitUntilItAnswersAsync();
        return server;
    }

    /// <summary>Starts nginx as somebody would who wants a folder served fast: a worker per processor, sendfile, cached descriptors, no log.</summary>
    public static async Task<ContendingServer> StartNginxAsync(string folder)
    {
        int port = FreePort();
        string configuration = Path.Combine(folder, "nginx.conf");
        await File.WriteAllTextAsync(configuration, string.Create(CultureInfo.InvariantCulture,
            $$"""
            daemon off; worker_processes auto; pid {{folder}}/nginx.pid; error_log {{folder}}/nginx.err; worker_rlimit_nofile 65536;
            events { worker_connections 4096; }
            http {
              access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_timeout 65; keepalive_requests 1000000000;
              open_file_cache max=65536 inactive=600s; open_file_cache_valid 600s; open_file_cache_min_uses 1;
              default_type application/octet-stream; etag off; if_modified_since off;
              client_body_temp_path {{folder}}/t1; proxy_temp_path {{folder}}/t2; fastcgi_temp_path {{folder}}/t3; uwsgi_temp_path {{folder}}/t4; scgi_temp_path {{folder}}/t5;
              server { listen 127.0.0.1:{{port}} backlog=1024; root {{folder}}; add_header Cache-Control "public, max-age=259200"; }
            }
            """));
        var start = new ProcessStartInfo("nginx", ["-e", Path.Combine(folder, "nginx.err"), "-c", configuration]) { RedirectStandardError = true };
        // Where it was started by root its workers become "nobody", who may not look into a private folder.
        if (Environment.UserName == "root") await File.WriteAllTextAsync(configuration, "user root;\n" + await File.ReadAllTextAsync(configuration));
        return await StartAsync("nginx", start, port);
    }

    /// <summary>Processor time of the process and its children so far.</summary>
    public TimeSpan ProcessorTime() => TimeSpan.FromMilliseconds(MillisecondsPerTick * Family().Sum(id =>
    {
        string[] fields = File.ReadAllText($"/proc/{id}/stat").Split(") ")[1].Split(' ');
        return long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
    }));

    /// <summary>Resident memory of the process and its children.</summary>
    public long ResidentMiB() => Family().Sum(id => long.Parse(
        File.ReadLines($"/proc/{id}/status").First(line => line.StartsWith("VmRSS", StringComparison.Ordinal)).Split(':')[1].Trim().Split(' ')[0],
        CultureInfo.InvariantCulture)) >> 10;

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <summary>A port that nobody listens on.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private IEnumerable<int> Family() => File.ReadAllText($"/proc/{_process.Id}/task/{_process.Id}/children")
        .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text => int.Parse(text, CultureInfo.InvariantCulture)).Prepend(_process.Id);

    private async Task WaitUntilItAnswersAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            if (_process.HasExited) throw new InvalidOperationException($"{Name} ended with {_process.ExitCode}: {(_process.StartInfo.RedirectStandardError ? await _process.StandardError.ReadToEndAsync() : "")}");
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, Port, limit.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(50, limit.Token); // another program is to begin listening; it has no other way to say so
            }
        }
    }
}
