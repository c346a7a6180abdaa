using System.Runtime.InteropServices;
using System.Text;
using Cvmfs.Net.Connections;
using Cvmfs.Net.Proxy.Diagnostics;
using Cvmfs.Net.Proxy.Documents;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Serving;

namespace Cvmfs.Net.Proxy.Connections;

/// <content>Documents: what changes.</content>
internal sealed partial class ProxyHandler
{
    private Verdict AnswerDocument(ProxyClient client, in RequestHead request, in RequestTarget target, ReadOnlySpan<byte> head)
    {
        if (client.Range is not null || request.HasIfRange || request.IsConditional) return Verdict.HandOver;
        if (!client.IsSuspicious && _loops.Documents.TryFind(target, out var found))
        {
            return SendDocument(client, found, ProxyOutcome.Hit, RecordOf(client, request, target, found.Status == 200));
        }

        if (client.IsHead) return Verdict.HandOver; // a head alone is no reason to fetch a whole
        client.Record = RecordOf(client, request, target, isServed: false);
        client.AskedHead = head.ToArray();
        client.Asked = target.ToRequest();
        client.IsAway = true;
        client.Wait(Now);
        ThreadPool.UnsafeQueueUserWorkItem(new DocumentErrand(client, _loops, GiveBack), preferLocal: false);
        return Verdict.Wait;
    }

    private Verdict SendFetchedDocument(ProxyClient client)
    {
        var (answer, asked, head) = (client.Answer, client.Asked!, client.AskedHead);
        (client.Answer, client.HasAnswer, client.Asked, client.AskedHead) = (default, false, null, []);
        if (answer.Document is { } document)
        {
            if (document.IsTooLong)
            {
                client.Unread(head); // the other parser sees this request from its first byte
                client.Began = 0;
                _loops.Metrics.Finished();
                return Verdict.HandOver;
            }

            var repository = document.Status == 200 ? _loops.Journal.Repositories.Served(Encoding.ASCII.GetBytes(asked.Repository)) : client.Record.Repository;
            return SendDocument(client, document, answer.Outcome, client.Record with { Repository = repository, Upstream = answer.Upstream });
        }

        return SendError(client, LocalError.Of(answer.Problem), client.Record with { Upstream = answer.Upstream });
    }

    private Verdict SendDocument(ProxyClient client, CachedDocument document, ProxyOutcome outcome, RequestRecord record)
    {
        byte[] head = _head.Document(document, $"{ErrorAnswer.Name}; {DocumentResponder.StatusOf(outcome, document, _loops.Clock)}", document.AgeSeconds(_loops.Clock), client.ClosesAfterwards);
        record = record with { Status = document.Status, Bytes = client.IsHead ? 0 : document.Body.Length, Result = ResultOf(outcome) };
        if (client.IsHead || document.Body.IsEmpty) return Conclude(client, client.Send(head, null, null, null, 0, 0), record);
        var (bytes, start) = MemoryMarshal.TryGetArray(document.Body, out var segment) ? (segment.Array!, segment.Offset) : (document.Body.ToArray(), 0);
        return Conclude(client, client.Send(head, bytes, null, null, start, document.Body.Length), record);
    }

    private Verdict SendError(ProxyClient client, LocalError error, RequestRecord record)
    {
        client.ClosesAfterwards = true;
        byte[] answer = _head.Error(error);
        return Conclude(client, client.Send(answer, null, null, null, 0, 0), record with { Status = error.Status, Bytes = error.BodyBytes, Result = RequestResult.Error });
    }

    private static RequestResult ResultOf(ProxyOutcome outcome) => outcome switch
    {
        ProxyOutcome.Hit => RequestResult.Hit,
        ProxyOutcome.Revalidated => RequestResult.Revalidated,
        ProxyOutcome.Joined => RequestResult.Collapsed,
        ProxyOutcome.Stale => RequestResult.Stale,
        _ => RequestResult.Miss,
    };
}
