using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Stratum1Replicator;

/// <summary>The address that the web server got; with port 0 it is known only once the server listens.</summary>
internal sealed class WebAddress
{
    private readonly TaskCompletionSource<string> _known = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public WebAddress(IServer server, IHostApplicationLifetime lifetime)
        => lifetime.ApplicationStarted.Register(() => _known.TrySetResult(server.Features.Get<IServerAddressesFeature>()!.Addresses.First()));

    public Task<string> WhenKnownAsync(CancellationToken cancellationToken) => _known.Task.WaitAsync(cancellationToken);
}
