// The web side of a monitor. Pages are made from the last round, metrics from the last look. Only /probe and servermon's API wait for servers,
// which is their purpose: for those of the fleet, those that servermon's file names, and with AllowAnyTarget any that /probe is told.
//
//   /  status.json  history.json  incidents.json  feed.atom  badge.*       the last round
//   /revisions  /api/v0/revisions?repository=  /api/v0/scrapes?server=     the history
//   /metrics                                                               the last look at every server
//   /probe?target=  /cvmfsmon/api/…                                        there and then
//   /healthz                                                               whether rounds are made
//   admin listener: all of it, private details and servers included, and /silences
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Cvmfs.Net.Monitoring.Reporting;
using Cvmfs.Net.Monitoring.Servermon;
using Cvmfs.Net.Monitoring.Serving;
using Cvmfs.Net.Monitoring.StatusPage;
using Cvmfs.Net.Monitoring.StatusPage.Rendering;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Cvmfs.Net.Monitoring.Web;

/// <summary>Serves a monitor's pages, metrics and interfaces.</summary>
public sealed class MonitorWeb : IDisposable
{
    private const int MinGzipBytes = 1024;
    private const int MaxSilenceBytes = 64 << 10;
    private const int UsualRevisions = 50;
    private const int MaxRevisions = 200;
    private const string Json = "application/json";
    private static readonly TimeSpan s_probeBudget = TimeSpan.FromSeconds(30);

    private readonly FleetMonitor _monitor;
    private readonly MonitorWebOptions _options;
    private readonly TargetProbe _probe;

    /// <summary>Serves a monitor, which the caller runs and disposes.</summary>
    public MonitorWeb(FleetMonitor monitor, MonitorWebOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(monitor);
        (_monitor, _options) = (monitor, options ?? new MonitorWebOptions());
        _probe = new TargetProbe(() => monitor.Fleet, monitor.Options.Scraping, monitor.Allowances, _options.AllowAnyTarget);
    }

    /// <summary>Answers every request of an application that nothing before it has answered.</summary>
    /// <param name="app">The application.</param>
    /// <param name="isAdmin">Whether it listens where only administrators come: private details are shown, and silences taken.</param>
    public void Run(IApplicationBuilder app, bool isAdmin = false) => app.Run(context => HandleAsync(context, isAdmin));

    /// <inheritdoc/>
    public void Dispose() => _probe.Dispose();

    private Task HandleAsync(HttpContext context, bool isAdmin)
    {
        string path = context.Request.Path.Value ?? "/";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (isAdmin && (path == "/silences" || path.StartsWith("/silences/", StringComparison.Ordinal))) return HandleSilencesAsync(context, path);
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            return SendAsync(context, 405, null, "only GET and HEAD\n");
        }

