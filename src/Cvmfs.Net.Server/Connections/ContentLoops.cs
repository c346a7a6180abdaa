using System.Net;
using Cvmfs.Net.Connections;

namespace Cvmfs.Net.Server.Connections;

/// <summary>The server as event loops see it.</summary>
internal sealed class ContentLoops(LoopServices services) : LoopServer(services.Time, services.Logger)
{
    public override LoopHandler CreateHandler() => new RequestHandler(services);

    public override ClientConnection CreateClient(int descriptor, IPAddress address) => new ContentClient(descriptor, address);

    public override void Opened() => services.Metrics.Opened();

    public override void Closed() => services.Metrics.Closed();

    public override void Refused() => services.Metrics.Refused.Add(1);

    public override void HandedOver() => services.Metrics.HandedOver.Add(1);
}
