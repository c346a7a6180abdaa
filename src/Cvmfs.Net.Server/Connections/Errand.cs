using Cvmfs.Net.Connections;
using Cvmfs.Net.Connections.Diagnostics;
using Cvmfs.Net.Server.Content;
using Cvmfs.Net.Server.Diagnostics;
using Cvmfs.Net.Server.ReadThrough;

namespace Cvmfs.Net.Server.Connections;

/// <summary>Gets an answer that may have to be waited for, away from the loop, and brings it back.</summary>
internal sealed class Errand(ContentClient client, Upstream? upstream, LoopServices services, Action<ClientConnection> giveBack) : IThreadPoolWorkItem
{
    /// <summary>Runs on the thread pool. Whatever happens, the client goes back to its loop.</summary>
    public void Execute()
    {
        long began = services.Metrics.MeasuresDurations ? services.Time.GetTimestamp() : 0;
        var path = client.Asked!;
        try
        {
            client.Answer = services.Content.AnswerFromDisk(path.Path);
        }
        catch (Exception e)
        {
            services.Logger.ConnectionFailed(e); // nobody else would hear of it, and the client would wait for ever
            client.Answer = Answer.Unreadable;
        }

        if (began != 0) services.Metrics.AnsweredFromDisk(services.Time.GetElapsedTime(began));
        if (client.Answer.Kind != AnswerKind.NotFound || upstream is null || !path.Path.IsObject)
        {
            giveBack(client);
            return;
        }

        upstream.Track(FetchAsync(upstream));
    }

    private async Task FetchAsync(Upstream upstream)
    {
        try
        {
            client.Answer = await upstream.AnswerAsync(services.Content, client.Asked!, upstream.Closing).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            client.Answer = Answer.Unreadable;
        }
        finally
        {
            giveBack(client);
        }
    }
}