        if (path.StartsWith("/cvmfsmon/", StringComparison.Ordinal) && _options.Servermon is { } servermon) return ServermonAsync(context, servermon, path);
        return path switch
        {
            "/metrics" => SendAsync(context, 200, MetricsReport.ContentType, _monitor.WriteMetrics()),
            "/probe" => ProbeAsync(context),
            "/healthz" => _monitor.IsFresh ? SendAsync(context, 200, "text/plain", "ok\n") : SendAsync(context, 503, "text/plain", _monitor.Snapshot is null ? "starting\n" : "the last round is old\n"),
            "/page.css" => PageFileAsync(context, "text/css; charset=utf-8", StatusPageResources.Read("page.css")),
            "/page.js" => PageFileAsync(context, "text/javascript; charset=utf-8", StatusPageResources.Read("page.js")),
            "/api/v0/scrapes" => ScrapesAsync(context, isAdmin),
            "/revisions" => RevisionsAsync(context, isAdmin, asJson: false),
            "/api/v0/revisions" => RevisionsAsync(context, isAdmin, asJson: true),
            _ => PageAsync(context, path, isAdmin),
        };
    }

    private Task PageAsync(HttpContext context, string path, bool isAdmin)
    {
        if (path is not ("/" or "/index.html" or "/status.json" or "/history.json" or "/incidents.json" or "/feed.atom" or "/badge.svg" or "/badge.json")) return SendAsync(context, 404, "text/plain", "not found\n");
        if (_monitor.Snapshot is not { } snapshot)
        {
            context.Response.Headers.RetryAfter = "5";
            return SendAsync(context, 503, "text/plain", "The servers are being looked at for the first time.\n");
        }

        var page = isAdmin ? snapshot.All : snapshot.Public;
        return path switch
        {
            "/status.json" => PageFileAsync(context, Json, Encoding.UTF8.GetString(StatusPageJson.Write(page))),
            "/history.json" => PageFileAsync(context, Json, Encoding.UTF8.GetString(page.History.ToBytes())),
            "/incidents.json" => PageFileAsync(context, Json, IncidentsJson.Write(snapshot.Incidents.Where(incident => isAdmin || IncidentsJson.IsPublic(incident, _monitor.Fleet)), isAdmin)),
            "/feed.atom" => PageFileAsync(context, "application/atom+xml", StatusPageFeed.Write(page)),
            "/badge.svg" => PageFileAsync(context, "image/svg+xml", StatusBadge.WriteSvg(page)),
            "/badge.json" => PageFileAsync(context, Json, Encoding.UTF8.GetString(StatusBadge.WriteJson(page))),
            _ => PageFileAsync(context, "text/html; charset=utf-8", StatusPageHtml.Write(page, showPrivate: isAdmin || _monitor.Options.ShowPrivate)),
        };
    }

    private static Task PageFileAsync(HttpContext context, string type, string body)
    {
        context.Response.Headers.CacheControl = "max-age=30";
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        return SendAsync(context, 200, type, body);
    }

    private async Task ProbeAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var budget = s_probeBudget;
        if (double.TryParse(context.Request.Headers["X-Prometheus-Scrape-Timeout-Seconds"], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds is > 1 and < 30)
        {
            budget = TimeSpan.FromSeconds(seconds - 0.5); // the answer takes time, too
        }

        var (status, text) = await _probe.RunAsync(query["target"], query.TryGetValue("module", out var module) ? module.ToString() : null, budget, context.RequestAborted).ConfigureAwait(false);
        await SendAsync(context, status, status == 200 ? MetricsReport.ContentType : "text/plain", text).ConfigureAwait(false);
    }

    private static async Task ServermonAsync(HttpContext context, ServermonApi servermon, string path)
    {
        bool acceptsJson = context.Request.Headers.Accept.ToString().Contains(Json, StringComparison.OrdinalIgnoreCase);
        var answer = await servermon.AnswerAsync(path, context.Request.QueryString.Value, acceptsJson, context.RequestAborted).ConfigureAwait(false);
        context.Response.Headers.CacheControl = ServermonResponse.CacheControl;
        await SendAsync(context, answer.Status, answer.ContentType, answer.Body).ConfigureAwait(false);
    }

    private Task ScrapesAsync(HttpContext context, bool isAdmin)
    {
        string? server = context.Request.Query["server"];
        if (!_monitor.Fleet.Servers.Any(one => one.Target.Name == server && (isAdmin || one.IsPublic))) return SendAsync(context, 404, "text/plain", "there is no such server\n");
        int limit = int.TryParse(context.Request.Query["limit"], NumberStyles.None, CultureInfo.InvariantCulture, out int wanted) ? Math.Clamp(wanted, 1, 1000) : 100;
        return PageFileAsync(context, Json, IncidentsJson.WriteScrapes(_monitor.Database.ReadScrapes(server!, limit)));
    }

    /// <summary>So many revisions at a time, as far as the servers go that may be seen.</summary>
    private Task RevisionsAsync(HttpContext context, bool isAdmin, bool asJson)
    {
        var query = context.Request.Query;
        string repository = query["repository"].ToString();
        if (_monitor.Snapshot is not { } snapshot) return SendAsync(context, 503, "text/plain", "The servers are being looked at for the first time.\n");
        var page = isAdmin ? snapshot.All : snapshot.Public;
        if (!page.Repositories.Any(one => one.Name.ToString() == repository)) return SendAsync(context, 404, "text/plain", "there is no such repository\n");
        int limit = int.TryParse(query["limit"], NumberStyles.None, CultureInfo.InvariantCulture, out int wanted) ? Math.Clamp(wanted, 1, MaxRevisions) : UsualRevisions;
        ulong? before = ulong.TryParse(query["before"], NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : null;

        var servers = _monitor.Fleet.Servers.Where(server => isAdmin || server.IsPublic).Select(server => server.Target.Name).ToHashSet(StringComparer.Ordinal);
        var read = _monitor.Database.ReadRevisions(repository, limit + (before is null ? 1 : 2), before); // with one before, for how long the first was the newest, and one behind
        var numbers = read.Select(record => record.Revision).Where(revision => before is null || revision < before).Distinct().ToList();
        ulong? next = numbers.Count > limit ? numbers[limit - 1] : null;
        List<RevisionRecord> shown = [.. RevisionRecord.Of(read, servers.Contains).Where(record => (before is null || record.Revision < before) && (next is null || record.Revision >= next))];
        return asJson
            ? PageFileAsync(context, Json, RevisionsJson.Write(repository, shown, next))
            : PageFileAsync(context, "text/html; charset=utf-8", RevisionsHtml.Write(page.Configuration.Title, repository, shown, next is null ? null : RevisionsHtml.UrlOf(repository, next, limit), _monitor.Clock.GetUtcNow()));
    }

    private async Task HandleSilencesAsync(HttpContext context, string path)
    {
        string method = context.Request.Method;
        if (HttpMethods.IsGet(method) && path == "/silences")
        {
            await SendAsync(context, 200, Json, Encoding.UTF8.GetString(_monitor.Silences.Write())).ConfigureAwait(false);
        }
        else if (HttpMethods.IsPost(method) && path == "/silences")
        {
            // A page elsewhere can make a browser send a form, but not this type without asking first.
            if (context.Request.ContentType?.StartsWith(Json, StringComparison.OrdinalIgnoreCase) != true) await SendAsync(context, 415, "text/plain", "expected application/json\n").ConfigureAwait(false);
            else await AddSilenceAsync(context).ConfigureAwait(false);
        }
        else if (HttpMethods.IsDelete(method) && path.Length > "/silences/".Length)
        {
            bool isGone = _monitor.Silences.Remove(path["/silences/".Length..]);
            await SendAsync(context, isGone ? 204 : 404, null, "").ConfigureAwait(false);
        }
        else
        {
            context.Response.Headers.Allow = path == "/silences" ? "GET, POST" : "DELETE";
            await SendAsync(context, 405, null, "").ConfigureAwait(false);
        }
    }

    private async Task AddSilenceAsync(HttpContext context)
    {
        if (context.Request.ContentLength is null or > MaxSilenceBytes)
        {
            await SendAsync(context, 413, "text/plain", $"expected a length of at most {MaxSilenceBytes} bytes\n").ConfigureAwait(false);
            return;
        }

        byte[] body = new byte[context.Request.ContentLength.Value];
        await context.Request.Body.ReadExactlyAsync(body, context.RequestAborted).ConfigureAwait(false);
        try
        {
            string id = _monitor.Silences.Add(body);
            await SendAsync(context, 201, Json, $"{{\"id\":\"{id}\"}}\n").ConfigureAwait(false);
        }
        catch (CvmfsFormatException odd)
        {
            await SendAsync(context, 400, "text/plain", odd.Message + "\n").ConfigureAwait(false);
        }
    }

    private static async Task SendAsync(HttpContext context, int status, string? type, string text)
    {
        var response = context.Response;
        byte[] body = Encoding.UTF8.GetBytes(text);
        response.StatusCode = status;
        if (type is not null) response.ContentType = type;
        if (body.Length >= MinGzipBytes)
        {
            response.Headers.Vary = "Accept-Encoding";
            if (AcceptsGzip(context.Request.Headers.AcceptEncoding))
            {
                response.Headers.ContentEncoding = "gzip";
                body = Compress(body);
            }
        }

        if (status == 204) return;
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method)) await response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
    }

    private static bool AcceptsGzip(StringValues accepted)
        => accepted.ToString().Split(',').Select(item => item.Replace(" ", "", StringComparison.Ordinal)).Any(item => item is "gzip" or "*" || (item.StartsWith("gzip;q=", StringComparison.Ordinal) && item is not ("gzip;q=0" or "gzip;q=0.0")));

    private static byte[] Compress(byte[] body)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(body);
        return packed.ToArray();
    }
}
