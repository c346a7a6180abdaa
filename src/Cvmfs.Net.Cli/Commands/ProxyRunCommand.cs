using System.CommandLine;
using System.CommandLine.Parsing;
using Cvmfs.Net.Proxy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Options;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>proxy run</c>: the verifying cache of a site.</summary>
internal static class ProxyRunCommand
{
    public static Command Create(CliHost host)
    {
        var listen = new Option<string>("--listen")
        {
            Description = "Where to listen; several separated by semicolons. Port 0 takes a free one.",
            HelpName = "URL",
            DefaultValueFactory = _ => "http://0.0.0.0:3128",
        };
        var cache = new Option<DirectoryInfo>("--cache") { Description = "Folder of the object cache; belongs to one running proxy.", HelpName = "DIR", Required = true };
        var size = new Option<long>("--cache-size")
        {
            Description = "Room for objects in that folder.",
            HelpName = "SIZE",
            CustomParser = ParseSize,
            DefaultValueFactory = _ => 50_000_000_000,
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
        var command = new CliCommand(
            "run",
            "Run the verifying caching proxy until interrupted.",
            "proxy run --cache /var/cache/cvmfs-net --allow-destination '*.eessi.science' --cache-size 100GB",
            "proxy run --listen http://0.0.0.0:8000 --cache ./cache --upstream http://localhost:8080")
        {
            listen, cache, size, clients, destinations, upstreams, allowPrivate,
        };
        return command.Runs((parse, _) =>
        {
            var options = new ProxyOptions
            {
                Storage = { Folders = { parse.GetRequiredValue(cache).FullName }, MaxBytes = parse.GetValue(size) },
                Upstream = { AllowPrivateDestinations = parse.GetValue(allowPrivate) },
            };
            foreach (string client in parse.GetValue(clients) ?? []) options.Clients.Allowed.Add(client);
            foreach (string destination in parse.GetValue(destinations) ?? []) options.Upstream.AllowedDestinations.Add(destination);
            foreach (var upstream in parse.GetValue(upstreams) ?? []) options.Upstream.Servers.Add(upstream);
            return RunAsync(host, parse.GetRequiredValue(listen), options);
        });
    }

    private static async Task<int> RunAsync(CliHost host, string listen, ProxyOptions options)
    {
        try
        {
            options.ThrowIfInvalid();
        }
        catch (OptionsValidationException invalid)
        {
            await host.Error.WriteLineAsync($"{CvmfsCommandLine.ProgramName}: {invalid.Message}");
            return ExitCodes.Usage;
        }

        if (options.Upstream.AllowedDestinations.Count == 0 && options.Upstream.Servers.Count == 0)
        {
            await host.Error.WriteLineAsync($"{CvmfsCommandLine.ProgramName}: nothing would be served: give --allow-destination (forward proxy) or --upstream (reverse proxy).");
            return ExitCodes.Usage;
        }

        var builder = WebProgram.CreateBuilder(host, listen);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.UseCvmfsProxyLimits(options.Clients));
        builder.Services.AddCvmfsProxy(options);
        await using var app = builder.Build();
        app.RunCvmfsProxy();
        await WebProgram.RunAsync(app, host, address => options.Upstream.AllowedDestinations.Count > 0
            ? $"Proxy at {address}. Clients: CVMFS_HTTP_PROXY={address}. Ctrl-C stops."
            : $"Reverse proxy at {address}/cvmfs/<repository>. Ctrl-C stops.");
        return ExitCodes.Done;
    }

    private static long ParseSize(ArgumentResult result)
    {
        string text = result.Tokens.Single().Value;
        if (ByteSize.TryParse(text, out long bytes)) return bytes;
        result.AddError($"--cache-size: \"{text}\" is no size such as 50GB, 512MiB or 1000000.");
        return 0;
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
