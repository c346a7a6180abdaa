using System.Net;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Publishing;
using Cvmfs.Net.Publishing.Signing;
using Cvmfs.Net.Server;
using Cvmfs.Net.Trust;

namespace SiteProxy.Demo;

/// <summary>A server of CernVM-FS in this process, with a small repository of its own. It counts what it is asked, and can be told to damage an object.</summary>
internal sealed class DemoServer : IAsyncDisposable
{
    /// <summary>The file whose object is damaged.</summary>
    public const string Damaged = "/analysis/damaged";

    private static readonly string[] Packages = ["compiler", "simulation", "analysis"];

    private readonly string _folder;
    private readonly RepositoryName _name = RepositoryName.Parse("demo.example.org");
    private readonly PublisherKeys _keys;
    private readonly WebApplication _server;
    private volatile string? _damagedPath;
    private int _requests;

    /// <param name="folder">Where repository and tree are made.</param>
    public DemoServer(string folder)
    {
        _folder = folder;
        _keys = PublisherKeys.Create(_name);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.UseCvmfsLimits();
            kestrel.Listen(IPAddress.Loopback, port: 0);
        });
        _server = builder.Build();
        _server.Use(AnswerAsync);
        _server.MapCvmfs(new CvmfsServerOptions { RootFolder = Path.Combine(folder, "served") });
    }

    /// <summary>The server's host and port.</summary>
    public string Authority => new Uri(_server.Urls.Single()).Authority;

    /// <summary>The repository's URL, as in a client's <c>CVMFS_SERVER_URL</c>.</summary>
    public string Url => $"{_server.Urls.Single()}/cvmfs/{_name}";

    public MasterKeys Keys => _keys.TrustedKeys;

    /// <summary>Requests so far.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Publishes the repository and begins to serve it.</summary>
    public async Task<PublishReport> StartAsync(CancellationToken cancellationToken)
    {
        string tree = Path.Combine(_folder, "tree");
        foreach (string package in Packages)
        {
            Directory.CreateDirectory(Path.Combine(tree, package));
            await File.WriteAllTextAsync(Path.Combine(tree, package, ".cvmfscatalog"), "", cancellationToken); // gives the package a nested catalog
            for (int i = 0; i < 20; i++) await File.WriteAllTextAsync(Path.Combine(tree, package, $"file-{i}"), $"{package} {i}\n" + new string('.', i * 1000), cancellationToken);
        }

        await File.WriteAllTextAsync(Path.Combine(tree, Damaged.TrimStart('/')), "What the publisher wrote.\n", cancellationToken);
        using var publisher = await RepositoryPublisher.InitAsync(Path.Combine(_folder, "served", _name.ToString()), _keys, cancellationToken: cancellationToken);
        var report = await publisher.CommitTreeAsync(tree, cancellationToken: cancellationToken);
        await _server.StartAsync(cancellationToken);
        return report;
    }

    /// <summary>From now on one byte of the object is wrong.</summary>
    /// <param name="objectPath">Path below the repository: <c>data/ab/cdef…</c></param>
    public void Damage(string objectPath) => _damagedPath = $"/cvmfs/{_name}/{objectPath}";

    /// <summary>The object is as it should be again.</summary>
    public void Repair() => _damagedPath = null;

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _keys.Dispose();
    }

    private async Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        Interlocked.Increment(ref _requests);
        if (context.Request.Path != _damagedPath)
        {
            await next(context);
            return;
        }

        byte[] bytes = await File.ReadAllBytesAsync(Path.Combine(_folder, "served", context.Request.Path.Value!["/cvmfs/".Length..]), context.RequestAborted);
        bytes[^1] ^= 1;
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}
