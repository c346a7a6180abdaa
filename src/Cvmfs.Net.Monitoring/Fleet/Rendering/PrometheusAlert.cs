namespace Cvmfs.Net.Monitoring.Fleet.Rendering;

/// <summary>One rule that alerts.</summary>
/// <param name="Name">Name of the alert.</param>
/// <param name="Expression">When, without the join and the pause during maintenance.</param>
/// <param name="For">How long it must hold; empty for at once.</param>
/// <param name="Severity">page, ticket or info.</param>
/// <param name="Summary">What is the matter.</param>
/// <param name="Runbook">What to do first.</param>
/// <param name="By">Label that the expression has: <c>server</c>, <c>repository</c>, or empty for neither.</param>
/// <param name="PagesIfCritical">Whether servers of the tier "critical" page instead.</param>
internal sealed record PrometheusAlert(string Name, string Expression, string For, string Severity, string Summary, string Runbook, string By = "server", bool PagesIfCritical = false)
{
    private const string Down = "cvmfs:server_up:agreed == 0 and on(server) cvmfs:fleet_server_info";

    public static readonly PrometheusAlert[] All =
    [
        new("CvmfsServerDown", Down + "{role=\"stratum1\"}", "6m", "ticket", "{{ $labels.server }} does not answer", "Connect to each of its addresses; look at web server, disk, firewall, provider.", PagesIfCritical: true),
        new("CvmfsAllReplicasDown", "count by (environment) (cvmfs:fleet_server_info{role=\"stratum1\",public=\"true\"}) unless on(environment) cvmfs:public_s1_up", "3m", "page", "No public replica of {{ $labels.environment }} answers", "Declare an incident; look at what they share: DNS, CDN.", By: ""),
        new("CvmfsRedundancyLow", "cvmfs:public_s1_up < 2", "10m", "page", "{{ $value }} public replica of {{ $labels.environment }} is left", "Bring a second one back before any other work.", By: ""),
        new("CvmfsReferenceUnreachable", Down + "{role=~\"stratum0|sync\"}", "15m", "ticket", "{{ $labels.server }} does not answer: nothing new can be replicated", "Look at the server and the firewall towards the prober."),
        new("CvmfsReplicaLagging", "cvmfs:repository_lag_seconds > on(repository) group_left() cvmfs:repository_max_lag_seconds", "5m", "ticket", "{{ $labels.repository }} on {{ $labels.server }} is behind for {{ $value | humanizeDuration }}", "Look at the replicator's log, the time of snapshots, the upstream."),
        new("CvmfsReplicaLagSevere", "cvmfs:repository_lag_seconds > on(repository) group_left() (4 * cvmfs:repository_max_lag_seconds)", "5m", "ticket", "{{ $labels.repository }} on {{ $labels.server }} is far behind", "Consider taking the server out of the list.", PagesIfCritical: true),
        new("CvmfsReplicasDisagree", "count by (repository, environment) (count_values by (repository, environment) (\"rev\", cvmfs_probe_repository_revision)) > 2", "2h", "info", "{{ $labels.repository }} has {{ $value }} revisions among its servers", "Compare the schedules of snapshots.", By: "repository"),
        new("CvmfsSnapshotStale", "cvmfs:snapshot_age_seconds > on(repository) group_left() cvmfs:repository_max_snapshot_age_seconds", "5m", "ticket", "{{ $labels.server }} took no snapshot of {{ $labels.repository }} for {{ $value | humanizeDuration }}", "Look at timer or service, locks, disk."),
        new("CvmfsSnapshotStale", "cvmfs:snapshot_age_seconds > on(repository) group_left() (3 * cvmfs:repository_max_snapshot_age_seconds)", "5m", "page", "{{ $labels.server }} took no snapshot of {{ $labels.repository }} for {{ $value | humanizeDuration }}", "Look at timer or service, locks, disk."),
        new("CvmfsSnapshotLongRunning", "time() - cvmfs_probe_repository_snapshot_running_since_timestamp_seconds > 6 * 3600", "", "info", "A snapshot of {{ $labels.repository }} on {{ $labels.server }} runs for {{ $value | humanizeDuration }}", "Expected for a first copy."),
        new("CvmfsWhitelistExpiring", "cvmfs:whitelist_left_ratio < 0.34 or cvmfs_probe_whitelist_expiry_timestamp_seconds - time() < 72 * 3600", "30m", "ticket", "The whitelist of {{ $labels.repository }} on {{ $labels.server }} expires soon", "Its key holder signs it again; then look whether replicas have the new one."),
        new("CvmfsWhitelistCritical", "cvmfs_probe_whitelist_expiry_timestamp_seconds - time() < 24 * 3600", "", "page", "The whitelist of {{ $labels.repository }} on {{ $labels.server }} expires in {{ $value | humanizeDuration }}", "Call the key holder: all clients stop at expiry."),
        new("CvmfsSigningCertificateExpiring", "cvmfs_probe_signing_certificate_not_after_timestamp_seconds - time() < 30 * 86400", "1h", "ticket", "The signing certificate of {{ $labels.repository }} ends in {{ $value | humanizeDuration }}", "Issue a new one; put its fingerprint on the whitelist before it signs."),
        new("CvmfsSignatureInvalid", "cvmfs_probe_manifest_signature_valid == 0 and cvmfs_probe_repository_up == 1", "4m", "page", "The signature of {{ $labels.repository }} on {{ $labels.server }} is not valid", "Fetch from two networks and compare: corruption or tampering."),
        new("CvmfsRootCatalogMissing", "cvmfs_probe_root_catalog_available == 0", "4m", "page", "{{ $labels.server }} has no root catalog of {{ $labels.repository }}", "Roll the manifest back, or replicate again."),
        new("CvmfsObjectsMissing", "sum by (server, repository, environment) (increase(cvmfs_probe_object_samples_total{outcome=\"missing\"}[1h])) > 0", "", "ticket", "Objects of {{ $labels.repository }} are missing on {{ $labels.server }}", "A sampled miss means many more: check and repair."),
        new("CvmfsObjectsCorrupt", "sum by (server, repository, environment) (increase(cvmfs_probe_object_samples_total{outcome=\"corrupt\"}[1h])) > 0", "", "ticket", "Objects of {{ $labels.repository }} are corrupt on {{ $labels.server }}", "Find out where: disk, CDN or proxy."),
        new("CvmfsCheckFailed", "cvmfs_probe_repository_check_success == 0", "1h", "ticket", "The last check of {{ $labels.repository }} on {{ $labels.server }} failed", "Read its log."),
        new("CvmfsGeoWrongOrder", "cvmfs_probe_geo_up == 1 and cvmfs_probe_geo_order_correct == 0", "1h", "ticket", "{{ $labels.server }} orders servers wrongly", "Look at its location database and the names it is asked for."),
        new("CvmfsGeoDown", "cvmfs_probe_geo_up == 0 and on(server) cvmfs:fleet_server_info{role=\"stratum1\",public=\"true\"}", "30m", "ticket", "The geo API of {{ $labels.server }} does not answer", "Look at the process and its database."),
        new("CvmfsGeoDatabaseOld", "time() - cvmfs_probe_geo_database_timestamp_seconds > 30 * 86400", "1d", "info", "The location database of {{ $labels.server }} is old", "Look at the updater's account."),
        new("CvmfsGcStale", "time() - cvmfs_probe_repository_last_gc_timestamp_seconds > on(repository) group_left() cvmfs:repository_max_gc_age_seconds", "1h", "ticket", "{{ $labels.server }} collected no garbage of {{ $labels.repository }} for {{ $value | humanizeDuration }}", "Look at its log and at locks."),
        new("CvmfsRollback", "increase(cvmfs_probe_repository_rollbacks_total[1h]) > 0", "", "ticket", "{{ $labels.repository }} went back on {{ $labels.server }}", "Ask whether that was meant."),
        new("CvmfsSplitBrain", "cvmfs_probe_repository_root_hash_conflict == 1", "10m", "page", "{{ $labels.repository }} on {{ $labels.server }} has another history", "Stop publishing."),
        new("CvmfsDnsBroken", "cvmfs_probe_dns_up == 0 or cvmfs_probe_dns_matches_fleet == 0", "10m", "ticket", "The name of {{ $labels.server }} does not lead where it should", "Look at zone, registrar, CDN."),
        new("CvmfsAddressDown", "sum by (server, environment, vantage) (cvmfs_probe_addresses_down) > 0 and sum by (server, environment, vantage) (cvmfs_probe_addresses_up) > 0", "15m", "ticket", "An address of {{ $labels.server }} does not answer", "Remove the record or repair the host."),
        new("CvmfsTlsExpiring", "cvmfs_probe_tls_certificate_not_after_timestamp_seconds - time() < 14 * 86400", "1h", "ticket", "The TLS certificate of {{ $labels.server }} ends in {{ $value | humanizeDuration }}", "Look at the job that renews it."),
        new("CvmfsClockSkew", "abs(cvmfs_probe_clock_skew_seconds) > 60", "30m", "info", "The clock of {{ $labels.server }} is off by {{ $value | humanizeDuration }}", "Look at NTP."),
        new("CvmfsProberBlind", "cvmfs_probe_vantage_online == 0", "5m", "ticket", "The prober {{ $labels.vantage }} sees nothing", "Look at its network; what it says of servers does not count.", By: ""),
        new("CvmfsProberStale", "time() - max by (vantage) (cvmfs_probe_last_run_timestamp_seconds) > 600 or absent(cvmfs_probe_up)", "5m", "ticket", "The prober {{ $labels.vantage }} does not run", "Look at its service.", By: ""),
    ];
}
