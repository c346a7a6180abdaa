using System.Text;
using Cvmfs.Net.Diagnostics;
using Stratum1Replicator.Operation;

namespace Stratum1Replicator.Web;

/// <summary>Status, metrics and health. All but health is answered on the administrator's addresses only; elsewhere it does not exist.</summary>
internal sealed class AdminEndpoints(ReplicaHost host, DiskWatch disks, ConfigurationProblem configuration, PrometheusExposition metrics, TimeProvider time)
{
    private const string Html = "text/html; charset=utf-8";
    private const string Json = "application/json";

    private readonly DateTimeOffset _startedAt = time.GetUtcNow();
    private readonly byte[] _style = Resource("status.css");
    private readonly byte[] _script = Resource("status.js");

    public void Map(IEndpointRouteBuilder endpoints)
    {
        string[] methods = [HttpMethods.Get, HttpMethods.Head];
        endpoints.MapMethods("/healthz", methods, (RequestDelegate)HealthAsync).WithOrder(-1); // the server has one, too, that knows of less
        endpoints.MapMethods("/metrics", methods, Guard(context => AnswerAsync(context, metrics.Collect(), PrometheusExposition.ContentType)));
        endpoints.MapMethods("/status", methods, Guard(StatusAsync));
        endpoints.MapMethods("/status.json", methods, Guard(context => AnswerAsync(context, StatusJson.Status(View()), Json)));
        endpoints.MapMethods("/status/style.css", methods, Guard(context => AnswerAsync(context, _style, "text/css; charset=utf-8")));
        endpoints.MapMethods("/status/live.js", methods, Guard(context => AnswerAsync(context, _script, "text/javascript; charset=utf-8")));
        endpoints.MapMethods("/", methods, Guard(context =>
        {
            context.Response.Redirect("/status");
            return Task.CompletedTask;
        }));
    }

    /// <summary>Lets requests through that came by an address of the administrator; to others there is nothing.</summary>
    public static RequestDelegate Guard(RequestDelegate handle) => context =>
    {
        if (WebAddress.IsAdmin(context)) return handle(context);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentLength = 0;
        return Task.CompletedTask;
    };

    /// <summary>The state of everything now.</summary>
    public StatusView View()
    {
        var now = time.GetUtcNow();
        return new StatusView
        {
            Host = Environment.MachineName,
            Now = now,
            StartedAt = _startedAt,
            Conditions = HealthEvaluation.Of(host, disks, configuration.Current, now),
            Replicas = [.. host.Replicas.Select(hosted => ReplicaView.Of(hosted, now))],
            Disks = [.. disks.Volumes.Select(volume => (volume, disks.LevelOf(volume)))],
        };
    }

    private static byte[] Resource(string name)
    {
        using var stream = typeof(AdminEndpoints).Assembly.GetManifestResourceStream(name)!;
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    private static Task AnswerAsync(HttpContext context, ReadOnlyMemory<byte> body, string contentType)
    {
        var headers = context.Response.Headers;
        headers.ContentType = contentType;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        headers["Referrer-Policy"] = "no-referrer";
        headers.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    private Task HealthAsync(HttpContext context)
    {
        var conditions = HealthEvaluation.Of(host, disks, configuration.Current, time.GetUtcNow());
        if (HealthEvaluation.LevelOf(conditions) == HealthLevel.Failed) context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return AnswerAsync(context, StatusJson.Health(conditions), Json);
    }

    private Task StatusAsync(HttpContext context)
    {
        context.Response.Headers.Vary = "Accept";
        // A browser names HTML; who names JSON or nothing is a program.
        string accept = context.Request.Headers.Accept.ToString();
        return accept.Contains("text/html", StringComparison.OrdinalIgnoreCase)
            ? AnswerAsync(context, Encoding.UTF8.GetBytes(StatusPage.Render(View())), Html)
            : AnswerAsync(context, StatusJson.Status(View()), Json);
    }
}
