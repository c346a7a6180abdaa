using Cvmfs.Net.Server.Connections;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Cvmfs.Net.Server;

/// <summary>Makes a <see cref="CvmfsServer"/> part of a web program.</summary>
public static class CvmfsServerServices
{
    /// <summary>
    /// Adds the server, for <see cref="CvmfsEndpoints.MapCvmfs(Microsoft.AspNetCore.Routing.IEndpointRouteBuilder)"/>, and puts event loops under Kestrel.
    /// </summary>
    /// <remarks>
    /// <para>On Linux (x64, arm64) plain requests for content are answered by the event loops and never reach Kestrel's parser or any middleware;
    /// everything else does, unchanged. A program that wants its middleware to see every request, a path base, or TLS on the same process
    /// sets <see cref="CvmfsServerOptions.UseEventLoops"/> to false.</para>
    /// <para>Limits are those of Kestrel; <see cref="CvmfsServerLimits.UseCvmfsLimits"/> sets fitting ones.</para>
    /// </remarks>
    /// <param name="services">The program's services.</param>
    /// <param name="options">Settings; must not be changed afterwards.</param>
    /// <exception cref="OptionsValidationException">When the server is first used: a setting is missing or out of its range.</exception>
    public static IServiceCollection AddCvmfsServer(this IServiceCollection services, CvmfsServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        services.AddOptions();
        services.AddSingleton(provider => new CvmfsServer(options, provider.GetService<TimeProvider>(), provider.GetService<ILoggerFactory>()));
        services.RemoveAll<IConnectionListenerFactory>(); // Kestrel's own sockets stay in use behind ours
        services.AddSingleton<IConnectionListenerFactory, LoopTransport>();
        return services;
    }
}
