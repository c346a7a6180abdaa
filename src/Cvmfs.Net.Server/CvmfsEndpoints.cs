// The endpoints of a Stratum 0 or 1. One request goes through one decision:
//
//   raw target ► RequestPath (strict grammar, no disk) ─┬─ object, root file, statistics ► ServedContent ► ContentResponder
//                                                       ├─ info                          ► InfoResponder ► JSON
//                                                       ├─ api                           ► GeoEndpoint ► an order of servers
//                                                       └─ anything else                 ► 404, hardly cacheable
//
// Where AddCvmfsServer was called, plain requests for content are answered below all this: see Connections/.
// Must stay true
//   - Nothing outside RootFolder/<alias>/ can be named: the path that reaches the disk is made of characters the grammar allowed.
//   - Never 403, never a redirect, never a page: behind a proxy, clients take those for a broken proxy.
//   - Bytes leave as stored: no Content-Encoding, and Content-Length on every answer.
// Rules from: the reference server's web configuration, and the client's handling of status codes.
using Cvmfs.Net.Server.Objects;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Cvmfs.Net.Server;

/// <summary>Maps the URL space of a Stratum 0 or 1.</summary>
public static class CvmfsEndpoints
{
    /// <summary>Maps <c>/cvmfs/&lt;alias&gt;/…</c> with the geo API, <c>/cvmfs/info/v1/…</c>, <c>/health</c>, <c>/healthz</c> and <c>/robots.txt</c>, for a server that
    /// <see cref="CvmfsServerServices.AddCvmfsServer"/> has added.</summary>
    /// <remarks>Give Kestrel fitting limits with <see cref="CvmfsServerLimits.UseCvmfsLimits"/>.</remarks>
    /// <param name="endpoints">Where to map.</param>
    /// <returns>A builder for conventions over all of these endpoints.</returns>
    /// <exception cref="InvalidOperationException">There is no such server among the services.</exception>
    public static IEndpointConventionBuilder MapCvmfs(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        return Map(endpoints, endpoints.ServiceProvider.GetRequiredService<CvmfsServer>());
    }

    /// <summary>The same with a server of its own, through Kestrel's pipeline only.</summary>
    /// <remarks>A <see cref="TimeProvider"/> and an <see cref="ILoggerFactory"/> registered as services are used; neither is needed.</remarks>
    /// <param name="endpoints">Where to map.</param>
    /// <param name="options">Settings; must not be changed afterwards.</param>
    /// <returns>A builder for conventions over all of these endpoints.</returns>
    /// <exception cref="OptionsValidationException">A setting is missing or out of its range.</exception>
    public static IEndpointConventionBuilder MapCvmfs(this IEndpointRouteBuilder endpoints, CvmfsServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(options);
        if (options.ReadThrough is { Count: > 0 })
        {
            throw new OptionsValidationException(
                nameof(CvmfsServerOptions), typeof(CvmfsServerOptions), ["ReadThrough: needs a server that is closed with the program; see AddCvmfsServer."]);
        }

        var services = endpoints.ServiceProvider;
        return Map(endpoints, new CvmfsServer(options, services.GetService<TimeProvider>(), services.GetService<ILoggerFactory>()));
    }

    private static RouteGroupBuilder Map(IEndpointRouteBuilder endpoints, CvmfsServer server)
    {
        var group = endpoints.MapGroup("");
        group.Map("/cvmfs/{**path}", server.ContentEndpoint.HandleAsync);
        group.Map("/health", server.HealthEndpoint.HandleAsync);
        group.Map("/healthz", server.HealthEndpoint.HandleAsync);
        group.Map("/robots.txt", static context => PlainResponse.TextAsync(context, "User-agent: *\nDisallow: /\n", "public, max-age=86400"));
        return group;
    }
}
