using System.Diagnostics;
using System.Globalization;
using Cvmfs.Net.LoadBench.Serving;

namespace Cvmfs.Net.LoadBench.Proxying;

/// <summary>Starts the proxies that ours is measured against, each as somebody would who wants it fast: no log, all the memory, coalescing on.</summary>
/// <param name="Folder">Where their files go.</param>
/// <param name="OriginPort">The origin's port on loopback.</param>
/// <param name="BudgetBytes">Bytes of content each may keep.</param>
internal sealed record ProxyPeers(string Folder, int OriginPort, long BudgetBytes)
{
    private long BudgetMiB => BudgetBytes >> 20;

    /// <summary>Ours, by the tool's command line: a native binary or a .dll.</summary>
    public Task<ContendingServer> StartOursAsync(string cli, string options)
    {
        int port = ContendingServer.FreePort();
        bool isDll = cli.EndsWith(".dll", StringComparison.Ordinal);
        string[] more = options.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var start = new ProcessStartInfo(isDll ? "dotnet" : cli,
        [
            .. isDll ? (string[])[cli] : [], "proxy", "run", "--listen", string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"),
            "--cache", Path.Combine(Folder, "ours"), "--cache-size", BudgetBytes.ToString(CultureInfo.InvariantCulture),
            "--allow-destination", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{OriginPort}"), "--allow-private-destinations", .. more,
        ])
        { RedirectStandardError = true };
        return ContendingServer.StartAsync("ours", start, port);
    }

    /// <summary>squid, one process: with everything in memory and all that makes it faster; or with a ufs folder; or as sites have it for CernVM-FS, which
    /// is a ufs folder, little memory, and nothing above 128 KB in it.</summary>
    public async Task<ContendingServer> StartSquidAsync(bool onDisk = false, bool asAtSites = false)
    {
        int port = ContendingServer.FreePort();
        string name = asAtSites ? "squid-site" : onDisk ? "squid-ufs" : "squid";
        string folder = Directory.CreateDirectory(Path.Combine(Folder, name)).FullName;
        string configuration = Path.Combine(folder, "squid.conf");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, (UnixFileMode)0b111_111_111); // started by root it becomes "proxy", and refuses to be anything greater
        const string Fast = "maximum_object_size_in_memory 16 MB\nmemory_cache_mode always\nmemory_replacement_policy heap GDSF\ncache_replacement_policy heap LFUDA\nclient_db off\nvia off\nforwarded_for delete\nquick_abort_min -1 KB";
        const string Site = "maximum_object_size_in_memory 128 KB\nnegative_ttl 1 minute\nquick_abort_min 0 KB\nquick_abort_max 0 KB";
        bool hasFolder = onDisk || asAtSites;
        string store = hasFolder ? $"cache_dir ufs {folder}/store {BudgetMiB} 16 256\ncache_mem {(asAtSites ? 128 : 64)} MB" : $"cache_mem {BudgetMiB} MB";
        await File.WriteAllTextAsync(configuration, string.Create(CultureInfo.InvariantCulture,
            $"""
            http_port 127.0.0.1:{port}
            maximum_object_size 1 GB
            {store}
            {(asAtSites ? Site : Fast)}
            minimum_expiry_time 0
            collapsed_forwarding on
            access_log none
            cache_log {folder}/cache.log
            pid_filename {folder}/squid.pid
            coredump_dir {folder}
            pinger_enable off
            url_rewrite_extras XXX
            store_id_extras XXX
            shutdown_lifetime 0 seconds
            http_access allow all
            """));
        if (hasFolder && !Directory.Exists(Path.Combine(folder, "store")))
        {
            using var making = Process.Start(new ProcessStartInfo("squid", ["-N", "-z", "-f", configuration]) { RedirectStandardError = true })!;
            await making.WaitForExitAsync();
        }

        return await ContendingServer.StartAsync(name, new ProcessStartInfo("squid", ["-N", "-f", configuration]) { RedirectStandardError = true }, port);
    }

    /// <summary>nginx as a caching reverse proxy of the origin, which spares it the names that a forward proxy resolves.</summary>
    public async Task<ContendingServer> StartNginxAsync()
    {
        int port = ContendingServer.FreePort();
        string folder = Directory.CreateDirectory(Path.Combine(Folder, "nginx")).FullName;
        string configuration = Path.Combine(folder, "nginx.conf");
        string user = Environment.UserName == "root" ? "user root;" : "";
        await File.WriteAllTextAsync(configuration, string.Create(CultureInfo.InvariantCulture,
            $$"""
            {{user}} daemon off; worker_processes auto; pid {{folder}}/nginx.pid; error_log {{folder}}/nginx.err; worker_rlimit_nofile 65536;
            events { worker_connections 20000; }
            http {
              access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_timeout 600; keepalive_requests 1000000000; aio threads;
              open_file_cache max=100000 inactive=600s; open_file_cache_valid 600s; open_file_cache_min_uses 1;
              client_body_temp_path {{folder}}/t1; proxy_temp_path {{folder}}/t2; fastcgi_temp_path {{folder}}/t3; uwsgi_temp_path {{folder}}/t4; scgi_temp_path {{folder}}/t5;
              proxy_cache_path {{folder}}/store levels=1:2 keys_zone=c:100m max_size={{BudgetMiB}}m inactive=30d use_temp_path=off;
              upstream origin { server 127.0.0.1:{{OriginPort}}; keepalive 64; }
              server {
                listen 127.0.0.1:{{port}} backlog=4096; merge_slashes off;
                location / {
                  proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_cache c; proxy_cache_key $uri;
                  proxy_cache_lock on; proxy_cache_lock_timeout 60s; proxy_cache_valid 200 30d; proxy_ignore_headers Vary Set-Cookie;
                }
              }
            }
            """));
        return await ContendingServer.StartAsync("nginx", new ProcessStartInfo("nginx", ["-e", Path.Combine(folder, "nginx.err"), "-c", configuration]) { RedirectStandardError = true }, port);
    }

    /// <summary>Varnish with its memory store and the origin as its backend.</summary>
    public async Task<ContendingServer> StartVarnishAsync()
    {
        int port = ContendingServer.FreePort();
        string folder = Directory.CreateDirectory(Path.Combine(Folder, "varnish")).FullName;
        string vcl = Path.Combine(folder, "default.vcl");
        await File.WriteAllTextAsync(vcl, string.Create(CultureInfo.InvariantCulture,
            $$"""
            vcl 4.1;
            backend default { .host = "127.0.0.1"; .port = "{{OriginPort}}"; .max_connections = 256; }
            sub vcl_recv { unset req.http.Accept-Encoding; unset req.http.Cookie; return (hash); }
            sub vcl_backend_response { set beresp.do_stream = true; set beresp.do_gzip = false; set beresp.grace = 10s; }
            """));
        var start = new ProcessStartInfo("varnishd",
        [
            "-F", "-n", Path.Combine(folder, "work"), "-a", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"), "-f", vcl,
            "-s", string.Create(CultureInfo.InvariantCulture, $"malloc,{BudgetMiB}m"), "-p", "thread_pools=2", "-p", "thread_pool_min=100", "-p", "thread_pool_max=3000",
            "-p", "workspace_client=64k", "-j", "none",
        ])
        { RedirectStandardError = true, RedirectStandardOutput = true };
        return await ContendingServer.StartAsync("varnish", start, port);
    }
}
