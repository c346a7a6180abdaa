using System.Text;
using Cvmfs.Net.Connections;
using Cvmfs.Net.Server.Content;
using Cvmfs.Net.Server.Diagnostics;
using Cvmfs.Net.Server.Objects;

namespace Cvmfs.Net.Server.Connections;

/// <summary>Answers requests for content to the clients of one loop. Used by the loop's thread only.</summary>
internal sealed class RequestHandler(LoopServices services) : LoopHandler(services.Time)
{
    private const int MaxTargetLength = 256;

    private readonly ResponseHead _head = new(services.Headers);

    /// <inheritdoc/>
    public override void SetTime()
    {
        base.SetTime();
        _head.SetTime(services.Time.GetUtcNow());
    }

    /// <inheritdoc/>
    protected override Verdict Return(ClientConnection connection)
    {
        var client = (ContentClient)connection;
        var (answer, asked) = (client.Answer, client.Asked!);
        (client.Answer, client.Asked) = (default, null);
        services.Metrics.Answered(asked.Resource, answer);
        return Send(client, answer);
    }

    /// <inheritdoc/>
    protected override Verdict Handle(ClientConnection connection, ReadOnlySpan<byte> head)
    {
        var client = (ContentClient)connection;
        if (!RequestHead.TryRead(head, out var request) || request.IsAbsolute || request.Target.Length > MaxTargetLength) return Verdict.HandOver;
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
        var errand = new Errand(client, upstream, services, GiveBack);
        ThreadPool.UnsafeQueueUserWorkItem(errand, preferLocal: false);
        return Verdict.Wait;
    }

    private Verdict Send(ContentClient client, in Answer answer)
    {
        Span<byte> head = stackalloc byte[ResponseHead.MaxBytes];
        bool closes = client.ClosesAfterwards;
        if (answer.Kind is AnswerKind.NotFound or AnswerKind.Failed)
        {
            int bytes = answer.Kind == AnswerKind.NotFound ? _head.WriteNotFound(head, closes) : _head.WriteFailed(head, closes);
            return AfterSending(client, client.Send(head[..bytes], null, null, null, 0, 0));
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
            return AfterSending(client, client.Send(head[..length], null, null, null, 0, 0));
        }

        return AfterSending(client, client.Send(head[..length], answer.Bytes, answer.File, answer.File, range.Start, range.Length));
    }
}
