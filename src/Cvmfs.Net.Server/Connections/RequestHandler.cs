using System.Text;
using Cvmfs.Net.Server.Content;
using Cvmfs.Net.Server.Diagnostics;
using Cvmfs.Net.Server.Objects;

namespace Cvmfs.Net.Server.Connections;

/// <summary>Reads requests of the clients of one loop and answers them. Used by the loop's thread only.</summary>
internal sealed class RequestHandler(LoopServices services, Action<ClientConnection> giveBack, Action<ClientConnection> queueTurn)
{
    /// <summary>Bytes of input that are looked at together; a longer head is not plain.</summary>
    public const int InputBytes = 16 << 10;

    private const int MaxTargetLength = 256;

    /// <summary>Requests of one client that are answered before others get their turn.</summary>
    private const int RequestsPerTurn = 32;

    private readonly byte[] _input = new byte[InputBytes];
    private readonly ResponseHead _head = new(services.Headers);

    private long _now;

    /// <summary>Whether every answer is to be the last one of its connection.</summary>
    public bool IsDraining { get; set; }

    /// <summary>Says what time it is.</summary>
    public void SetTime()
    {
        _now = services.Time.GetTimestamp();
        _head.SetTime(services.Time.GetUtcNow());
    }

    /// <summary>Does what can be done for a client now.</summary>
    public Verdict Work(ClientConnection client)
    {
        if (client.IsLingering) return Drain(client);
        var verdict = client.HasOutput ? AfterSending(client, client.Continue()) : Verdict.Wait;
        return Settle(client, verdict == Verdict.Wait && client.IsFree ? Read(client) : verdict);
    }

    /// <summary>Goes on with a client that comes back with its answer.</summary>
    public Verdict Resume(ClientConnection client)
    {
        var (answer, asked) = (client.Answer, client.Asked!);
        (client.Answer, client.Asked) = (default, null);
        services.Metrics.Answered(asked.Resource, answer);
        var verdict = Send(client, answer);
        return Settle(client, verdict == Verdict.Wait && client.IsFree ? Read(client) : verdict);
    }

    private Verdict Settle(ClientConnection client, Verdict verdict)
    {
        if (verdict == Verdict.Wait) client.Settle(_now);
        return verdict;
    }

    private Verdict Read(ClientConnection client)
    {
        int used = client.Unstash(_input);
        int at = 0;
        for (int requests = 0; ;)
        {
            var rest = _input.AsSpan(at, used - at);
            int end = rest.IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                if (++requests > RequestsPerTurn)
                {
                    client.Stash(rest);
                    queueTurn(client);
                    return Verdict.Wait;
                }

                var verdict = Handle(client, rest[..(end + 4)]);
                if (verdict == Verdict.HandOver) client.Stash(rest); // the other parser sees this request from its first byte
                if (verdict != Verdict.Wait) return verdict;
                at += end + 4;
                if (client.IsFree) continue;
                client.Stash(_input.AsSpan(at, used - at));
                return verdict;
            }

            if (rest.Length >= InputBytes || !RequestHead.MayBegin(rest))
            {
                client.Stash(rest);
                return Verdict.HandOver;
            }

            if (!client.MayRead)
            {
                client.Stash(rest);
                return Verdict.Wait;
            }

            if (at > 0)
            {
                rest.CopyTo(_input);
                (at, used) = (0, rest.Length);
            }

            var outcome = NativeSocket.Receive(client.Descriptor, _input.AsSpan(used), out int received);
            if (outcome == NativeSocket.Outcome.Broken || (outcome == NativeSocket.Outcome.Done && received == 0)) return Verdict.Close;
            if (outcome == NativeSocket.Outcome.WouldWait || received < InputBytes - used) client.MayRead = false;
            used += Math.Max(received, 0);
        }
    }

    private Verdict Handle(ClientConnection client, ReadOnlySpan<byte> head)
    {
        if (!RequestHead.TryRead(head, out var request) || request.Target.Length > MaxTargetLength) return Verdict.HandOver;
        Span<char> target = stackalloc char[MaxTargetLength];
        Encoding.ASCII.GetChars(request.Target, target);
        var path = RequestPath.Parse(target[..request.Target.Length], default);
        if (path.Resource is RequestedResource.Unknown or RequestedResource.Info or RequestedResource.Api) return Verdict.HandOver;
        var upstream = services.Upstreams.Find(path.Alias);
        if (upstream is { IsPassThrough: true }) return Verdict.HandOver;

        client.Requests++;
        client.ClosesAfterwards = request.Closes || IsDraining;
        client.IsHead = request.IsHead;
        client.Range = request.Range.IsEmpty || request.HasIfRange ? null : Encoding.ASCII.GetString(request.Range);
        if (services.Content.TryAnswer(path, out var answer))
        {
            services.Metrics.Answered(path.Resource, answer);
            return Send(client, answer);
        }

        client.Asked = path.Copy();
        client.IsAway = true;
        var errand = new Errand(client, upstream, services, giveBack);
        ThreadPool.UnsafeQueueUserWorkItem(errand, preferLocal: false);
        return Verdict.Wait;
    }

    private Verdict Send(ClientConnection client, in Answer answer)
    {
        Span<byte> head = stackalloc byte[ResponseHead.MaxBytes];
        bool closes = client.ClosesAfterwards;
        if (answer.Kind is AnswerKind.NotFound or AnswerKind.Failed)
        {
            int bytes = answer.Kind == AnswerKind.NotFound ? _head.WriteNotFound(head, closes) : _head.WriteFailed(head, closes);
            return AfterSending(client, client.Send(head[..bytes], null, null, 0, 0));
        }

        var range = new ByteRange(0, answer.Length);
        var outcome = client.Range is null ? RangeOutcome.WholeFile : ByteRange.Read(client.Range, answer.Length, out range);
        int length = outcome switch
        {
            RangeOutcome.Part => _head.WritePart(head, answer.Lifetime, range, answer.Length, closes),
            RangeOutcome.Unsatisfiable => _head.WriteUnsatisfiable(head, answer.Lifetime, answer.Length, closes),
            _ => _head.WriteWhole(head, answer.Lifetime, answer.Length, closes),
        };
        if (outcome == RangeOutcome.Unsatisfiable || client.IsHead || range.Length == 0)
        {
            answer.File?.Dispose();
            return AfterSending(client, client.Send(head[..length], null, null, 0, 0));
        }

        return AfterSending(client, client.Send(head[..length], answer.Bytes, answer.File, range.Start, range.Length));
    }

    private Verdict AfterSending(ClientConnection client, NativeSocket.Outcome outcome)
    {
        if (outcome == NativeSocket.Outcome.Broken) return Verdict.Break;
        if (client.HasOutput)
        {
            if (outcome == NativeSocket.Outcome.Done) queueTurn(client); // enough for this turn, and the kernel would take more
            return Verdict.Wait;
        }

        if (!client.ClosesAfterwards) return Verdict.Wait;
        NativeSocket.FinishSending(client.Descriptor); // closing with unread input would throw away what is on its way
        client.IsLingering = true;
        return Drain(client);
    }

    private Verdict Drain(ClientConnection client)
    {
        while (client.MayRead)
        {
            var outcome = NativeSocket.Receive(client.Descriptor, _input, out int received);
            if (outcome == NativeSocket.Outcome.Broken || (outcome == NativeSocket.Outcome.Done && received == 0)) return Verdict.Close;
            if (outcome == NativeSocket.Outcome.WouldWait) client.MayRead = false;
        }

        client.Settle(_now);
        return Verdict.Wait;
    }
}
