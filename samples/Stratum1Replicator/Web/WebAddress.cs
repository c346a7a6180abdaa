using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Stratum1Replicator.Configuration;

namespace Stratum1Replicator.Web;

/// <summary>The addresses that are listened at, and which connections came by those of the administrator. With port 0 the port is known only once
/// the server listens.</summary>
internal sealed class WebAddress
{
    private static readonly object AdminMark = new();

    private readonly TaskCompletionSource<string> _known = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="server">The web server.</param>
    /// <param name="lifetime">Says when it listens.</param>
    /// <param name="options">How many of the addresses are public.</param>
    /// <param name="logger">Hears of the addresses.</param>
    public WebAddress(IServer server, IHostApplicationLifetime lifetime, Stratum1Options options, ILogger<WebAddress> logger) => lifetime.ApplicationStarted.Register(() =>
    {
        var addresses = server.Features.Get<IServerAddressesFeature>()!.Addresses; // in the order in which they were told to Kestrel
        int publics = ListenAddress.ParseAll(options.Urls, out _).Count;
        if (options.IsService) logger.LogInformation("Serving at {Urls}; status and metrics at {AdminUrls}", string.Join(' ', addresses.Take(publics)), string.Join(' ', addresses.Skip(publics)));
        _known.TrySetResult(addresses.First());
    });

    /// <summary>Listens at the public addresses and at those of the administrator.</summary>
    public static void Listen(KestrelServerOptions kestrel, string urls, string adminUrls)
    {
        foreach (var address in ListenAddress.ParseAll(urls, out _)) Listen(kestrel, address, static _ => { });
        foreach (var address in ListenAddress.ParseAll(adminUrls, out _))
        {
            Listen(kestrel, address, static options => options.Use(next => connection =>
            {
                connection.Items[AdminMark] = true;
                return next(connection);
            }));
        }
    }

    /// <summary>Whether a request came by an address of the administrator. No header can say so.</summary>
    public static bool IsAdmin(HttpContext context) => context.Features.Get<IConnectionItemsFeature>()?.Items.ContainsKey(AdminMark) == true;

    /// <summary>The first public address.</summary>
    public Task<string> WhenKnownAsync(CancellationToken cancellationToken) => _known.Task.WaitAsync(cancellationToken);

    private static void Listen(KestrelServerOptions kestrel, ListenAddress address, Action<ListenOptions> configure)
    {
        if (address.Host is null) kestrel.ListenAnyIP(address.Port, configure);
        else kestrel.Listen(new IPEndPoint(address.Host, address.Port), configure);
    }
}
