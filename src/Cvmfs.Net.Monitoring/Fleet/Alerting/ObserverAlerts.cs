using static Cvmfs.Net.Monitoring.Fleet.Alerting.AlertLevel;

namespace Cvmfs.Net.Monitoring.Fleet.Alerting;

/// <summary>Whether anybody watches.</summary>
internal static class ObserverAlerts
{
    public static AlertGroup Group { get; } = new(
        "cvmfs-observers",
        "Observers",
        """
        Monitoring that has stopped looks like a healthy world. An observer that reaches none of its control targets is blind: what it says of servers counts
        for nothing, and only that it is blind is told. Besides these, let something outside expect a sign of life from Alertmanager.
        """,
        [
            new(
                "CvmfsProberBlind",
                "5m",
                "The observer{{ with $labels.vantage }} {{ . }}{{ end }} reaches nothing",
                "What it says of servers does not count; with all observers blind, nobody watches.",
                "Look at the network of the observer.",
                Ticket("max by (vantage) (cvmfs_probe_vantage_online) == 0")) { Subject = AlertSubject.Observer },
            new(
                "CvmfsProberStale",
                "5m",
                "The observer{{ with $labels.vantage }} {{ . }}{{ end }} has not run for a while",
                "Its figures are old, and look as well as ever.",
                "Look at its service, and at the job that scrapes it.",
                Ticket("time() - max by (vantage) (cvmfs_probe_last_run_timestamp_seconds) > 600 or absent(cvmfs_probe_up)")) { Subject = AlertSubject.Observer },
            new(
                "CvmfsFleetDrift",
                "1d",
                "{{ $value }} things differ from the fleet file: {{ $labels.kind }}",
                "Lists that are in use disagree, and one of them will be edited by somebody who believes it.",
                "`fleet drift` names them; make the outputs again, or correct the file.",
                Info("max by (kind) (cvmfs_fleet_drift_items) > 0")) { Subject = AlertSubject.Observer },
        ]);
}
