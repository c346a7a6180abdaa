using System.Security.Cryptography.X509Certificates;
using System.Text;
using Cvmfs.Net.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Monitoring.Tests;

/// <summary>Servers on loopback that serve one folder of repositories, each with its own fault.</summary>
internal sealed class FakeFleet : IAsyncDisposable
{
    private readonly List<WebApplication> _servers = [];
    private readonly TaskCompletionSource _never = new();

    /// <summary>Starts a server. The fault may answer; when it does not set <c>handled</c>, the folder does.</summary>
    public async Task<ScrapeTarget> AddAsync(string root, Func<HttpContext, Task<bool>>? fault = null, X509Certificate2? certificate = null, string listenOn = "127.0.0.1")
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        if (certificate is null) builder.WebHost.UseUrls($"http://{listenOn}:0");
        else builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Run(async context =>
        {
            if (fault is not null && await fault(context)) return;
            await ServeAsync(context, root);
        });
        await app.StartAsync();
        _servers.Add(app);
        return new ScrapeTarget(new Uri(app.Urls.Single()));
    }

    /// <summary>A fault for one path: another status or body.</summary>
    public static Func<HttpContext, Task<bool>> Answer(string ending, int status, string body = "") => Answer(ending, status, Encoding.UTF8.GetBytes(body));

    /// <summary>A fault for one path: another status or body.</summary>
    public static Func<HttpContext, Task<bool>> Answer(string ending, int status, byte[] body) => async context =>
    {
        if (!context.Request.Path.Value!.EndsWith(ending, StringComparison.Ordinal)) return false;
        context.Response.StatusCode = status;
        await context.Response.Body.WriteAsync(body);
        return true;
    };

    /// <summary>One fault, and where it does not apply another.</summary>
    public static Func<HttpContext, Task<bool>> Either(params Func<HttpContext, Task<bool>>[] faults) => async context =>
    {
        foreach (var fault in faults)
        {
            if (await fault(context)) return true;
        }

        return false;
    };

    /// <summary>A list of one replica.</summary>
    public static Func<HttpContext, Task<bool>> Lists(string name = "soft.example.org")
        => Answer("/repositories.json", 200, $$"""{"schema":1,"repositories":[],"replicas":[{"name":"{{name}}","url":"/cvmfs/{{name}}"}]}""");

    /// <summary>A certificate that nobody trusts.</summary>
    public static X509Certificate2 SelfSigned(string host)
    {
        using var key = System.Security.Cryptography.RSA.Create(2048);
        var request = new CertificateRequest($"CN={host}", key, System.Security.Cryptography.HashAlgorithmName.SHA256, System.Security.Cryptography.RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        if (System.Net.IPAddress.TryParse(host, out var address)) names.AddIpAddress(address);
        else names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2035, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null); // a key that the server may use
    }

    /// <summary>A fault for one path: a redirect.</summary>
    public static Func<HttpContext, Task<bool>> Redirect(string ending, Func<HttpContext, string> to) => context =>
    {
        bool matches = context.Request.Path.Value!.EndsWith(ending, StringComparison.Ordinal);
        if (matches)
        {
            context.Response.StatusCode = 302;
            context.Response.Headers.Location = to(context);
        }

        return Task.FromResult(matches);
    };

    /// <summary>Accepts and never answers, until the client gives up.</summary>
    public async Task<bool> Hang(HttpContext context)
    {
        await Task.WhenAny(_never.Task, Aborted(context));
        context.Abort();
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        _never.TrySetResult();
        foreach (var server in _servers) await server.DisposeAsync();
    }

    private static Task Aborted(HttpContext context)
    {
        var aborted = new TaskCompletionSource();
        context.RequestAborted.Register(aborted.SetResult);
        return aborted.Task;
    }

    private static async Task ServeAsync(HttpContext context, string root)
    {
        const string prefix = "/cvmfs/";
        string path = context.Request.Path.Value!;
        string file = Path.Combine(root, path.StartsWith(prefix, StringComparison.Ordinal) ? path[prefix.Length..] : "none");
        if (File.Exists(file)) await context.Response.Body.WriteAsync(await File.ReadAllBytesAsync(file));
        else context.Response.StatusCode = 404;
    }
}
