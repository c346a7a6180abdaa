using System.Net.Sockets;
using Cvmfs.Net.Diagnostics;
using Cvmfs.Net.Monitoring.Tracking;

namespace Cvmfs.Net.Monitoring.Reporting;

/// <summary>Metrics of geo API, names, addresses and TLS.</summary>
internal static class NetworkFamilies
{
    public static void Write(PrometheusText text, FleetView view, MetricsOptions options)
    {
        text.Family("cvmfs_probe_geo_up", PrometheusText.Gauge, "Whether the geo API gives valid answers.");
        foreach (var server in view.Servers.Where(server => server.Geo.Count > 0))
        {
            text.Sample("cvmfs_probe_geo_up", options.LabelsOf(server), server.Geo.All(geo => geo.Error == ErrorClass.None) ? 1 : 0);
        }

        text.Family("cvmfs_probe_geo_order_correct", PrometheusText.Gauge, "Whether the answer is the order of distances; absent where places are not known.");
        foreach (var server in view.Servers)
        {
            foreach (var geo in server.Geo.Where(geo => geo.IsRight is not null))
            {
                text.Sample("cvmfs_probe_geo_order_correct", PrometheusText.Labels(options.LabelsOf(server), ("set", geo.Query.Set)), geo.IsRight == true ? 1 : 0);
            }
        }

        text.Family("cvmfs_probe_geo_database_timestamp_seconds", PrometheusText.Gauge, "Date of the geo database.");
        foreach (var server in view.Servers)
        {
            if (server.Listing?.LastGeoDbUpdate?.Time is { } database) text.Sample("cvmfs_probe_geo_database_timestamp_seconds", options.LabelsOf(server), database.ToUnixTimeSeconds());
        }

        Dns("cvmfs_probe_dns_up", "Whether the name has addresses of the family, or of the other one where it has none of this.", static (network, one) => network.Dns.Any(other => other.Addresses.Count > 0) && one.Detail is null ? 1 : 0);
        Dns("cvmfs_probe_dns_lookup_duration_seconds", "Duration of the last look-up.", static (_, one) => one.Duration.TotalSeconds);
        Dns("cvmfs_probe_dns_addresses", "Number of addresses.", static (_, one) => one.Addresses.Count);
        Addresses("cvmfs_probe_addresses_up", "Number of addresses that answer.", static address => address.IsUp);
        Addresses("cvmfs_probe_addresses_down", "Number of addresses that do not.", static address => !address.IsUp);

        text.Family("cvmfs_probe_tls_certificate_not_after_timestamp_seconds", PrometheusText.Gauge, "Earliest end in the chain of the server's certificate.");
        foreach (var server in view.Servers)
        {
            if (server.Network?.Tls is { } tls) text.Sample("cvmfs_probe_tls_certificate_not_after_timestamp_seconds", options.LabelsOf(server), tls.NotAfter.ToUnixTimeSeconds());
        }

        text.Family("cvmfs_probe_tls_info", PrometheusText.Gauge, "Version of TLS.");
        foreach (var server in view.Servers)
        {
            if (server.Network?.Tls is { } tls) text.Sample("cvmfs_probe_tls_info", PrometheusText.Labels(options.LabelsOf(server), ("version", tls.Version)), 1);
        }

        void Dns(string name, string help, Func<NetworkReport, DnsReport, double> value)
        {
            text.Family(name, PrometheusText.Gauge, help);
            foreach (var server in view.Servers)
            {
                foreach (var one in server.Network?.Dns ?? []) text.Sample(name, PrometheusText.Labels(options.LabelsOf(server), ("family", Family(one.Family))), value(server.Network!, one));
            }
        }

        void Addresses(string name, string help, Func<AddressReport, bool> isCounted)
        {
            text.Family(name, PrometheusText.Gauge, help);
            foreach (var server in view.Servers)
            {
                foreach (var family in (server.Network?.Addresses ?? []).GroupBy(address => address.Address.AddressFamily))
                {
                    text.Sample(name, PrometheusText.Labels(options.LabelsOf(server), ("family", Family(family.Key))), family.Count(isCounted));
                }
            }
        }
    }

    /// <summary>Spelling of a family in labels.</summary>
    public static string Family(AddressFamily family) => family switch
    {
        AddressFamily.InterNetwork => "ipv4",
        AddressFamily.InterNetworkV6 => "ipv6",
        _ => "unknown",
    };
}
