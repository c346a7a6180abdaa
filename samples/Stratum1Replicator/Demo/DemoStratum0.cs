using System.Net;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Publishing;
using Cvmfs.Net.Publishing.Signing;
using Cvmfs.Net.Server;

namespace Stratum1Replicator.Demo;

/// <summary>A Stratum 0 in this process: publishes a small repository and serves it on loopback.</summary>
internal sealed class DemoStratum0 : IAsyncDisposable
{
    /// <summary>A demonstration should not keep anyone waiting.</summary>
    public static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(5);

    private readonly string _folder = Directory.CreateTempSubdirectory("stratum0-").FullName;
    private readonly RepositoryName _name = RepositoryName.Parse("demo.example.org");
    private readonly WebApplication _server;
    private PublisherKeys? _keys;
    private RepositoryPublisher? _publisher;
    private int _notes;

    public DemoStratum0()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.UseCvmfsLimits();
            kestrel.Listen(IPAddress.Loopback, port: 0);
        });
        _server = builder.Build();
        _server.MapCvmfs(new CvmfsServerOptions { RootFolder = _folder, RootFileCheckInterval = TimeSpan.Zero });
    }

    /// <summary>URL of the repository.</summary>
    public string Url => $"{_server.Urls.Single()}/cvmfs/{_name}";

    /// <summary>The public master key that a replica needs, PEM.</summary>
    public string MasterKeyPem => _keys!.MasterPublicKeyPem;

    public string Name => _name.ToString();

    /// <summary>Makes keys and a first revision, and begins to serve.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _keys = PublisherKeys.Create(_name);
        _publisher = await RepositoryPublisher.InitAsync(Path.Combine(_folder, Name), _keys, cancellationToken: cancellationToken);
        await PublishAsync(cancellationToken);
        await _server.StartAsync(cancellationToken);
    }

    /// <summary>Adds a note to the tree and publishes what there is as a new revision.</summary>
    public async Task<PublishReport> PublishAsync(CancellationToken cancellationToken)
    {
        string tree = Path.Combine(_folder, "tree");
        foreach (string package in (string[])["compiler", "simulation", "analysis"])
        {
            Directory.CreateDirectory(Path.Combine(tree, package, "bin"));
            await File.WriteAllTextAsync(Path.Combine(tree, package, ".cvmfscatalog"), "", cancellationToken); // gives the package a nested catalog
            await File.WriteAllTextAsync(Path.Combine(tree, package, "bin", "run.sh"), $"#!/bin/sh\necho {package}\n", cancellationToken);
        }

        await File.WriteAllTextAsync(Path.Combine(tree, "README"), "A repository for demonstration.\n", cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(tree, "analysis", $"note-{++_notes}"), $"Note {_notes}\n", cancellationToken);
        return await _publisher!.CommitTreeAsync(tree, cancellationToken: cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _publisher?.Dispose();
        _keys?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
