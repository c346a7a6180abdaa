using Cvmfs.Net.Connections;
using Cvmfs.Net.Proxy.Transfers;

namespace Cvmfs.Net.Proxy.Connections;

/// <summary>A client of an event loop as a reader of a transfer: when there is more, it goes back to its loop.</summary>
internal sealed class ClientWatcher(ClientConnection client, Action<ClientConnection> giveBack) : TransferWatcher
{
    /// <inheritdoc/>
    public override void Advanced() => giveBack(client);
}
