// The endpoints of a Stratum 0 or 1. One request goes through one decision:
//
//   raw target ► RequestPath (strict grammar, no disk) ─┬─ object      ► ObjectResponder ► file
//                                                       ├─ root file   ► ObjectResponder ► file, or the object behind .cvmfsalt-
//                                                       ├─ info        ► InfoResponder   ► generated JSON
//                                                       └─ anything    ► 404, hardly cacheable
// Must stay true
//   - Nothing outside RootFolder/<alias>/ can be named: the path that reaches the disk is made of characters the grammar allowed.
//   - Never 403, never a redirect, never a page: behind a proxy, clients take those for a broken proxy.
//   - Bytes leave as stored: no Content-Encoding, and Content-Length on every answer.
// Rules from: the reference server's web configuration, and the client's handling of status codes.
using Cvmfs.Net.Server.Health;
using Cvmfs.Net.Server.Info;
using Cvmfs.Net.Server.Objects;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Cvmfs.Net.Server;

/// <summary>Maps the URL space of a Stratum 0 or 1.</summary>
public static class CvmfsEndpoints
{
    /// <summary>
    /// Maps <c>/cvmfs/&lt;alias&gt;/…</c>, <c>/cvmfs/info/v1/…</c>, <c>/health</c> and <c>/robots.txt</c>.
    /// </summary>
    /// <remarks>A <see cref="TimeProvider"/> and an <see cref="ILoggerFactory"/> registered as services are used; neither is needed.
    /// Give Kestrel fitting limits with <see cref="CvmfsServerLimits.UseCvmfsLimits"/>.</remarks>
    /// <param name="endpoints">Where to map.</param>
    /// <param name="options">Settings; must not be changed afterwards.</param>
    /// <returns>A builder for conventions over all of these endpoints.</returns>
    /// <exception cref="OptionsValidationException">A setting is missing or out of its range.</exception>
    public static IEndpointConventionBuilder MapCvmfs(this IEndpointRouteBuilder endpoints, CvmfsServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(options);
        var validation = new CvmfsServerOptionsValidator().Validate(null, options);
        if (validation.Failed) throw new OptionsValidationException(nameof(CvmfsServerOptions), typeof(CvmfsServerOptions), validation.Failures);

        var time = endpoints.ServiceProvider.GetService<TimeProvider>() ?? TimeProvider.System;
        var logger = endpoints.ServiceProvider.GetService<ILoggerFactory>()?.CreateLogger("Cvmfs.Net.Server") ?? NullLogger.Instance;
        var inventory = new RepositoryInventory(options, time, logger);
        var content = new ContentEndpoint(new FileResponder(options, time, logger), new InfoResponder(inventory, options, time, logger));
        var health = new HealthEndpoint(inventory);

        var group = endpoints.MapGroup("");
        group.Map("/cvmfs/{**path}", content.HandleAsync);
        group.Map("/health", health.HandleAsync);
        group.Map("/robots.txt", static context => PlainResponse.TextAsync(context, "User-agent: *\nDisallow: /\n", "public, max-age=86400"));
        return group;
    }
}
