using Cvmfs.Net.Connections;
using Cvmfs.Net.Connections.Diagnostics;
using Cvmfs.Net.Proxy.Documents;
using Cvmfs.Net.Proxy.Serving;
using Cvmfs.Net.Proxy.Upstreams;

namespace Cvmfs.Net.Proxy.Connections;

/// <summary>Gets a document that is not alive here, away from the loop, and brings it back.</summary>
internal sealed class DocumentErrand(ProxyClient client, ProxyLoops loops, Action<ClientConnection> giveBack) : IThreadPoolWorkItem
{
    /// <summary>Runs on the thread pool. Whatever happens, the client goes back to its loop.</summary>
    public void Execute() => _ = RunAsync();

    private async Task RunAsync()
    {
        try
        {
            // A client that leaves meanwhile is noticed when it comes back; the fetch is everybody's.
            client.Answer = await loops.Documents.GetAsync(client.Asked!, client.IsSuspicious, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            loops.Logger.ConnectionFailed(e); // nobody else would hear of it, and the client would wait for ever
            client.Answer = new DocumentAnswer(null, ProxyOutcome.UpstreamFailed, new UpstreamProblem(UpstreamFailure.Unreachable, 0));
        }
        finally
        {
            client.HasAnswer = true;
            giveBack(client);
        }
    }
}
