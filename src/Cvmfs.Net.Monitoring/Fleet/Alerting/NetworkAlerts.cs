using static Cvmfs.Net.Monitoring.Fleet.Alerting.AlertLevel;

namespace Cvmfs.Net.Monitoring.Fleet.Alerting;

/// <summary>Whether clients find the right server.</summary>
internal static class NetworkAlerts
{
    private const string TlsEnd = "cvmfs_probe_tls_certificate_not_after_timestamp_seconds";

    public static AlertGroup Group { get; } = new(
        "cvmfs-network",
        "Geo API, names and TLS",
        """
        These faults are quiet: clients still get their files, from the wrong continent or after a time-out. They are tickets, except for a certificate that
        ends within days, for then clients that use https stop.
        """,
        [
            new(
                "CvmfsGeoWrongOrder",
                "1h",
                "{{ $labels.server }} does not put the nearest server first",
                "Clients cross oceans for every file.",
                "Look at its location database, at the names it is asked for, and at headers that a CDN adds or takes away.",
                Ticket("cvmfs_probe_geo_order_correct == 0 and on(server, vantage) cvmfs_probe_geo_up == 1")) { IsProbed = true },
            new(
                "CvmfsGeoDown",
                "30m",
                "The geo API of {{ $labels.server }} gives no valid answer",
                "Clients fall back to the order of their configuration.",
                "Look at the process that answers it and at its database file.",
                Ticket("cvmfs_probe_geo_up == 0 and on(server) cvmfs:fleet_server_info{role=\"stratum1\",public=\"true\"}")) { IsProbed = true },
            new(
                "CvmfsGeoDatabaseOld",
                "1d",
                "The location database of {{ $labels.server }} is {{ $value | humanizeDuration }} old",
                "Its licence may ask for updates, and its answers get worse.",
                "Look at the updater and the account that it uses.",
                Info("time() - cvmfs_probe_geo_database_timestamp_seconds > 30 * 86400")) { IsProbed = true },
            new(
                "CvmfsDnsBroken",
                "10m",
                "The name of {{ $labels.server }} has no address",
                "Clients cannot find the server.",
                "Look at the zone, the registrar and the CDN.",
                Ticket("cvmfs_probe_dns_up == 0")) { IsProbed = true },
            new(
                "CvmfsDnsElsewhere",
                "10m",
                "The name of {{ $labels.server }} leads elsewhere than the fleet file says",
                "Clients are sent to the wrong machine, or the fleet file is out of date.",
                "`fleet drift` says what differs; correct the zone or the file.",
                Ticket("cvmfs_probe_dns_matches_fleet == 0")),
            new(
                "CvmfsAddressDown",
                "15m",
                "{{ $value }} addresses of {{ $labels.server }} do not answer, others do",
                "Clients that draw the dead address wait for a time-out.",
                "Take the record out, or repair the host; look whether one of the two families is dead.",
                Ticket("sum by (server, vantage) (cvmfs_probe_addresses_down) > 0 and sum by (server, vantage) (cvmfs_probe_addresses_up) > 0")) { IsProbed = true },
            new(
                "CvmfsTlsExpiring",
                "1h",
                "The TLS certificate of {{ $labels.server }} ends in {{ $value | humanizeDuration }}",
                "Clients and replicas that use https stop.",
                "Look at the job that renews it.",
                Ticket($"{TlsEnd} - time() < 14 * 86400"),
                Page($"{TlsEnd} - time() < 3 * 86400")) { IsProbed = true },
        ]);
}
