using System.CommandLine;
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
        var command = new CliCommand(
            "serve",
            "Serve a folder of repositories to clients, proxies and replicas.",
            "serve --root /srv/cvmfs --urls http://0.0.0.0:80",
            "serve --root ./replicas --urls http://127.0.0.1:0")
        {
            root,
            urls,
            geoDatabase,
        };
        return command.Runs((parse, _) => RunAsync(host, parse.GetRequiredValue(root).FullName, parse.GetRequiredValue(urls), parse.GetValue(geoDatabase)?.FullName));
    }

    private static async Task<int> RunAsync(CliHost host, string root, string urls, string? geoDatabase)
    {
        var builder = WebProgram.CreateBuilder(host, urls);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.UseCvmfsLimits());
        builder.Services.AddCvmfsServer(new CvmfsServerOptions { RootFolder = root, Geo = { DatabaseFile = geoDatabase } });
        await using var app = builder.Build();
        app.UseRouting();
        app.MapCvmfs();
        await WebProgram.RunAsync(app, host, address => $"Serving {root} at {address}/cvmfs/<repository>. Ctrl-C stops.");
        return ExitCodes.Done;
    }
}
