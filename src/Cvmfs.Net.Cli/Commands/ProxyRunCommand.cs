using System.CommandLine;
using System.CommandLine.Parsing;
using Cvmfs.Net.Proxy;
using Cvmfs.Net.Proxy.Configuration;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>proxy run</c>: the verifying cache of a site.</summary>
internal static class ProxyRunCommand
{
    public static Command Create(CliHost host)
    {
        var listen = new Option<string?>("--listen")
        {
            Description = "Where to listen; several separated by semicolons. Port 0 takes a free one. Default: http://0.0.0.0:3128.",
            HelpName = "URL",
        };
        var cache = new Option<DirectoryInfo?>("--cache") { Description = "Folder of the object cache; belongs to one running proxy. Default without --config: $CACHE_DIRECTORY, /var/cache/cvmfs-net-proxy for root, ~/.cache/cvmfs-net-proxy for others. A file that names no folder means memory only.", HelpName = "DIR" };
        var size = new Option<long?>("--cache-size")
        {
            Description = "Room for objects in that folder. Default: 50GB.",
            HelpName = "SIZE",
            CustomParser = ParseSize,
        };
        var clients = new Option<string[]>("--allow-client") { Description = "Network or address that may ask; repeatable. Default: loopback and private networks.", HelpName = "CIDR" };
        var destinations = new Option<string[]>("--allow-destination")
        {
            Description = "Server that clients may name: host, host:port, *.domain, or a regular expression over host:port; repeatable. Default: none.",
            HelpName = "HOST[:PORT]|REGEX",
        };
        var upstreams = new Option<Uri[]>("--upstream")
        {
            Description = "Server for requests that name none (reverse proxy); repeatable, tried in this order.",
            HelpName = "URL",
            CustomParser = ParseUrls,
        };
        var allowPrivate = new Option<bool>("--allow-private-destinations") { Description = "Let named servers have private or loopback addresses." };
        var config = new Option<FileInfo?>("--config") { Description = "Configuration file, taken over again whenever it changes and at SIGHUP; what the command line says is stronger.", HelpName = "FILE" };
        var admin = new Option<string?>("--admin") { Description = "Where operators ask: /metrics, /status, /healthz, purge. Default: nowhere. Only this machine may ask, and admin.allowed.", HelpName = "URL" };
        var accessLog = new Option<FileInfo?>("--access-log") { Description = "File of the access log. Default: none.", HelpName = "FILE" };
        var format = new Option<AccessLogFormat?>("--access-log-format") { Description = "json, squid or combined. Default: json." };
        var metrics = new Option<MetricsFormat?>("--metrics-format") { Description = "cvmfs, or squid for its names beside ours." };
        var command = new CliCommand(
            "run",
            "Run the verifying caching proxy until interrupted.",
            "proxy run --allow-destination '*.eessi.science' --allow-destination s1.example.org",
            "proxy run --allow-destination '*.eessi.science' --cache /var/cache/cvmfs-net --cache-size 100GB --allow-client 192.0.2.0/24",
            "proxy run --listen http://0.0.0.0:8000 --cache ./cache --upstream http://localhost:8080",
            "proxy run --config /etc/cvmfs-net/proxy.json --admin http://127.0.0.1:3129")
        {
            config, listen, cache, size, clients, destinations, upstreams, allowPrivate, admin, accessLog, format, metrics,
        };
        return command.Runs(async (parse, _) =>
        {
            string? path = parse.GetValue(config)?.FullName;
            if (path is null && parse.GetValue(destinations) is not { Length: > 0 } && parse.GetValue(upstreams) is not { Length: > 0 })
            {
                await host.Error.WriteLineAsync($"{CvmfsCommandLine.ProgramName}: {NothingNamed}");
                return ExitCodes.Usage;
            }

            return await ProxyRun.RunAsync(host, path, Read);

            // What the command line says is stronger than the file, also when the file is read again.
            ProxyOptions Read()
            {
                var options = path is null ? new ProxyOptions() : ProxyConfigurationFile.Read(path);
                if (parse.GetValue(listen) is { } urls) Replace(options.Listen, urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
                if (options.Listen.Count == 0) options.Listen.Add("http://0.0.0.0:3128");
                if (parse.GetValue(cache)?.FullName is { } folder) Replace(options.Storage.Folders, [folder]);
                else if (path is null) options.Storage.Folders.Add(DefaultFolder(host.Environment));
                if (parse.GetValue(size) is { } bytes) options.Storage.MaxBytes = bytes;
                if (parse.GetValue(clients) is { Length: > 0 } allowed) Replace(options.Clients.Allowed, allowed);
                if (parse.GetValue(destinations) is { Length: > 0 } servers) Replace(options.Upstream.AllowedDestinations, servers);
                if (parse.GetValue(upstreams) is { Length: > 0 } reverse) Replace(options.Upstream.Servers, reverse);
                if (parse.GetValue(allowPrivate)) options.Upstream.AllowPrivateDestinations = true;
                if (parse.GetValue(admin) is { } url) options.Admin.Listen = url;
                if (parse.GetValue(accessLog) is { } file) options.AccessLog.File = file.FullName;
                if (parse.GetValue(format) is { } lines) options.AccessLog.Format = lines;
                if (parse.GetValue(metrics) is { } names) options.Admin.MetricsFormat = names;
                return options;
            }
        });
    }

    private const string NothingNamed = """
        nothing would be served, because no server is named. Say one of these:
          --allow-destination 's1.example.org'   clients of this site may ask that server through the proxy; '*.example.org' means all of a domain
          --upstream http://localhost:8081       stand in front of that server
          --config FILE                          everything from a file; "proxy import-squid" makes one of squid's
        """;

    /// <summary>Where objects are kept when nobody says: where systemd says, else where such programs keep what they can lose.</summary>
    private static string DefaultFolder(IReadOnlyDictionary<string, string> environment)
    {
        if (environment.TryGetValue("CACHE_DIRECTORY", out string? folder) && folder.Length > 0) return folder.Split(':')[0];
        if (Environment.IsPrivilegedProcess && OperatingSystem.IsLinux()) return "/var/cache/cvmfs-net-proxy";
        if (environment.TryGetValue("XDG_CACHE_HOME", out folder) && Path.IsPathRooted(folder)) return Path.Combine(folder, "cvmfs-net-proxy");
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return home.Length > 0 ? Path.Combine(home, ".cache", "cvmfs-net-proxy") : throw CliException.Usage("there is no home folder to keep the cache in: give --cache DIR.");
    }

    private static void Replace<T>(IList<T> list, IEnumerable<T> values)
    {
        list.Clear();
        foreach (var value in values) list.Add(value);
    }

    private static long? ParseSize(ArgumentResult result)
    {
        string text = result.Tokens.Single().Value;
        if (ByteSize.TryParse(text, out long bytes)) return bytes;
        result.AddError($"--cache-size: \"{text}\" is no size such as 50GB, 512MiB or 1000000.");
        return null;
    }

    private static Uri[] ParseUrls(ArgumentResult result)
    {
        var urls = new List<Uri>();
        foreach (var token in result.Tokens)
        {
            if (Uri.TryCreate(token.Value, UriKind.Absolute, out var url)) urls.Add(url);
            else result.AddError($"--upstream: \"{token.Value}\" is no URL such as http://stratum1.example.org:8000.");
        }

        return [.. urls];
    }
}
