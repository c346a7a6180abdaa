using System.CommandLine;
using System.CommandLine.Parsing;
using Cvmfs.Net.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>serve</c>: the web server of a Stratum 0 or 1 over a folder of repositories.</summary>
internal static class ServeCommand
{
    public static Command Create(CliHost host)
    {
        var root = new Option<DirectoryInfo>("--root")
        {
            Description = "Folder that holds one folder per repository, as /srv/cvmfs does.",
            HelpName = "DIR",
            Required = true,
        };
        root.AcceptExistingOnly();
        var urls = new Option<string>("--urls")
        {
            Description = "Where to listen; several separated by semicolons. Port 0 takes a free one.",
            HelpName = "URL",
            DefaultValueFactory = _ => "http://127.0.0.1:8000",
        };
        var geoDatabase = new Option<FileInfo>("--geo-db")
        {
            Description = "Location database in MaxMind's format, such as GeoLite2-City.mmdb: orders servers for clients. Taken anew when it is replaced.",
            HelpName = "FILE",
        };
        geoDatabase.AcceptExistingOnly();
        var memory = new Option<long>("--memory")
        {
            Description = "Memory for objects that are asked for again and again; 0 for none.",
            HelpName = "SIZE",
            CustomParser = ParseSize,
            DefaultValueFactory = _ => 256L << 20,
        };
        var readThrough = new Option<Dictionary<string, CvmfsUpstream>>("--read-through")
        {
            Description = "Fetch objects that a replica lacks from another server, check them and keep them; repeatable.",
            HelpName = "ALIAS=URL",
            CustomParser = result => ParseUpstreams(result, isPassThrough: false),
        };
        var passThrough = new Option<Dictionary<string, CvmfsUpstream>>("--pass-through")
        {
            Description = "Hand all requests for a repository on to another server and keep nothing; repeatable.",
            HelpName = "ALIAS=URL",
            CustomParser = result => ParseUpstreams(result, isPassThrough: true),
        };
        var maxConnections = new Option<int>("--max-connections")
        {
            Description = "Connections at once.",
            HelpName = "N",
            DefaultValueFactory = _ => 10_000,
        };
        maxConnections.Validators.Add(AtLeastOne);
        var perAddress = new Option<int>("--max-connections-per-address")
        {
            Description = "Connections at once from one address; a site behind one proxy or router is one.",
            HelpName = "N",
            DefaultValueFactory = _ => 2000,
        };
        perAddress.Validators.Add(AtLeastOne);
        var command = new CliCommand(
            "serve",
            "Serve a folder of repositories to clients, proxies and replicas.",
            "serve --root /srv/cvmfs --urls http://0.0.0.0:80 --memory 2GB",
            "serve --root ./replicas --urls http://127.0.0.1:0",
            "serve --root /srv/cvmfs --read-through sw.example.org=http://stratum0.example.org/cvmfs/sw.example.org")
        {
            root, urls, geoDatabase, memory, readThrough, passThrough, maxConnections, perAddress,
        };
        return command.Runs((parse, _) =>
        {
            var upstreams = new Dictionary<string, CvmfsUpstream>(parse.GetValue(readThrough) ?? []);
            foreach (var (alias, upstream) in parse.GetValue(passThrough) ?? []) upstreams[alias] = upstream;
            return RunAsync(host, parse.GetRequiredValue(urls), parse.GetValue(maxConnections), new CvmfsServerOptions
            {
                RootFolder = parse.GetRequiredValue(root).FullName,
                Geo = { DatabaseFile = parse.GetValue(geoDatabase)?.FullName },
                HotObjectBytes = parse.GetValue(memory),
                ReadThrough = upstreams,
                MaxConnectionsPerAddress = parse.GetValue(perAddress),
            });
        });
    }

    private static async Task<int> RunAsync(CliHost host, string urls, int maxConnections, CvmfsServerOptions options)
    {
        string root = options.RootFolder;
        var builder = WebProgram.CreateBuilder(host, urls);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.UseCvmfsLimits(maxConnections));
        builder.Services.AddCvmfsServer(options);
        await using var app = builder.Build();
        app.UseRouting();
        app.MapCvmfs();
        await WebProgram.RunAsync(app, host, address => $"Serving {root} at {address}/cvmfs/<repository>. Ctrl-C stops.");
        return ExitCodes.Done;
    }

    private static void AtLeastOne(OptionResult result)
    {
        if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out int number) && number < 1) result.AddError($"{result.Option.Name}: {number} is too few.");
    }

    private static long ParseSize(ArgumentResult result)
    {
        string text = result.Tokens.Single().Value;
        if (ByteSize.TryParse(text, out long bytes)) return bytes;
        result.AddError($"--memory: \"{text}\" is no size such as 2GB, 512MiB or 1000000.");
        return 0;
    }

    private static Dictionary<string, CvmfsUpstream> ParseUpstreams(ArgumentResult result, bool isPassThrough)
    {
        var upstreams = new Dictionary<string, CvmfsUpstream>();
        foreach (var token in result.Tokens)
        {
            string[] parts = token.Value.Split('=', 2);
            bool isRight = parts.Length == 2 && parts[0].Length > 0
                && parts[1].Split(',').All(url => Uri.TryCreate(url, UriKind.Absolute, out var parsed) && (parsed.Scheme is "http" or "https"));
            if (isRight) upstreams[parts[0]] = new CvmfsUpstream(parts[1], isPassThrough);
            else result.AddError($"\"{token.Value}\" is not of the form sw.example.org=http://stratum0.example.org/cvmfs/sw.example.org.");
        }

        return upstreams;
    }
}
