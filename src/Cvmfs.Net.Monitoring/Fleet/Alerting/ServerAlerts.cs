using static Cvmfs.Net.Monitoring.Fleet.Alerting.AlertLevel;

namespace Cvmfs.Net.Monitoring.Fleet.Alerting;

/// <summary>Whether servers answer, and how many are left.</summary>
internal static class ServerAlerts
{
    private const string PublicReplicas = "cvmfs:fleet_server_info{role=\"stratum1\",public=\"true\"}";

    public static AlertGroup Group { get; } = new(
        "cvmfs-servers",
        "Servers",
        """
        Clients fail over, so one dead replica is not an outage: it is a loss of capacity, and the way to one. What wakes people up is a server that the
        fleet file calls critical, and the state in which one more failure is an outage. Whether a server is up is agreed among the observers that are not
        blind themselves; when all are blind, nothing is said of any server.
        """,
        [
            new(
                "CvmfsServerDown",
                "6m",
                "{{ $labels.server }} does not answer",
                "Clients fail over, but capacity and latency suffer.",
                "Connect to each of its addresses; look at web server, disk, firewall and the provider's status.",
                ByTier("cvmfs:server_up:agreed == 0 and on(server) cvmfs:fleet_server_info{role=\"stratum1\"}")),
            new(
                "CvmfsAllReplicasDown",
                "3m",
                "None of the {{ $value }} public replicas of {{ $labels.environment }} answers",
                "New clients cannot mount anything.",
                "Declare an incident and say so on the status page; look at what the replicas share: DNS, CDN, network.",
                Page($"count by (environment) ({PublicReplicas} and on(server) cvmfs:server_up:agreed) unless on(environment) cvmfs:public_s1_up")) { Subject = AlertSubject.Environment },
            new(
                "CvmfsRedundancyLow",
                "10m",
                "{{ $value }} public replica of {{ $labels.environment }} is left",
                "One failure more is an outage.",
                "Bring a second replica back before any maintenance elsewhere.",
                Page($"cvmfs:public_s1_up < 2 and on(environment) count by (environment) ({PublicReplicas}) >= 2")) { Subject = AlertSubject.Environment },
            new(
                "CvmfsReferenceUnreachable",
                "15m",
                "{{ $labels.server }} does not answer: nothing new can be replicated",
                "Nothing can be published or replicated, and how far replicas are behind is not known. Silences the alerts of lag.",
                "Look at the server itself, then at the firewall between it and the observers.",
                Ticket("cvmfs:server_up:agreed == 0 and on(server) cvmfs:fleet_server_info{role=~\"stratum0|sync\"}")),
            new(
                "CvmfsServerSlow",
                "20m",
                "A tenth of the requests for manifests to {{ $labels.server }} take longer than {{ $value | humanizeDuration }}",
                "An early sign: clients leave a slow server later than a dead one.",
                "Look at load, disk and network of the server.",
                Info("histogram_quantile(0.9, sum by (le, server) (rate(cvmfs_probe_request_duration_seconds_bucket{endpoint=\"manifest\"}[15m]))) > 2")),
            new(
                "CvmfsClockSkew",
                "30m",
                "The clock of {{ $labels.server }} is off by {{ $value | humanizeDuration }}",
                "Its dates cannot be believed, and it misjudges expiry.",
                "Look at the time service of the server; then at that of the observer.",
                Info("abs(cvmfs_probe_clock_skew_seconds) > 60")) { IsProbed = true },
        ]);
}
