using System.Globalization;
using System.Text;
using Cvmfs.Net.Connections;
using Cvmfs.Net.Proxy.Diagnostics;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Serving;
using Cvmfs.Net.Proxy.Storage;
using Cvmfs.Net.Proxy.Transfers;

namespace Cvmfs.Net.Proxy.Connections;

/// <content>Objects: kept ones at once, others while they come.</content>
internal sealed partial class ProxyHandler
{
    /// <inheritdoc/>
    protected override NativeSocket.Outcome SendMore(ClientConnection connection)
    {
        var client = (ProxyClient)connection;
        if (client.Transfer is not { } transfer) return Finish(client, client.Record);
        var piece = transfer.Next(client.Watcher!);
        switch (piece.State)
        {
            case TransferState.Waiting:
                client.IsAway = true;
                return NativeSocket.Outcome.Done;
            case TransferState.Failed or TransferState.Broken when !client.HasBegun && transfer.IsEndOfOthers(piece.State, client.Asked!, client.Moves):
                client.LeaveTransfer();
                client.Moves++;
                return TryJoin(client, client.Asked!) ? NativeSocket.Outcome.Done : NativeSocket.Outcome.Broken;
            case TransferState.Failed:
            case TransferState.Broken:
                client.LeaveTransfer();
                return client.HasBegun ? NativeSocket.Outcome.Broken : SendFailure(client, transfer);
            default:
                return client.HasBegun ? SendPiece(client, piece) : BeginTransfer(client, transfer, piece);
        }
    }

    private Verdict AnswerObject(ProxyClient client, in RequestHead request, in RequestTarget target)
    {
        client.Hash = target.Hash;
        client.HasCopy = !request.IfNoneMatch.IsEmpty && ObjectConditions.IsKnown(Encoding.ASCII.GetString(request.IfNoneMatch), target.Hash);
        if (request.IsHead || (request.HasIfRange && !ObjectConditions.AllowsPart(Encoding.ASCII.GetString(request.IfRange), target.Hash))) client.Range = null;
        if (!client.IsSuspicious && _loops.Cache.TryFind(target.Hash, out var found))
        {
            return SendFound(client, found, RecordOf(client, request, target, isServed: true));
        }

        if (client.IsHead) return Verdict.HandOver;
        client.Watcher ??= new ClientWatcher(client, GiveBack);
        client.Asked = null;
        client.Transfer = client.IsSuspicious ? null : _loops.Transfers.Join(target.Hash, client.Watcher);
        client.IsFirst = false;
        client.Record = RecordOf(client, request, target, isServed: false);
        if (client.Transfer is not null)
        {
            client.Asked = target.ToRequest() with { IsFromSibling = request.IsFromSibling };
        }
        else
        {
            var asked = target.ToRequest() with { IsFromSibling = request.IsFromSibling };
            if (!client.IsSuspicious && _loops.Documents.Absent.Contains(asked)) return SendAbsent(client, client.Record);
            if (!TryJoin(client, asked))
            {
                client.Note(client.Record with { Result = RequestResult.Denied, Denial = DenialReason.Overload });
                return Verdict.Break; // the client tries again, and then another proxy
            }
        }

        client.IsUnfinished = true;
        client.Wait(Now);
        return AfterSending(client, NativeSocket.Outcome.Done);
    }

    private bool TryJoin(ProxyClient client, ProxyRequest asked)
    {
        client.Asked = asked;
        client.Transfer = _loops.Transfers.Join(asked, client.IsSuspicious, client.Watcher!, out bool isFirst);
        client.IsFirst = isFirst;
        return client.Transfer is not null;
    }

    private Verdict SendFound(ProxyClient client, in CachedObject found, RequestRecord record)
    {
        record = record with { Result = RequestResult.Hit };
        Span<byte> head = stackalloc byte[ProxyHead.MaxBytes];
        int bytes = WriteHead(client, head, ProxyHead.Source.Hit, found.FetchedAt, found.Length, maySelect: true, out int status, out var range);
        record = record with { Status = status, Bytes = range.Length };
        if (range.Length == 0)
        {
            found.Dispose();
            return Conclude(client, client.Send(head[..bytes], null, null, null, 0, 0), record);
        }

        return Conclude(
            client,
            found.File is { } file
                ? client.Send(head[..bytes], null, file.Handle, found, found.Offset + range.Start, range.Length)
                : client.Send(head[..bytes], found.Bytes, null, null, range.Start, range.Length),
            record);
    }

    private NativeSocket.Outcome BeginTransfer(ProxyClient client, SharedTransfer transfer, in TransferPiece piece)
    {
        var source = transfer.IsHit ? ProxyHead.Source.Hit : client.IsFirst ? ProxyHead.Source.Miss : ProxyHead.Source.Collapsed;
        var result = transfer.IsHit ? RequestResult.Hit : client.IsFirst ? RequestResult.Miss : RequestResult.Collapsed;
        // Its own: who began the transfer may have asked by another repository's name.
        var repository = _loops.Journal.Repositories.Served(Encoding.ASCII.GetBytes(client.Asked!.Repository));
        client.Record = client.Record with { Result = result, Upstream = transfer.IsHit ? null : transfer.Upstream, Repository = repository };
        client.HasBegun = true;
        client.Requests++;
        Span<byte> head = stackalloc byte[ProxyHead.MaxBytes];
        int bytes = WriteHead(client, head, source, transfer.FetchedAt, piece.Total, piece.MaySelect, out int status, out var range);
        client.Record = client.Record with { Status = status };
        client.IsChunked = status == 200 && piece.Total is null;
        if (status == 200)
        {
            if (client.IsChunked) bytes += WriteChunkSize(head[bytes..], piece.Length, isFirst: true);
            return SendPiece(client, head[..bytes], piece);
        }

        if (range.Length == 0) client.LeaveTransfer();
        else client.Watcher!.Select(range.Start, range.Length);
        return client.Send(head[..bytes], null, null, null, 0, 0); // what follows is the next piece
    }

