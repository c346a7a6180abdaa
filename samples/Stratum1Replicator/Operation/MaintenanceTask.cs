using System.Globalization;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication;
using Cvmfs.Net.Replication.Checking;
using Cvmfs.Net.Replication.Collection;
using Cvmfs.Net.Replication.Scheduling;
using Cvmfs.Net.Replication.Scrubbing;
using Stratum1Replicator.Configuration;

namespace Stratum1Replicator.Operation;

/// <summary>Does one piece of maintenance of one replica.</summary>
internal sealed class MaintenanceTask(HostedReplica hosted, MaintenanceOptions options, TimeProvider time, ILoggerFactory loggers)
{
    private static readonly TimeSpan LockPatience = TimeSpan.FromMinutes(10);

    /// <summary>Marks the end of a pass of the scrub, by its time: a restart must not begin another one.</summary>
    public const string ScrubMark = "scrub.completed";

    private readonly Replica _replica = hosted.Replica!;

    public Task<MaintenanceResult> RunAsync(MaintenanceKind kind, CancellationToken cancellationToken) => kind switch
    {
        MaintenanceKind.Collection => CollectAsync(cancellationToken),
        MaintenanceKind.Check => CheckAsync(cancellationToken),
        _ => ScrubAsync(cancellationToken),
    };

    private async Task<MaintenanceResult> CollectAsync(CancellationToken cancellationToken)
    {
        var services = new CollectionServices { Keys = hosted.Settings.Keys, TimeProvider = time, Logger = loggers.CreateLogger<GarbageCollector>() };
        var report = await new GarbageCollector(_replica.Location, services).CollectAsync(
            new CollectionOptions { KeepNewerThan = hosted.Settings.KeepNewerThan(time.GetUtcNow()), DeletionLogFile = hosted.Settings.DeletionLog, LockPatience = LockPatience },
            Progress<CollectionProgress>(progress => Text($"{progress.Phase}: {progress.CatalogsRead:N0} catalogs read, {progress.ObjectsRemoved:N0} of {progress.ObjectsCondemned:N0} objects removed")),
            cancellationToken);
        ServiceMetrics.Collected(hosted.Name, report);
        return new MaintenanceResult(report.Succeeded, report.Succeeded, report.Message);
    }

    private async Task<MaintenanceResult> CheckAsync(CancellationToken cancellationToken)
    {
        var services = new CheckServices { TimeProvider = time, Logger = loggers.CreateLogger<ReplicaChecker>() };
        var report = await new ReplicaChecker(_replica.Location, services).CheckAsync(
            new CheckOptions
            {
                Keys = hosted.Settings.Keys,
                Repository = _replica.Repository,
                RecordStatus = true,
                Repair = options.Repair ? _replica : null,
                LockPatience = LockPatience,
            },
            Progress<CheckProgress>(progress => Text($"{progress.Catalogs:N0} catalogs checked, {progress.WaitingCatalogs:N0} waiting, {progress.Problems:N0} problems")),
            cancellationToken);
        ServiceMetrics.Checked(hosted.Name, report);
        return new MaintenanceResult(report.Succeeded, report.Succeeded, report.Message);
    }

    private async Task<MaintenanceResult> ScrubAsync(CancellationToken cancellationToken)
    {
        var location = _replica.Location;
        var services = new ScrubServices { TimeProvider = time, Logger = loggers.CreateLogger<StorageScrubber>() };
        var report = await new StorageScrubber(location.StorageFolder, services).ScrubAsync(
            new ScrubOptions
            {
                BytesPerSecond = options.ScrubBytesPerSecond,
                MaxBytes = options.ScrubSliceBytes,
                Resume = true,
                StateFolder = location.SpoolFolder,
                YieldToSnapshots = true,
                Repair = options.Repair ? _replica : null,
                Workers = 1, // in the background: it must not be felt
            },
            Progress<ScrubProgress>(progress => Text($"{progress.Folders} of 256 folders, {progress.Files:N0} objects hashed, {progress.Alerts:N0} alerts")),
            cancellationToken);
        ServiceMetrics.Scrubbed(hosted.Name, report);
        if (report.IsPassComplete)
        {
            await new RootFolder(location.SpoolFolder).ReplaceAsync(
                ScrubMark, System.Text.Encoding.ASCII.GetBytes(time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture)), cancellationToken);
        }

        return new MaintenanceResult(report.Succeeded, report.IsPassComplete, report.Message);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private ActivityProgress<T> Progress<T>(Func<T, string> describe) => new(hosted.Activity, describe);

    private sealed class ActivityProgress<T>(ReplicaActivity activity, Func<T, string> describe) : IProgress<T>
    {
        public void Report(T value) => activity.ProgressMaintenance(describe(value));
    }
}
