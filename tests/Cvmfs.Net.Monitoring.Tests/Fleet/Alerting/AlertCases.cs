namespace Cvmfs.Net.Monitoring.Tests.Fleet.Alerting;

/// <summary>Every level of every alert, fired and not fired. At the beginning of a case it is 1970: a negative time is the past.</summary>
internal static class AlertCases
{
    public static AlertCase[] All { get; } =
    [
        new("CvmfsServerDown", "page", 10, ["cvmfs_probe_up{s1-a,*} 0"], ["cvmfs_probe_up{s1-a,eu} 0", "cvmfs_probe_up{s1-a,us} 1"]),
        new("CvmfsServerDown", "ticket", 10, ["cvmfs_probe_up{s1-b,*} 0"], ["cvmfs_probe_up{s1-b,eu} 0", "cvmfs_probe_up{s1-b,us} 1"]),
        new("CvmfsAllReplicasDown", "page", 6, ["cvmfs_probe_up{s1-a,*} 0", "cvmfs_probe_up{s1-b,*} 0", "cvmfs_probe_up{s1-c,*} 0"], ["cvmfs_probe_up{s1-a,*} 1", "cvmfs_probe_up{s1-b,*} 0", "cvmfs_probe_up{s1-c,*} 0", "cvmfs_probe_up{t1,*} 0"]),
        new("CvmfsRedundancyLow", "page", 15, ["cvmfs_probe_up{s1-a,*} 1", "cvmfs_probe_up{s1-b,*} 0", "cvmfs_probe_up{s1-c,*} 0"], ["cvmfs_probe_up{s1-a,*} 1", "cvmfs_probe_up{s1-b,*} 1", "cvmfs_probe_up{s1-c,*} 0"]),
        new("CvmfsReferenceUnreachable", "ticket", 20, ["cvmfs_probe_up{s0,*} 0"], ["cvmfs_probe_up{s0,*} 1"]),
        new("CvmfsServerSlow", "info", 60, [Bucket("1", "0+0x100"), Bucket("5", "0+1x100"), Bucket("+Inf", "0+1x100")], [Bucket("1", "0+1x100"), Bucket("5", "0+1x100"), Bucket("+Inf", "0+1x100")]),
        new("CvmfsClockSkew", "info", 40, ["cvmfs_probe_clock_skew_seconds{s1-a,*} -120"], ["cvmfs_probe_clock_skew_seconds{s1-a,*} 5"]),

        new("CvmfsReplicaLagging", "ticket", 10, ["cvmfs_probe_repository_lag_seconds{s1-a,soft,*} 3000"], ["cvmfs_probe_repository_lag_seconds{s1-a,soft,*} 1200"]),
        new("CvmfsReplicaLagSevere", "page", 10, ["cvmfs_probe_repository_lag_seconds{s1-a,soft,*} 11000"], ["cvmfs_probe_repository_lag_seconds{s1-a,soft,*} 10000"]),
        new("CvmfsReplicaLagSevere", "ticket", 10, ["cvmfs_probe_repository_lag_seconds{s1-b,soft,*} 11000"], ["cvmfs_probe_repository_lag_seconds{s1-b,soft,*} 10000"]),
        new("CvmfsReplicasDisagree", "info", 125, [Revision("s1-a", 1), Revision("s1-b", 2), Revision("s1-c", 3)], [Revision("s1-a", 1), Revision("s1-b", 2), Revision("s1-c", 2)]),
        new("CvmfsSnapshotStale", "ticket", 10, ["cvmfs_probe_repository_last_snapshot_timestamp_seconds{s1-a,soft,*} -32400"], ["cvmfs_probe_repository_last_snapshot_timestamp_seconds{s1-a,soft,*} -25000"]),
        new("CvmfsSnapshotStale", "page", 10, ["cvmfs_probe_repository_last_snapshot_timestamp_seconds{s1-a,soft,*} -90000"], ["cvmfs_probe_repository_last_snapshot_timestamp_seconds{s1-a,soft,*} -80000"]),
        new("CvmfsSnapshotLongRunning", "info", 2, ["cvmfs_probe_repository_snapshot_running_since_timestamp_seconds{s1-a,soft,*} -22000", "cvmfs_probe_repository_last_snapshot_timestamp_seconds{s1-a,soft,*} -30000"], ["cvmfs_probe_repository_snapshot_running_since_timestamp_seconds{s1-a,soft,*} -22000"]),
        new("CvmfsSnapshotLongRunning", "info", 2, ["cvmfs_probe_repository_snapshot_running_since_timestamp_seconds{s1-a,soft,*} -260000"], ["cvmfs_probe_repository_snapshot_running_since_timestamp_seconds{s1-a,soft,*} -250000"]),
        new("CvmfsGcStale", "ticket", 65, ["cvmfs_probe_repository_last_gc_timestamp_seconds{s1-a,soft,*} -870000"], ["cvmfs_probe_repository_last_gc_timestamp_seconds{s1-a,soft,*} -700000", "cvmfs_probe_repository_last_gc_timestamp_seconds{s1-a,dev,*} -9000000"]),
        new("CvmfsCheckFailed", "ticket", 65, ["cvmfs_probe_repository_check_success{s1-a,soft,*} 0"], ["cvmfs_probe_repository_check_success{s1-a,soft,*} 1"]),
        new("CvmfsRollback", "ticket", 10, ["cvmfs_probe_repository_rollbacks_total{s1-a,soft,*} 0+0x5 1+0x100"], ["cvmfs_probe_repository_rollbacks_total{s1-a,soft,*} 1"]),
        new("CvmfsSplitBrain", "page", 15, ["cvmfs_probe_repository_root_hash_conflict{s1-a,soft,*} 1"], ["cvmfs_probe_repository_root_hash_conflict{s1-a,soft,eu} 1", "cvmfs_probe_repository_root_hash_conflict{s1-a,soft,us} 0"]),

        // A list for 30 days at 10 and at 11 days, one for a week at 71 and at 73 hours.
        new("CvmfsWhitelistExpiring", "ticket", 40, [Issued(-1_728_000), Expires(864_000)], [Issued(-1_641_600), Expires(950_400)]),
        new("CvmfsWhitelistExpiring", "ticket", 40, [Issued(-346_800), Expires(258_000)], [Issued(-339_600), Expires(265_200)]),
        new("CvmfsWhitelistCritical", "page", 2, [Expires(3_600)], [Expires(90_000)]),
        new("CvmfsWhitelistReplicaOld", "ticket", 65, [Expires(700_000), Expires(800_000, "s1-b")], [Expires(800_000), Expires(800_000, "s1-b")]),
        new("CvmfsSigningCertificateExpiring", "ticket", 65, ["cvmfs_probe_signing_certificate_not_after_timestamp_seconds{s1-a,soft,*} 2000000"], ["cvmfs_probe_signing_certificate_not_after_timestamp_seconds{s1-a,soft,*} 3000000"]),
        new("CvmfsSigningCertificateExpiring", "page", 65, ["cvmfs_probe_signing_certificate_not_after_timestamp_seconds{s1-a,soft,*} 500000"], ["cvmfs_probe_signing_certificate_not_after_timestamp_seconds{s1-a,soft,*} 700000"]),
        new("CvmfsSignatureInvalid", "page", 6, ["cvmfs_probe_manifest_signature_valid{s1-a,soft,*} 0"], ["cvmfs_probe_manifest_signature_valid{s1-a,soft,eu} 0", "cvmfs_probe_manifest_signature_valid{s1-a,soft,us} 1"]),
        new("CvmfsUnknownMasterKey", "page", 15, ["cvmfs_probe_whitelist_valid{s1-a,soft,*} 0"], ["cvmfs_probe_whitelist_valid{s1-a,soft,*} 0", "cvmfs_probe_master_key_info{s1-a,soft,*,key_id=1} 1"]),

        new("CvmfsRootCatalogMissing", "page", 6, ["cvmfs_probe_root_catalog_available{s1-a,soft,*} 0"], ["cvmfs_probe_root_catalog_available{s1-a,soft,eu} 0", "cvmfs_probe_root_catalog_available{s1-a,soft,us} 1"]),
        new("CvmfsObjectsMissing", "ticket", 10, [Samples("missing", "0+0x4 1+0x100")], [Samples("error", "0+0x4 1+0x100")]),
        new("CvmfsObjectsMissing", "page", 10, [Samples("missing", "0+0x4 10+0x100")], [Samples("missing", "0+0x4 1+0x100")]),
        new("CvmfsObjectsCorrupt", "ticket", 10, [Samples("corrupt", "0+0x4 1+0x100")], [Samples("corrupt", "1")]),

        new("CvmfsGeoWrongOrder", "ticket", 65, ["cvmfs_probe_geo_order_correct{s1-a,*,set=domain} 0", "cvmfs_probe_geo_up{s1-a,*} 1"], ["cvmfs_probe_geo_order_correct{s1-a,*,set=domain} 1", "cvmfs_probe_geo_up{s1-a,*} 1"]),
        new("CvmfsGeoDown", "ticket", 35, ["cvmfs_probe_geo_up{s1-a,*} 0"], ["cvmfs_probe_geo_up{t1,*} 0"]),
        new("CvmfsGeoDatabaseOld", "info", 1450, ["cvmfs_probe_geo_database_timestamp_seconds{s1-a,*} -2600000"], ["cvmfs_probe_geo_database_timestamp_seconds{s1-a,*} -1000000"]),
        new("CvmfsDnsBroken", "ticket", 15, ["cvmfs_probe_dns_up{s1-a,*,family=ipv4} 0"], ["cvmfs_probe_dns_up{s1-a,*,family=ipv4} 1"]),
        new("CvmfsDnsElsewhere", "ticket", 15, ["cvmfs_probe_dns_matches_fleet{s1-a} 0"], ["cvmfs_probe_dns_matches_fleet{s1-a} 1"]),
        new("CvmfsAddressDown", "ticket", 20, ["cvmfs_probe_addresses_down{s1-a,*,family=ipv6} 1", "cvmfs_probe_addresses_up{s1-a,*,family=ipv4} 1"], ["cvmfs_probe_addresses_down{s1-a,*,family=ipv4} 1", "cvmfs_probe_addresses_up{s1-a,*,family=ipv4} 0"]),
        new("CvmfsTlsExpiring", "ticket", 65, ["cvmfs_probe_tls_certificate_not_after_timestamp_seconds{s1-a,*} 1000000"], ["cvmfs_probe_tls_certificate_not_after_timestamp_seconds{s1-a,*} 2000000"]),
        new("CvmfsTlsExpiring", "page", 65, ["cvmfs_probe_tls_certificate_not_after_timestamp_seconds{s1-a,*} 200000"], ["cvmfs_probe_tls_certificate_not_after_timestamp_seconds{s1-a,*} 300000"]),

        new("CvmfsSnapshotStuck", "ticket", 10, [Replica("snapshot_last_progress_timestamp_seconds", "", "-3000"), Replica("snapshot_running", "", "1")], [Replica("snapshot_last_progress_timestamp_seconds", "", "-3000"), Replica("snapshot_running", "", "0")]),
        new("CvmfsSnapshotFailing", "ticket", 2, [Replica("snapshot_consecutive_failures", "", "3")], [Replica("snapshot_consecutive_failures", "", "2")]),
        new("CvmfsPublishRefused", "ticket", 8, [Replica("publish_refused_total", ",reason=rollback", "0+0x3 1+0x50")], [Replica("publish_refused_total", ",reason=rollback", "1")]),
        new("CvmfsPublishRefused", "page", 8, [Replica("publish_refused_total", ",reason=signature", "0+0x3 1+0x50")], [Replica("publish_refused_total", ",reason=rollback", "0+0x3 1+0x50")]),
        new("CvmfsCorruptUpstream", "ticket", 10, [Replica("objects_fetched_total", ",object_kind=any,outcome=corrupt", "0+0x3 1+0x50")], [Replica("objects_fetched_total", ",object_kind=file,outcome=new", "0+0x3 1+0x50")]),
        new("CvmfsObject404Served", "ticket", 25, ["cvmfs_server_requests_total{s1-a,instance=x,kind=object,status=4xx} 0+60x100"], ["cvmfs_server_requests_total{s1-a,instance=x,kind=object,status=4xx} 0+1x100", "cvmfs_server_requests_total{s1-a,instance=x,kind=root,status=4xx} 0+60x100"]),
        new("CvmfsStorageLow", "ticket", 35, [Storage("free", "5"), Storage("capacity", "100")], [Storage("free", "50"), Storage("capacity", "100")]),
        new("CvmfsStorageLow", "ticket", 65, [Storage("free", "500-1x400"), Storage("capacity", "1000")], [Storage("free", "500-0.01x400"), Storage("capacity", "1000")]),
        new("CvmfsStorageLow", "page", 35, [Storage("free", "2"), Storage("capacity", "100")], [Storage("free", "5"), Storage("capacity", "100")]),

        new("CvmfsProxyDown", "ticket", 6, ["up{px1,job=cvmfs-proxy,instance=p} 0"], ["up{px1,job=cvmfs-proxy,instance=p} 1"]),
        new("CvmfsProxyDown", "page", 6, ["up{px2,job=cvmfs-proxy,instance=p} 0"], ["up{px2,job=cvmfs-proxy,instance=p} 1"]),
        new("CvmfsProxyDown", "ticket", 6, ["up{px1,job=cvmfs-proxy,instance=p} 1", "cvmfs_probe_proxy_up{px1,instance=q} 0"], ["up{px1,job=cvmfs-proxy,instance=p} 1", "cvmfs_probe_proxy_up{px1,instance=q} 1"]),
        new("CvmfsProxySaturated", "ticket", 15, [Proxy("active_requests", "", "95"), Proxy("concurrency_limit", "", "100")], [Proxy("active_requests", "", "10"), Proxy("concurrency_limit", "", "100")]),
        new("CvmfsProxySaturated", "ticket", 20, [Proxy("rejected_total", ",reason=overload", "0+1x100")], [Proxy("rejected_total", ",reason=acl", "0+1x100")]),
        new("CvmfsProxySaturated", "ticket", 15, [Proxy("open_files", "", "900"), Proxy("open_files_limit", "", "1000")], [Proxy("open_files", "", "100"), Proxy("open_files_limit", "", "1000")]),
        new("CvmfsProxyHitRatioDrop", "info", 420, [Asked("hit", "0+540x240 129780+180x300"), Asked("miss", "0+60x240 14820+420x300")], [Asked("hit", "0+540x600"), Asked("miss", "0+60x600")]),
        new("CvmfsProxyHitRatioDrop", "ticket", 130, [Asked("hit", "0+60x600"), Asked("miss", "0+540x600")], [Asked("miss", "0+0x59 1+0x59 2+0x100")]), // idle: one request an hour, all of them misses
        new("CvmfsProxyHitRatioDrop", "info", 420, [Asked("hit", "0+540x240 129780+180x300"), Asked("miss", "0+60x240 14820+420x300")], [Asked("hit", "0+0x59 1+0x400"), Asked("miss", "0+0x119 1+0x59 2+0x59 3+0x59 4+0x400")]),
        new("CvmfsProxyNoUpstream", "page", 5, [Proxy("upstream_up", ",exported_server=s1-a", "0"), Proxy("upstream_up", ",exported_server=s1-b", "0")], [Proxy("upstream_up", ",exported_server=s1-a", "0"), Proxy("upstream_up", ",exported_server=s1-b", "1")]),
        new("CvmfsProxyObjectsCorrupt", "ticket", 10, [Proxy("hash_mismatch_total", ",exported_server=s1-a", "0+0x3 1+0x50")], [Proxy("hash_mismatch_total", ",exported_server=s1-a", "1")]),

        new("CvmfsProberBlind", "ticket", 8, ["cvmfs_probe_vantage_online{eu} 0", "cvmfs_probe_vantage_online{us} 1"], ["cvmfs_probe_vantage_online{eu} 1", "cvmfs_probe_vantage_online{us} 1"]),
        new("CvmfsProberStale", "ticket", 20, ["cvmfs_probe_last_run_timestamp_seconds{s1-a,eu} -700", "cvmfs_probe_up{s1-a,eu} 1"], ["cvmfs_probe_last_run_timestamp_seconds{s1-a,eu} 0+60x200", "cvmfs_probe_up{s1-a,eu} 1"]),
        new("CvmfsProberStale", "ticket", 20, ["cvmfs_probe_vantage_online{eu} 1"], ["cvmfs_probe_up{s1-a,eu} 1"]),
        new("CvmfsFleetDrift", "info", 1450, ["cvmfs_fleet_drift_items{kind=dns} 2"], ["cvmfs_fleet_drift_items{kind=dns} 0"]),
    ];

