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
        var cache = new Option<DirectoryInfo?>("--cache") { Description = "Folder of the object cache; belongs to one running proxy.", HelpName = "DIR" };
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
            "proxy run --cache /var/cache/cvmfs-net --allow-destination '*.eessi.science' --cache-size 100GB",
            "proxy run --listen http://0.0.0.0:8000 --cache ./cache --upstream http://localhost:8080",
            "proxy run --config /etc/cvmfs-net/proxy.json --admin http://127.0.0.1:3129")
        {
            config, listen, cache, size, clients, destinations, upstreams, allowPrivate, admin, accessLog, format, metrics,
        };
        return command.Runs((parse, _) =>
        {
            string? path = parse.GetValue(config)?.FullName;
            return ProxyRun.RunAsync(host, path, Read);

            // What the command line says is stronger than the file, also when the file is read again.
            ProxyOptions Read()
            {
                var options = path is null ? new ProxyOptions() : ProxyConfigurationFile.Read(path);
                if (parse.GetValue(listen) is { } urls) Replace(options.Listen, urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
                if (options.Listen.Count == 0) options.Listen.Add("http://0.0.0.0:3128");
                if (parse.GetValue(cache) is { } folder) Replace(options.Storage.Folders, [folder.FullName]);
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
