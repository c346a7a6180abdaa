using System.Text;
using Cvmfs.Net.Connections;
using Cvmfs.Net.Proxy.Diagnostics;
using Cvmfs.Net.Proxy.Routing;

namespace Cvmfs.Net.Proxy.Connections;

/// <summary>Answers plain requests to the clients of one loop. Used by the loop's thread only.</summary>
internal sealed partial class ProxyHandler : LoopHandler
{
    private const int MaxTargetLength = 4 << 10;

    private readonly ProxyLoops _loops;
    private readonly ProxyHead _head = new();

    public ProxyHandler(ProxyLoops loops)
        : base(loops.Time) => _loops = loops;

    /// <inheritdoc/>
    public override void SetTime()
    {
        base.SetTime();
        _head.SetTime(_loops.Clock.GetUtcNow());
    }

    /// <inheritdoc/>
    public override bool Abandon(ClientConnection connection)
    {
        var client = (ProxyClient)connection;
        if (client.Transfer is null || !client.Watcher!.TryDisarm()) return false; // it is on its way back
        client.LeaveTransfer();
        return true;
    }

    /// <inheritdoc/>
    /// <remarks>The end of its side looks the same whether it waits on or has gone. Who reads on passes over this head, as every client has to
    /// (RFC 9110, section 15.2); the system of one that is gone resets the connection, and what it waited for is given up.</remarks>
    public override void EndedItsSide(ClientConnection connection)
    {
        var client = (ProxyClient)connection;
        if (client.Transfer is not null && !client.HasBegun) client.Send(ProxyHead.StillAtIt, null, null, null, 0, 0); // a break is told by an event of its own
    }

    /// <inheritdoc/>
    protected override Verdict Handle(ClientConnection connection, ReadOnlySpan<byte> head)
    {
        var client = (ProxyClient)connection;
        if (!RequestHead.TryRead(head, out var request) || request.IsDemanding || request.Target.Length > MaxTargetLength) return Verdict.HandOver;
        if (!request.Via.IsEmpty && _loops.NamesThis(request.Via)) return Verdict.HandOver; // it has been here before
        if (!RequestClassifier.TryClassify(request.Target, out var target) || !IsAllowed(client, target)) return Verdict.HandOver;

        client.ClosesAfterwards = request.Closes || IsDraining;
        (client.IsHead, client.HasBegun, client.IsChunked, client.Moves, client.IsSuspicious) = (request.IsHead, false, false, 0, request.WantsFresh);
        client.Range = request.Range.IsEmpty ? null : Encoding.ASCII.GetString(request.Range);
        return target.Kind switch
        {
            RequestKind.Object => AnswerObject(client, request, target),
            RequestKind.ProxyScript or RequestKind.External => Verdict.HandOver,
            RequestKind.Geo when !target.IsForward => Verdict.HandOver, // whose answer depends on who asks
            _ => AnswerDocument(client, request, target, head),
        };
    }

    /// <inheritdoc/>
    protected override Verdict Return(ClientConnection connection)
    {
        var client = (ProxyClient)connection;
        return client.HasAnswer ? SendFetchedDocument(client) : AfterSending(client, NativeSocket.Outcome.Done);
    }

    /// <summary>Whether client and server are allowed, without asking the policy again for what it has just allowed.</summary>
    private bool IsAllowed(ProxyClient client, in RequestTarget target)
    {
        var access = _loops.Access;
        if (client.Admission.By != access)
        {
            client.Admission = (access, access.AllowsClient(client.Address));
            client.Approved = [];
        }

        if (!client.Admission.Allowed) return false;
        if (target.IsForward && target.Kind != RequestKind.External && client.Approved.AsSpan().SequenceEqual(target.Authority)) return true;
        if (!access.Allows(target, _loops.HasUpstreams)) return false;
        if (target.IsForward && target.Kind != RequestKind.External) client.Approved = target.Authority.ToArray();
        return true;
    }

    /// <summary>What will be noted of a request; its texts where a log wants them.</summary>
    private RequestRecord RecordOf(ProxyClient client, in RequestHead request, in RequestTarget target, bool isServed)
    {
        var names = _loops.Journal.Repositories;
        var record = new RequestRecord
        {
            Client = client.Address,
            Kind = target.Kind,
            Key = target.Kind == RequestKind.Object ? target.Key : default,
            Repository = isServed ? names.Served(target.Repository) : names.Find(target.Repository),
        };
        if (!_loops.Journal.WantsText) return record;
        return record with
        {
            Method = request.IsHead ? "HEAD" : "GET",
            Target = Encoding.ASCII.GetString(request.Target),
            UserAgent = Encoding.ASCII.GetString(request.UserAgent),
            CvmfsInfo = Encoding.ASCII.GetString(request.Info),
        };
    }

    /// <summary>Notes an answer when it is out: now, or when the client has taken all of it.</summary>
    private Verdict Conclude(ProxyClient client, NativeSocket.Outcome outcome, in RequestRecord record)
    {
        client.Requests++;
        client.HasBegun = true;
        if (outcome != NativeSocket.Outcome.Broken && !client.HasOutput)
        {
            client.Note(record);
        }
        else
        {
            client.Record = record;
            client.IsUnfinished = true;
            if (client.Began == 0) client.Wait(Now);
        }

        return AfterSending(client, outcome);
    }
}