    private static string Bucket(string bound, string values) => $"cvmfs_probe_request_duration_seconds_bucket{{s1-a,eu,endpoint=manifest,le={bound}}} {values}";

    private static string Revision(string server, int revision) => $"cvmfs_probe_repository_revision{{{server},soft,*}} {revision}";

    private static string Issued(int at) => $"cvmfs_probe_whitelist_issued_timestamp_seconds{{s1-a,soft,*}} {at}";

    private static string Expires(int at, string server = "s1-a") => $"cvmfs_probe_whitelist_expiry_timestamp_seconds{{{server},soft,*}} {at}";

    private static string Samples(string outcome, string values) => $"cvmfs_probe_object_samples_total{{s1-a,soft,*,kind=chunk,outcome={outcome}}} {values}";

    private static string Replica(string name, string labels, string values) => $"cvmfs_replica_{name}{{s1-a,soft,instance=x{labels}}} {values}";

    private static string Storage(string name, string values) => $"cvmfs_replica_storage_{name}_bytes{{s1-a,instance=x,volume=/srv}} {values}";

    private static string Proxy(string name, string labels, string values) => $"cvmfs_cacheproxy_{name}{{px1,instance=p{labels}}} {values}";

    private static string Asked(string result, string values) => $"cvmfs_cacheproxy_requests_total{{px1,instance=p,endpoint=chunk,result={result}}} {values}";
}
