using System.Globalization;
using System.Text;
using Cvmfs.Net.Proxy.Diagnostics;

namespace Cvmfs.Net.Proxy.Administration;

/// <summary>The numbers of the usual exporter for squid, under its names, so that existing dashboards go on.</summary>
internal static class SquidMetrics
{
    /// <summary>The text in Prometheus' format.</summary>
    public static byte[] Of(ProxyStatus status)
    {
        long requests = status.Requests.Sum(), hits = Sum(status.Requests, RequestResult.Hit, RequestResult.Revalidated, RequestResult.Stale, RequestResult.Collapsed);
        long errors = Sum(status.Requests, RequestResult.Error), fetched = Sum(status.Requests, RequestResult.Miss, RequestResult.Bypass);
        var text = new StringBuilder();
        Add("squid_up", "gauge", "Whether the proxy answers.", 1);
        Add("squid_client_http_requests_total", "counter", "Requests of clients.", requests);
        Add("squid_client_http_hits_total", "counter", "Requests that needed no server.", hits);
        Add("squid_client_http_errors_total", "counter", "Requests without a usable answer.", errors);
        Add("squid_client_http_kbytes_out_kbytes_total", "counter", "Kilobytes sent to clients.", status.Sent.Sum() / 1024);
        Add("squid_client_http_hit_kbytes_out_bytes_total", "counter", "Kilobytes sent to clients without a server.", Sum(status.Sent, RequestResult.Hit, RequestResult.Revalidated, RequestResult.Stale, RequestResult.Collapsed) / 1024);
        Add("squid_server_http_requests_total", "counter", "Requests to servers.", Math.Max(fetched, status.Servers.Sum(server => server.Requests)));
        Add("squid_server_http_errors_total", "counter", "Requests to servers that failed.", status.Servers.Sum(server => server.Failures));
        Add("squid_server_http_kbytes_in_kbytes_total", "counter", "Kilobytes of servers that were passed on, about.", Sum(status.Sent, RequestResult.Miss, RequestResult.Bypass) / 1024);
        return Encoding.UTF8.GetBytes(text.ToString());

        void Add(string name, string type, string help, long value)
            => text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n{name} {value}\n");
    }

    private static long Sum(long[] values, params ReadOnlySpan<RequestResult> results)
    {
        long sum = 0;
        foreach (var result in results) sum += values[(int)result];
        return sum;
    }
}
