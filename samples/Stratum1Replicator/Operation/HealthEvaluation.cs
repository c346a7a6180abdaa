using System.Globalization;
using Cvmfs.Net.Replication.Scheduling;

namespace Stratum1Replicator.Operation;

/// <summary>Judges what is known of the host. The thresholds are those of the usual monitors of Stratum 1 servers.</summary>
internal static class HealthEvaluation
{
    public static readonly TimeSpan WhitelistWarning = TimeSpan.FromDays(7);
    public static readonly TimeSpan WhitelistFailure = TimeSpan.FromHours(48);
    public static readonly TimeSpan SnapshotWarning = TimeSpan.FromHours(8);
    public static readonly TimeSpan SnapshotFailure = TimeSpan.FromHours(24);
    public static readonly TimeSpan CollectionWarning = TimeSpan.FromDays(10);
    private const int FirstSnapshotPatience = 9; // times the limits of an update
    private const int FailuresToWarn = 3;

    /// <summary>What is wrong with a replica.</summary>
    public static IReadOnlyList<HealthCondition> Of(HostedReplica hosted, DateTimeOffset now)
    {
        var found = new List<HealthCondition>();
        if (hosted.Settings.Problem is { } problem) Add(HealthLevel.Failed, "configuration", problem);
        if (hosted.Replica is null || hosted.Replica.Options.IsPassThrough) return found;
        var facts = hosted.Facts;
        if (facts.Problem is { } unreadable) Add(HealthLevel.Failed, "storage", unreadable);
        if (facts.WhitelistExpiresAt is { } expiry)
        {
            if (expiry <= now) Add(HealthLevel.Failed, "whitelist", $"The whitelist expired {Text(now - expiry)} ago: clients refuse the repository.");
            else if (expiry - now < WhitelistFailure) Add(HealthLevel.Failed, "whitelist", $"The whitelist expires in {Text(expiry - now)}.");
            else if (expiry - now < WhitelistWarning) Add(HealthLevel.Warning, "whitelist", $"The whitelist expires in {Text(expiry - now)}.");
        }

        if (!hosted.IsActive) return found;
        var moment = hosted.Activity.Look();
        JudgeSnapshots(facts, moment);
        if (facts.CheckSucceeded == false) Add(HealthLevel.Warning, "check", "The last check found problems that could not be repaired.");
        if (moment.Ends.TryGetValue(MaintenanceKind.Scrub, out var scrub) && !scrub.Result.Succeeded) Add(HealthLevel.Warning, "scrub", scrub.Result.Message);
        if (hosted.Settings.Collects && facts is { Manifest.IsGarbageCollectable: true, LastCollection: { } collected } && now - collected >= CollectionWarning)
        {
            Add(HealthLevel.Warning, "gc", $"Garbage was last collected {Text(now - collected)} ago.");
        }

        return found;

        void JudgeSnapshots(ReplicaFacts facts, ActivityMoment moment)
        {
            string why = moment.LastSnapshot is { Succeeded: false } failed ? $" The last run ended as {failed.Outcome}: {failed.Message}" : "";
            if (facts.LastSnapshot is { } last)
            {
                if (now - last >= SnapshotFailure) Add(HealthLevel.Failed, "snapshot", $"The last successful snapshot was {Text(now - last)} ago.{why}");
                else if (now - last >= SnapshotWarning) Add(HealthLevel.Warning, "snapshot", $"The last successful snapshot was {Text(now - last)} ago.{why}");
                else if (moment.FailuresInARow >= FailuresToWarn) Add(HealthLevel.Warning, "snapshot", $"{moment.FailuresInARow} snapshots failed in a row.{why}");
            }
            else
            {
                var since = facts.SnapshottingSince ?? moment.SnapshotSince;
                if (since is { } began && now - began >= SnapshotFailure * FirstSnapshotPatience) Add(HealthLevel.Failed, "snapshot", $"The first snapshot began {Text(now - began)} ago.");
                else if (since is { } begun && now - begun >= SnapshotWarning * FirstSnapshotPatience) Add(HealthLevel.Warning, "snapshot", $"The first snapshot began {Text(now - begun)} ago.");
                else if (since is null && why.Length > 0) Add(HealthLevel.Warning, "snapshot", $"There is no snapshot yet.{why}");
            }

            if (moment.BehindSince is { } behind && now - behind >= SnapshotWarning)
            {
                Add(now - behind >= SnapshotFailure ? HealthLevel.Failed : HealthLevel.Warning, "lag",
                    $"Revision {moment.UpstreamRevision} is out since {Text(now - behind)}; revision {facts.Manifest?.Revision} is served.");
            }
        }

        void Add(HealthLevel level, string code, string message) => found.Add(new HealthCondition(level, hosted.Alias, code, message));
    }

    /// <summary>What is wrong with the host and all of its replicas, the worst first.</summary>
    public static IReadOnlyList<HealthCondition> Of(ReplicaHost host, DiskWatch disks, string? configurationProblem, DateTimeOffset now)
    {
        var found = new List<HealthCondition>();
        if (configurationProblem is not null) found.Add(new HealthCondition(HealthLevel.Warning, null, "configuration", $"The configuration was changed and cannot be used; the old one is in force. {configurationProblem}"));
        foreach (var volume in disks.Volumes)
        {
            var level = disks.LevelOf(volume);
            if (level != HealthLevel.Ok) found.Add(new HealthCondition(level, null, "disk", $"{volume.Path}: {Bytes(volume.FreeBytes)} are free; below {Bytes(disks.ReserveBytes)} no snapshot runs."));
        }

        foreach (var hosted in host.Replicas) found.AddRange(Of(hosted, now));
        return [.. found.OrderByDescending(condition => condition.Level)];
    }

    public static HealthLevel LevelOf(IEnumerable<HealthCondition> conditions) => conditions.Select(condition => condition.Level).DefaultIfEmpty(HealthLevel.Ok).Max();

    /// <summary>A time span as people say it.</summary>
    public static string Text(TimeSpan time)
    {
        (double count, string unit) = time switch
        {
            { TotalDays: >= 2 } => (time.TotalDays, "days"),
            { TotalHours: >= 2 } => (time.TotalHours, "hours"),
            { TotalMinutes: >= 2 } => (time.TotalMinutes, "minutes"),
            _ => (Math.Max(0, time.TotalSeconds), "seconds"),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(count)} {(Math.Floor(count) == 1 ? unit[..^1] : unit)}");
    }

    /// <summary>Bytes as people say them.</summary>
    public static string Bytes(double bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
        int unit = 0;
        for (; bytes >= 1024 && unit < units.Length - 1; unit++) bytes /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{(unit == 0 || bytes >= 100 ? Math.Round(bytes) : Math.Round(bytes, 1))} {units[unit]}");
    }
}
