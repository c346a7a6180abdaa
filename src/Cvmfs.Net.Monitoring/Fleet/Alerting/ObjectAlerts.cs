using static Cvmfs.Net.Monitoring.Fleet.Alerting.AlertLevel;

namespace Cvmfs.Net.Monitoring.Fleet.Alerting;

/// <summary>Whether what manifests promise is there and whole.</summary>
internal static class ObjectAlerts
{
    public static AlertGroup Group { get; } = new(
        "cvmfs-objects",
        "Objects",
        """
        A manifest says little if what it names is not there. Observers fetch the root catalog of every repository and a few drawn objects, and hash them. One
        missing object among a handful of draws means many more; it is seldom urgent, for clients take it from elsewhere. A root catalog that is missing
        is: nothing of the repository can be mounted from that server.
        """,
        [
            new(
                "CvmfsRootCatalogMissing",
                "4m",
                "{{ $labels.server }} has no root catalog of {{ $labels.repository }}",
                "The repository cannot be mounted from this server, though its manifest looks well.",
                "Put the manifest before this one back, or replicate again.",
                Page("cvmfs_probe_root_catalog_available == 0")) { IsProbed = true },
            new(
                "CvmfsObjectsMissing",
                "",
                "{{ $value | humanize }} sampled objects of {{ $labels.repository }} are missing on {{ $labels.server }}",
                "A sampled miss stands for many.",
                "Check the whole tree, and repair it from another replica: `replica check --repair`.",
                Ticket($"{Increase("missing")} > 0"),
                Page($"{Increase("missing")} > 5")),
            new(
                "CvmfsObjectsCorrupt",
                "",
                "{{ $value | humanize }} sampled objects of {{ $labels.repository }} are corrupt on {{ $labels.server }}",
                "Files of double or no length happen after full disks and broken transfers. Clients notice, and try elsewhere.",
                "Find out where it is damaged: the server's disk, a CDN or a proxy on the way.",
                Ticket($"{Increase("corrupt")} > 0")),
        ]);

    private static string Increase(string outcome)
        => $"sum by (server, repository) (increase(cvmfs_probe_object_samples_total{{outcome=\"{outcome}\"}}[1h]) and {AlertText.Online})";
}
