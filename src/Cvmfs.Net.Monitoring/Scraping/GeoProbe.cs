using System.Text;

namespace Cvmfs.Net.Monitoring.Scraping;

/// <summary>Asks a server's geo API.</summary>
internal static class GeoProbe
{
    private const int MaxBytes = 4 << 10;

    /// <summary>Asks one question, below a repository that the server has.</summary>
    public static async Task<GeoReport> AskAsync(EndpointClient client, Uri baseUrl, string repositoryPath, GeoQuery query, TimeProvider clock)
    {
        string hosts = string.Join(',', query.Hosts.Select(host => host.Name));
        var url = new Uri($"{baseUrl.AbsoluteUri.TrimEnd('/')}{repositoryPath}/api/v1.0/geo/{query.Anchor.Name}/{hosts}");
        var (body, error, detail, report) = await client.GetAsync(new Asked("geo", url), MaxBytes).ConfigureAwait(false);
        var answer = new GeoReport { Query = query, AskedAt = clock.GetUtcNow(), Error = error, Detail = detail };
        if (body is null) return answer;
        string text = Encoding.Latin1.GetString(body);
        if (query.ReadOrder(text) is { } order) return answer with { Order = order, IsRight = query.IsRight(order) };

        string shown = text.Length > 64 ? text[..64] + "…" : text;
        detail = $"\"{shown.TrimEnd()}\" is no order of {query.Hosts.Count} hosts; expected each of 1 to {query.Hosts.Count} once";
        client.Reject(report, ErrorClass.GeoInvalid, detail);
        return answer with { Error = ErrorClass.GeoInvalid, Detail = detail };
    }
}
