using System.Threading.Channels;
using Cvmfs.Net;
using Cvmfs.Net.Replication;
using Cvmfs.Net.Repositories;
using Cvmfs.Net.Trust;
using Microsoft.Extensions.Options;

namespace Stratum1Replicator;

/// <summary>Takes the first snapshot, then follows the upstream until the program ends. In the demonstration it is the upstream's publisher, too.</summary>
internal sealed class ReplicationService(
    IOptions<Stratum1Options> settings, StorageFolder storage, WebAddress address, IHostApplicationLifetime lifetime, TimeProvider time, ILoggerFactory loggers)
    : BackgroundService
{
    private readonly ILogger _logger = loggers.CreateLogger<ReplicationService>();
    private readonly Stratum1Options _options = settings.Value;

    private Replicator? _replicator;

    /// <summary>Somebody says that a repository has changed. False if it is not the one that is followed.</summary>
    public bool Hint(string repository) => Volatile.Read(ref _replicator)?.Hint(repository) == true;

    /// <summary>What the program returns.</summary>
    public int ExitCode { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await using var demo = _options.IsDemo ? new DemoStratum0() : null;
            if (demo is not null) await demo.StartAsync(stoppingToken);
            var keys = demo is not null ? MasterKeys.FromPem(demo.MasterKeyPem) : await MasterKeys.LoadAsync(_options.Key!, stoppingToken);
            var options = ReplicationOptions(demo);
            _logger.LogInformation("Upstream {Upstream}, repository {Repository}, storage {Storage}", options.Upstream, options.Repository, options.StorageFolder);

            await using var replica = new Replica(options, keys, new ReplicaServices { TimeProvider = time, Logger = loggers.CreateLogger<Replica>() });
            await FollowAsync(replica, keys, demo, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            _logger.LogInformation("Stopped; what was stored stays for the next run.");
        }
        catch (Exception e) when (e is CvmfsException or IOException or ArgumentException)
        {
            _logger.LogCritical(e, "Ended by a failure");
            ExitCode = e is CvmfsTrustException ? ExitCodes.VerificationFailed : ExitCodes.Failed;
        }

        lifetime.StopApplication();
    }

    private ReplicationOptions ReplicationOptions(DemoStratum0? demo)
    {
        string upstream = demo?.Url ?? _options.Upstream!;
        string name = demo?.Name ?? _options.Repository ?? CvmfsRepository.NameFromAddress(upstream).ToString();
        if (name.Length == 0) throw new ArgumentException($"The name of the repository cannot be told from {upstream}: say --repository.");
        return new ReplicationOptions
        {
            Repository = name,
            Upstream = upstream,
            StorageFolder = Path.Combine(storage.Path, name),
            PollInterval = demo is not null && _options.PollInterval > DemoStratum0.PollInterval ? DemoStratum0.PollInterval : _options.PollInterval,
        };
    }

    private async Task FollowAsync(Replica replica, MasterKeys keys, DemoStratum0? demo, CancellationToken cancellationToken)
    {
        // Revisions that became visible here; one is enough to remember, because only the newest matters.
        var served = Channel.CreateBounded<ulong>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var replicator = new Replicator([replica], timeProvider: time, logger: loggers.CreateLogger<Replicator>())
        {
            SnapshotEnded = async (_, report, token) =>
            {
                if (report.Outcome == SnapshotOutcome.Updated) await ShowAsync(report, replica, keys, token);
                if (report.Revision is { } revision && report.Succeeded) served.Writer.TryWrite(revision);
                if (!_options.Once) return;
                ExitCode = ExitCodes.Of(report.Outcome);
                await end.CancelAsync();
            },
        };

        Volatile.Write(ref _replicator, replicator);
        var following = replicator.RunAsync(end.Token);
        var publishing = demo is null || _options.Once ? Task.CompletedTask : PublishAsync(demo, replicator, served.Reader, end);
        try
        {
            await Task.WhenAll(following, publishing);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // the end of a run that was asked to end by itself
        }
    }

    private async Task ShowAsync(SnapshotReport report, Replica replica, MasterKeys keys, CancellationToken cancellationToken)
    {
        _logger.LogInformation(
            "Revision {Revision}: {Catalogs} catalogs and {Objects} objects came ({Bytes} bytes) in {Milliseconds} ms",
            report.Revision, report.CatalogsFetched, report.ObjectsFetched, report.BytesFetched, (long)report.Duration.TotalMilliseconds);
        var result = await ReplicaVerifier.VerifyAsync(replica.Options.StorageFolder, keys, cancellationToken);
        _logger.LogInformation(
            "Verified: {Objects} objects hashed ({Bytes} bytes), {Entries} entries walked and all their files read", result.Objects, result.Bytes, result.Entries);
        string url = $"{await address.WhenKnownAsync(cancellationToken)}/cvmfs/{replica.Repository}/.cvmfspublished";
        Console.WriteLine($"Served. Try:  curl -s {url} | head -c 200");
    }

    /// <summary>The Stratum 0's side of the demonstration: something new now and then. Every other time it tells the replica, which otherwise finds out by looking.</summary>
    private async Task PublishAsync(DemoStratum0 demo, Replicator replicator, ChannelReader<ulong> served, CancellationTokenSource end)
    {
        await served.ReadAsync(end.Token);
        for (int i = 0; i != _options.DemoRevisions; i++)
        {
            await Task.Delay(_options.DemoInterval, time, end.Token);
            var published = await demo.PublishAsync(end.Token);
            bool hint = i % 2 == 0;
            _logger.LogInformation("Stratum 0 published revision {Revision}; the replica {Learns}", published.Revision, hint ? "gets a hint" : "will find it by polling");
            if (hint) replicator.Hint(demo.Name);
            while (await served.ReadAsync(end.Token) < published.Revision) { }
        }

        await end.CancelAsync();
    }
}
