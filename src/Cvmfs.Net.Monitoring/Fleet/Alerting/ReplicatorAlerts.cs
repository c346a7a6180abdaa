using static Cvmfs.Net.Monitoring.Fleet.Alerting.AlertLevel;

namespace Cvmfs.Net.Monitoring.Fleet.Alerting;

/// <summary>What a Stratum 1 of ours says of itself.</summary>
internal static class ReplicatorAlerts
{
    private const string Free = "cvmfs_replica_storage_free_bytes";

    private const string Capacity = "cvmfs_replica_storage_capacity_bytes";

    public static AlertGroup Group { get; } = new(
        "cvmfs-replicator",
        "Stratum 1 from inside",
        """
        What only the server itself knows: why a snapshot fails, that one makes no progress, that an upstream sends damaged objects, that the disk is going to
        be full. These are causes, and they come before the symptoms that observers see; so they are tickets. A full disk is the exception, for it spoils
        replicas, and so is a revision that was refused for its signature.
        """,
        [
            new(
                "CvmfsSnapshotStuck",
                "5m",
                "A snapshot of {{ $labels.repository }} on {{ $labels.server }} has stored nothing for {{ $value | humanizeDuration }}",
                "It waits for something that does not come, and holds a lock meanwhile.",
                "Look at its upstream and connections; keep a dump of its threads; end it.",
                Ticket("time() - cvmfs_replica_snapshot_last_progress_timestamp_seconds > 1800 and on(server, repository, instance) cvmfs_replica_snapshot_running > 0")),
            new(
                "CvmfsSnapshotFailing",
                "",
                "{{ $value }} snapshots of {{ $labels.repository }} on {{ $labels.server }} failed in a row",
                "The next one will fail, too.",
                "Read why in the log or on the page of status of the server.",
                Ticket("cvmfs_replica_snapshot_consecutive_failures >= 3")),
            new(
                "CvmfsPublishRefused",
                "",
                "{{ $labels.server }} refused a revision of {{ $labels.repository }}: {{ $labels.reason }}",
                "What the upstream offers is incomplete, older than what is there, or not signed by whom it should be.",
                "Compare the manifest with that of other servers.",
                Ticket("sum by (server, repository, reason) (increase(cvmfs_replica_publish_refused_total{reason!=\"signature\"}[15m])) > 0"),
                Page("sum by (server, repository, reason) (increase(cvmfs_replica_publish_refused_total{reason=\"signature\"}[15m])) > 0")),
            new(
                "CvmfsCorruptUpstream",
                "",
                "{{ $value | humanize }} objects of {{ $labels.repository }} came damaged to {{ $labels.server }}",
                "The replicator cannot heal what its upstream does not have.",
                "Use another upstream; tell who runs this one.",
                Ticket("sum by (server, repository) (increase(cvmfs_replica_objects_fetched_total{outcome=\"corrupt\"}[1h])) > 0")),
            new(
                "CvmfsObject404Served",
                "15m",
                "{{ $labels.server }} answers {{ $value | humanize }} requests for objects a second with \"not found\"",
                "Clients ask for what a catalog names, and all of that should be there.",
                "Compare with the times of garbage collections and snapshots; check the tree.",
                Ticket("sum by (server, instance) (rate(cvmfs_server_requests_total{kind=\"object\",status=\"4xx\"}[15m])) > 0.1")),
            new(
                "CvmfsStorageLow",
                "30m",
                "The volume {{ $labels.volume }} of {{ $labels.server }} has {{ $value | humanize1024 }}B left",
                "A full disk spoils replicas. Less than a tenth is free, or four days are left at the rate of the last six hours.",
                "Collect garbage, extend the volume, or pause snapshots.",
                Ticket($"{Free} < 0.1 * {Capacity} or {Free} and predict_linear({Free}[6h], 4 * 86400) < 0"),
                Page($"{Free} < 0.03 * {Capacity}")),
        ]);
}
