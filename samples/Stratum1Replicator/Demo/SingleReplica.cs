using System.Threading.Channels;
using Cvmfs.Net;
using Cvmfs.Net.Replication;
using Cvmfs.Net.Repositories;
using Cvmfs.Net.Trust;
using Stratum1Replicator.Configuration;
using Stratum1Replicator.Operation;
using Stratum1Replicator.Web;

namespace Stratum1Replicator.Demo;

/// <summary>One replica, given on the command line: verifies after every update that all of it is right. In the demonstration it is the
/// upstream's publisher, too.</summary>
internal sealed class SingleReplica(
    Stratum1Options settings, StorageFolder storage, ReplicaHost host, WebAddress address, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<SingleReplica> logger)
    : BackgroundService
{
    private const long ReserveBytes = 256L << 20;

    // Revisions that became visible here; one is enough to remember, because only the newest matters.
    private readonly Channel<ulong> _served = Channel.CreateBounded<ulong>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });

    /// <summary>What the program returns.</summary>
    public int ExitCode { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await using var demo = settings.IsDemo ? new DemoStratum0() : null;
            if (demo is not null) await demo.StartAsync(stoppingToken);
            var keys = demo is not null ? MasterKeys.FromPem(demo.MasterKeyPem) : await MasterKeys.LoadAsync(settings.Key!, stoppingToken);
            var options = ReplicationOptions(demo);
            logger.LogInformation("Upstream {Upstream}, repository {Repository}, storage {Storage}", options.Upstream, options.Repository, options.StorageFolder);

            host.SnapshotEnded = EndedAsync;
            var replica = new ReplicaSettings { Alias = options.Repository, Origin = "the command line", Fingerprint = "", Options = options, Keys = keys };
            await host.ApplyAsync([replica], stoppingToken);
            if (host.Replicas[0].Settings.Problem is { } problem) throw new ArgumentException(problem);
            if (demo is null || settings.Once) await Task.Delay(Timeout.InfiniteTimeSpan, time, stoppingToken);
            else await PublishAsync(demo, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // asked to end, or nothing is left to do
        }
        catch (Exception e) when (e is CvmfsException or IOException or ArgumentException)
        {
            Fail(e);
        }

        lifetime.StopApplication();
    }

    private ReplicationOptions ReplicationOptions(DemoStratum0? demo)
    {
        string upstream = demo?.Url ?? settings.Upstream!;
        string name = demo?.Name ?? settings.Repository ?? CvmfsRepository.NameFromAddress(upstream).ToString();
        if (name.Length == 0) throw new ArgumentException($"The name of the repository cannot be told from {upstream}: say --repository.");
        return new ReplicationOptions
        {
            Repository = name,
            Upstream = upstream,
            StorageFolder = Path.Combine(storage.Path, name),
            PollInterval = demo is not null && settings.PollInterval > DemoStratum0.PollInterval ? DemoStratum0.PollInterval : settings.PollInterval,
            ReserveBytes = settings.Limits.DiskReserveBytes ?? ReserveBytes,
        };
    }

    private async ValueTask EndedAsync(HostedReplica hosted, SnapshotReport report, CancellationToken cancellationToken)
    {
        try
        {
            if (report.Outcome == SnapshotOutcome.Updated) await ShowAsync(report, hosted, cancellationToken);
        }
        catch (Exception e) when (e is CvmfsException or IOException or InvalidDataException)
        {
            Fail(e);
            lifetime.StopApplication();
            return;
        }

        if (report.Revision is { } revision && report.Succeeded) _served.Writer.TryWrite(revision);
        if (!settings.Once) return;
        ExitCode = ExitCodes.Of(report.Outcome);
        lifetime.StopApplication();
    }

    private void Fail(Exception e)
    {
        logger.LogCritical(e, "Ended by a failure");
        ExitCode = e is CvmfsTrustException ? ExitCodes.VerificationFailed : ExitCodes.Failed;
    }

    private async Task ShowAsync(SnapshotReport report, HostedReplica hosted, CancellationToken cancellationToken)
    {
        logger.LogInformation(
            "Revision {Revision}: {Catalogs} catalogs and {Objects} objects came ({Bytes} bytes) in {Milliseconds} ms",
            report.Revision, report.CatalogsFetched, report.ObjectsFetched, report.BytesFetched, (long)report.Duration.TotalMilliseconds);
        var result = await ReplicaVerifier.VerifyAsync(hosted.Replica!.Options.StorageFolder, hosted.Settings.Keys, cancellationToken);
        logger.LogInformation(
            "Verified: {Objects} objects hashed ({Bytes} bytes), {Entries} entries walked and all their files read", result.Objects, result.Bytes, result.Entries);
        string url = $"{await address.WhenKnownAsync(cancellationToken)}/cvmfs/{hosted.Alias}/.cvmfspublished";
        Console.WriteLine($"Served. Try:  curl -s {url} | head -c 200");
    }

    /// <summary>The Stratum 0's side of the demonstration: something new now and then. Every other time it tells the replica, which otherwise finds out by looking.</summary>
    private async Task PublishAsync(DemoStratum0 demo, CancellationToken cancellationToken)
    {
        await _served.Reader.ReadAsync(cancellationToken);
        for (int i = 0; i != settings.DemoRevisions; i++)
        {
            await Task.Delay(settings.DemoInterval, time, cancellationToken);
            var published = await demo.PublishAsync(cancellationToken);
            bool hint = i % 2 == 0;
            logger.LogInformation("Stratum 0 published revision {Revision}; the replica {Learns}", published.Revision, hint ? "gets a hint" : "will find it by polling");
            if (hint) host.Hint(demo.Name);
            while (await _served.Reader.ReadAsync(cancellationToken) < published.Revision) { }
        }
    }
}
