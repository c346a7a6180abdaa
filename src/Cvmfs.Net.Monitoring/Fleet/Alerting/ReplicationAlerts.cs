using static Cvmfs.Net.Monitoring.Fleet.Alerting.AlertLevel;

namespace Cvmfs.Net.Monitoring.Fleet.Alerting;

/// <summary>Whether replicas follow, as seen from outside.</summary>
internal static class ReplicationAlerts
{
    private const string Running = "cvmfs_probe_repository_snapshot_running_since_timestamp_seconds";

    private const string LastSnapshot = "cvmfs_probe_repository_last_snapshot_timestamp_seconds";

    public static AlertGroup Group { get; } = new(
        "cvmfs-replication",
        "Replication",
        """
        Lag is time, not revisions: a busy publisher makes a replica that is always a few revisions behind, and nobody minds. It counts from the first
        revision that a replica lacks. The age of the last snapshot is judged by itself, for a dead replicator of a repository in which nothing happens is
        behind by nothing until the day it matters. Limits are those of each repository in the fleet file.
        """,
        [
            new(
                "CvmfsReplicaLagging",
                "5m",
                "{{ $labels.repository }} on {{ $labels.server }} has been behind for {{ $value | humanizeDuration }}",
                "Users see old software.",
                "Read the replicator's log; compare the duration of snapshots with the limit; look at the throughput of its upstream.",
                Ticket("cvmfs:repository_lag_seconds > on(repository) group_left() cvmfs:repository_max_lag_seconds")),
            new(
                "CvmfsReplicaLagSevere",
                "5m",
                "{{ $labels.repository }} on {{ $labels.server }} is far behind: {{ $value | humanizeDuration }}",
                "Four times the limit: this does not mend itself.",
                "As for a lag; consider taking the server out of the list that clients get.",
                ByTier("cvmfs:repository_lag_seconds > on(repository) group_left() (4 * cvmfs:repository_max_lag_seconds)")),
            new(
                "CvmfsReplicasDisagree",
                "2h",
                "{{ $labels.repository }} has {{ $value }} revisions among its servers",
                "All replicas are slow in their own way, which points at what they share.",
                "Compare the schedules and durations of snapshots.",
                Info($"count by (repository) (count_values by (repository) (\"rev\", {AlertText.Seen("cvmfs_probe_repository_revision")})) > 2")) { Subject = AlertSubject.Repository },
            new(
                "CvmfsSnapshotStale",
                "5m",
                "{{ $labels.server }} took no snapshot of {{ $labels.repository }} for {{ $value | humanizeDuration }}",
                "The replicator does not run, even if nothing new was published that would show it.",
                "Look at its timer or service, at locks, at the disk.",
                Ticket("cvmfs:snapshot_age_seconds > on(repository) group_left() cvmfs:repository_max_snapshot_age_seconds"),
                Page("cvmfs:snapshot_age_seconds > on(repository) group_left() (3 * cvmfs:repository_max_snapshot_age_seconds)")),
            new(
                "CvmfsSnapshotLongRunning",
                "",
                "A snapshot of {{ $labels.repository }} on {{ $labels.server }} has been running for {{ $value | humanizeDuration }}",
                "Six hours are much for an increment. A first copy, which has no snapshot before it, may take three days.",
                "Look whether it makes progress: objects stored, bytes fetched. Leave a first copy alone.",
                Info($"(time() - {Running} > 6 * 3600 and on(server, repository, vantage) {LastSnapshot}) or (time() - {Running} > 72 * 3600 unless on(server, repository, vantage) {LastSnapshot})")) { IsProbed = true },
            new(
                "CvmfsGcStale",
                "1h",
                "{{ $labels.server }} collected no garbage of {{ $labels.repository }} for {{ $value | humanizeDuration }}",
                "Storage grows without bound. Never urgent by itself.",
                "Read the log of the garbage collection; look for a lock that another run holds.",
                Ticket("time() - cvmfs_probe_repository_last_gc_timestamp_seconds > on(repository) group_left() cvmfs:repository_max_gc_age_seconds")) { IsProbed = true },
            new(
                "CvmfsCheckFailed",
                "1h",
                "The last check of {{ $labels.repository }} on {{ $labels.server }} found faults",
                "The server's own check of the whole tree says that something is missing or damaged.",
                "Read the log of the check; repair from another replica.",
                Ticket("cvmfs_probe_repository_check_success == 0")) { IsProbed = true },
            new(
                "CvmfsRollback",
                "",
                "{{ $labels.repository }} went back to an earlier revision on {{ $labels.server }}",
                "Somebody restored a backup, or two servers answer to one name.",
                "Ask whether that was meant.",
                Ticket("increase(cvmfs_probe_repository_rollbacks_total[1h]) > 0")) { IsProbed = true },
            new(
                "CvmfsSplitBrain",
                "10m",
                "{{ $labels.repository }} on {{ $labels.server }} has another root than the reference at the same revision",
                "There are two histories; clients that change servers see files come and go.",
                "Stop publishing; find out which history is the right one.",
                Page("cvmfs_probe_repository_root_hash_conflict == 1")) { IsProbed = true },
        ]);
}
