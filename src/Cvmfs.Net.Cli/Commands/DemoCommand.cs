using System.CommandLine;
using System.Text;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Proxy;
using Cvmfs.Net.Publishing;
using Cvmfs.Net.Publishing.Signing;
using Cvmfs.Net.Replication;
using Cvmfs.Net.Repositories;
using Cvmfs.Net.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>demo</c>: a Stratum 0, a Stratum 1, a proxy and a reader, all in this process and on loopback, each step told.</summary>
internal static class DemoCommand
{
    private const string FreePort = "http://127.0.0.1:0";

    public static Command Create(CliHost host)
    {
        var once = new Option<bool>("--once") { Description = "Go through it and end, instead of staying up." };
        var command = new CliCommand("demo", "Show the whole infrastructure on this machine: publish, replicate, serve, cache, read.", "demo", "demo --once")
        {
            once,
        };
        return command.Runs(async (parse, cancellationToken) =>
        {
            string folder = Directory.CreateTempSubdirectory("cvmfs-demo-").FullName;
            try
            {
                await RunAsync(host, folder, parse.GetValue(once), cancellationToken);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }

            return ExitCodes.Done;
        });
    }

    private static async Task RunAsync(CliHost host, string folder, bool once, CancellationToken cancellationToken)
    {
        var name = RepositoryName.Parse("demo.example.org");
        var (stratum0, stratum1) = (Path.Combine(folder, "stratum0"), Path.Combine(folder, "stratum1"));
        using var keys = PublisherKeys.Create(name, timeProvider: host.Clock);

        await SayAsync(host, "1. Stratum 0: make keys, publish a tree, serve it.");
        using var publisher = await RepositoryPublisher.InitAsync(Path.Combine(stratum0, name.ToString()), keys, timeProvider: host.Clock, cancellationToken: cancellationToken);
        string tree = WriteTree(folder, "first");
        var published = await publisher.CommitTreeAsync(tree, cancellationToken: cancellationToken);
        await using var origin = await StartServerAsync(host, stratum0, cancellationToken);
        string upstream = $"{origin.Urls.Single()}/cvmfs/{name}";
        await SayAsync(host, $"   revision {published.Revision}, {published.NewObjects} objects, at {upstream}");

        await SayAsync(host, "2. Stratum 1: copy it, verified, and serve the copy.");
        var options = new ReplicationOptions { Repository = name.ToString(), Upstream = upstream, StorageFolder = Path.Combine(stratum1, name.ToString()) };
        await using var replica = new Replica(options, keys.TrustedKeys, new ReplicaServices { TimeProvider = host.Clock });
        await SayAsync(host, "   " + (await replica.SnapshotAsync(cancellationToken: cancellationToken)).Message);
        await using var server = await StartServerAsync(host, stratum1, cancellationToken);
        await SayAsync(host, $"   at {server.Urls.Single()}/cvmfs/{name}");

        await SayAsync(host, "3. Proxy: cache the Stratum 1 for a site.");
        await using var proxy = await StartProxyAsync(host, Path.Combine(folder, "cache"), new Uri(server.Urls.Single()), cancellationToken);
        string site = $"{proxy.Urls.Single()}/cvmfs/{name}";
        await SayAsync(host, $"   at {site}");

        await SayAsync(host, "4. Reader: open it through the proxy with the public key, list it, read a file.");
        await using var repository = await CvmfsRepository.OpenAsync(site, new CvmfsRepositoryOptions { Keys = keys.TrustedKeys, TimeProvider = host.Clock }, cancellationToken);
        await foreach (var entry in repository.EnumerateAsync(cancellationToken: cancellationToken)) await SayAsync(host, $"   {LongFormat.Mode(entry.Entry)} {entry.Path}");
        await SayAsync(host, $"   /hello.txt says: {await ReadAsync(repository, cancellationToken)}");

        await SayAsync(host, "5. Publish again, replicate again: what did not change is not copied.");
        WriteTree(folder, "second");
        await publisher.CommitTreeAsync(tree, cancellationToken: cancellationToken);
        await SayAsync(host, "   " + (await replica.SnapshotAsync(cancellationToken: cancellationToken)).Message);
        await using var direct = await CvmfsRepository.OpenAsync(
            $"{server.Urls.Single()}/cvmfs/{name}", new CvmfsRepositoryOptions { Keys = keys.TrustedKeys, TimeProvider = host.Clock }, cancellationToken);
        await SayAsync(host, $"   revision {direct.Current.Number}; /hello.txt says: {await ReadAsync(direct, cancellationToken)}");
        if (once) return;

        string key = Path.Combine(folder, $"{name}.pub");
        await File.WriteAllTextAsync(key, keys.MasterPublicKeyPem, cancellationToken);
        await SayAsync(host, $"Try it: {CvmfsCommandLine.ProgramName} repo ls {site} -R -l -k {key}\nCtrl-C ends the demo and removes everything.");
        var interrupted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = cancellationToken.Register(interrupted.SetResult);
        await interrupted.Task;
    }

    private static string WriteTree(string folder, string text)
    {
        string tree = Path.Combine(folder, "tree");
        Directory.CreateDirectory(Path.Combine(tree, "software", "bin"));
        File.WriteAllText(Path.Combine(tree, "hello.txt"), $"Hello from the {text} revision.\n");
        File.WriteAllText(Path.Combine(tree, "software", ".cvmfscatalog"), ""); // a catalog of its own for everything below
        File.WriteAllText(Path.Combine(tree, "software", "bin", "run"), "#!/bin/sh\necho running\n");
        return tree;
    }

    private static async Task<WebApplication> StartServerAsync(CliHost host, string root, CancellationToken cancellationToken)
    {
        var builder = WebProgram.CreateBuilder(host, FreePort);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.UseCvmfsLimits());
        var app = builder.Build();
        app.UseRouting();
        app.MapCvmfs(new CvmfsServerOptions { RootFolder = root, RootFileCheckInterval = TimeSpan.Zero });
        await app.StartAsync(cancellationToken);
        return app;
    }

    private static async Task<WebApplication> StartProxyAsync(CliHost host, string cache, Uri upstream, CancellationToken cancellationToken)
    {
        var options = new ProxyOptions { Storage = { Folders = { cache }, MaxBytes = 100_000_000 } };
        options.Upstream.Servers.Add(upstream);
        var builder = WebProgram.CreateBuilder(host, FreePort);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.UseCvmfsProxyLimits());
        builder.Services.AddCvmfsProxy(options);
        var app = builder.Build();
        app.RunCvmfsProxy();
        await app.StartAsync(cancellationToken);
        return app;
    }

    private static async Task<string> ReadAsync(CvmfsRepository repository, CancellationToken cancellationToken)
        => Encoding.UTF8.GetString(await repository.ReadAllBytesAsync(RepositoryPath.Parse("/hello.txt"), cancellationToken: cancellationToken)).TrimEnd();

    private static async Task SayAsync(CliHost host, string text)
    {
        await using var output = host.OpenText();
        await output.WriteLineAsync(text);
    }
}