    private NativeSocket.Outcome SendPiece(ProxyClient client, in TransferPiece piece)
    {
        if (!client.IsChunked) return piece.Length == 0 ? Finish(client, client.Record) : SendPiece(client, default, piece);
        Span<byte> head = stackalloc byte[32];
        if (piece.Length > 0) return SendPiece(client, head[..WriteChunkSize(head, piece.Length, isFirst: false)], piece with { State = TransferState.More });
        var outcome = client.Send("\r\n0\r\n\r\n"u8, null, null, null, 0, 0);
        client.LeaveTransfer();
        return outcome;
    }

    private static NativeSocket.Outcome SendPiece(ProxyClient client, ReadOnlySpan<byte> head, in TransferPiece piece)
    {
        client.Watcher!.Position += piece.Length;
        client.Record = client.Record with { Bytes = client.Record.Bytes + piece.Length };
        var outcome = client.Send(head, piece.Bytes, piece.File?.Handle, null, piece.Start, piece.Length);
        // Bytes in memory are this client's as well; a file is only the transfer's.
        if (piece.State == TransferState.Complete && (piece.File is null || !client.HasOutput)) client.LeaveTransfer();
        return outcome;
    }

    private NativeSocket.Outcome SendFailure(ProxyClient client, SharedTransfer transfer)
    {
        client.Record = client.Record with { Upstream = transfer.Upstream };
        client.HasBegun = true;
        client.Requests++;
        if (transfer.Problem.IsAbsence)
        {
            Span<byte> head = stackalloc byte[ProxyHead.MaxBytes];
            client.Record = client.Record with { Status = 404, Result = RequestResult.Miss };
            return client.Send(head[.._head.WriteAbsent(head, client.ClosesAfterwards)], null, null, null, 0, 0);
        }

        var error = LocalError.Of(transfer.Problem);
        client.ClosesAfterwards = true;
        client.Record = client.Record with { Status = error.Status, Result = RequestResult.Error, Bytes = error.BodyBytes };
        return client.Send(_head.Error(error), null, null, null, 0, 0);
    }

    private Verdict SendAbsent(ProxyClient client, RequestRecord record)
    {
        Span<byte> head = stackalloc byte[ProxyHead.MaxBytes];
        int bytes = _head.WriteAbsent(head, client.ClosesAfterwards);
        return Conclude(client, client.Send(head[..bytes], null, null, null, 0, 0), record with { Status = 404, Result = RequestResult.Miss });
    }

    /// <summary>Everything is out.</summary>
    private static NativeSocket.Outcome Finish(ProxyClient client, in RequestRecord record)
    {
        client.LeaveTransfer();
        (client.IsUnfinished, client.Asked) = (false, null);
        client.Note(record);
        return NativeSocket.Outcome.Done;
    }

    /// <summary>Writes the head for an object, and says which part of it follows.</summary>
    private int WriteHead(ProxyClient client, Span<byte> head, ProxyHead.Source source, FetchTime fetchedAt, long? length, bool maySelect, out int status, out ByteRange range)
    {
        range = new ByteRange(0, length ?? 0);
        if (client.HasCopy)
        {
            (status, range) = (304, default);
            return _head.WriteUnchanged(head, source, client.Hash, fetchedAt, client.ClosesAfterwards);
        }

        var asked = client.Range is null || length is null || !maySelect ? RangeOutcome.WholeFile : ByteRange.Read(client.Range, length.Value, out range);
        (status, int bytes) = asked switch
        {
            RangeOutcome.Part => (206, _head.WritePart(head, source, client.Hash, fetchedAt, range, length!.Value, client.ClosesAfterwards)),
            RangeOutcome.Unsatisfiable => (416, _head.WriteUnsatisfiable(head, source, client.Hash, fetchedAt, length!.Value, client.ClosesAfterwards)),
            _ => (200, _head.WriteWhole(head, source, client.Hash, fetchedAt, length, client.ClosesAfterwards)),
        };
        if (client.IsHead || asked == RangeOutcome.Unsatisfiable) range = default;
        return bytes;
    }

    /// <summary>Begins a chunk, after the end of the one before.</summary>
    private static int WriteChunkSize(Span<byte> target, long length, bool isFirst)
    {
        int at = 0;
        if (!isFirst) (target[at++], target[at++]) = ((byte)'\r', (byte)'\n');
        length.TryFormat(target[at..], out int digits, "x", CultureInfo.InvariantCulture);
        at += digits;
        (target[at++], target[at++]) = ((byte)'\r', (byte)'\n');
        return at;
    }
}
