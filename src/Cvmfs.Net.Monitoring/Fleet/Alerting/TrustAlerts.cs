using static Cvmfs.Net.Monitoring.Fleet.Alerting.AlertLevel;

namespace Cvmfs.Net.Monitoring.Fleet.Alerting;

/// <summary>Whether clients will believe what they get, today and tomorrow.</summary>
internal static class TrustAlerts
{
    private const string Expiry = "cvmfs_probe_whitelist_expiry_timestamp_seconds";

    private const string CertificateEnd = "cvmfs_probe_signing_certificate_not_after_timestamp_seconds";

    public static AlertGroup Group { get; } = new(
        "cvmfs-trust",
        "Trust",
        """
        When a whitelist expires, every client stops, everywhere and at once. Whoever can sign a new one may be on holiday, so the first alert comes early: at a
        third of the whitelist's own life, or three days before its end, whichever is earlier. A week's list and a month's list are thus judged alike. A
        signature that does not hold is corruption or an attack, and nobody should wait for the morning to find out which; two observers must see it.
        """,
        [
            new(
                "CvmfsWhitelistExpiring",
                "30m",
                "The whitelist of {{ $labels.repository }} on {{ $labels.server }} expires soon",
                "All clients stop at its expiry, and signing it again takes a person with a card or a key.",
                "The holder of the master key signs it again; then look whether replicas have the new one. `fleet calendar` has the dates.",
                Ticket($"cvmfs:whitelist_left_ratio < 0.34 or {Expiry} - time() < 72 * 3600")) { IsProbed = true },
            new(
                "CvmfsWhitelistCritical",
                "",
                "The whitelist of {{ $labels.repository }} on {{ $labels.server }} expires in {{ $value | humanizeDuration }}",
                "All clients stop at its expiry.",
                "Call the holder of the key, who is named in the fleet file.",
                Page($"{Expiry} - time() < 24 * 3600")) { IsProbed = true },
            new(
                "CvmfsWhitelistReplicaOld",
                "1h",
                "The whitelist of {{ $labels.repository }} on {{ $labels.server }} is {{ $value | humanizeDuration }} older than the newest",
                "The replica, or a cache before it, holds on to an old whitelist; its clients will stop before the others.",
                "Take a snapshot by hand; purge the cache before it.",
                Ticket($"max by (repository) ({AlertText.Seen(Expiry)}) - on(repository) group_right() max by (server, repository) ({AlertText.Seen(Expiry)}) > 3600")),
            new(
                "CvmfsSigningCertificateExpiring",
                "1h",
                "The certificate that signs {{ $labels.repository }} ends in {{ $value | humanizeDuration }}",
                "Clients do not look at its end, but tools do, and who lets it pass has lost track of the key.",
                "Issue a new one; put its fingerprint on the whitelist, and let replicas have that, before it signs anything.",
                Ticket($"{CertificateEnd} - time() < 30 * 86400"),
                Page($"{CertificateEnd} - time() < 7 * 86400")) { IsProbed = true },
            new(
                "CvmfsSignatureInvalid",
                "4m",
                "The signature of {{ $labels.repository }} on {{ $labels.server }} does not hold",
                "The manifest is corrupt, or somebody changed it.",
                "Fetch it over two networks and compare hashes; look at other servers; tell the owner.",
                Page("cvmfs_probe_manifest_signature_valid == 0")) { IsProbed = true },
            new(
                "CvmfsUnknownMasterKey",
                "10m",
                "The whitelist of {{ $labels.repository }} on {{ $labels.server }} is signed by no key of the fleet file",
                "Somebody else signed it, or a key was rotated and the fleet file does not know.",
                "Was a rotation announced? Compare the fingerprint with the holder's by telephone.",
                Page("cvmfs_probe_whitelist_valid == 0 unless on(server, repository, vantage) cvmfs_probe_master_key_info")) { IsProbed = true },
        ]);
}
