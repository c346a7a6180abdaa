using System.Buffers;
using System.IO.Pipelines;

namespace Cvmfs.Net.Connections;

/// <summary>Gives bytes that were read before, then those of another reader. When the first are used up it only passes on.</summary>
/// <param name="seen">The bytes.</param>
/// <param name="inner">What follows.</param>
internal sealed class SeenReader(ReadOnlyMemory<byte> seen, PipeReader inner) : PipeReader
{
    private ReadOnlyMemory<byte> _left = seen;
    private ReadOnlySequence<byte> _given;
    private bool _wantsMore;
    private bool _isEnded;

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (_left.IsEmpty) return await inner.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (!_wantsMore || _isEnded) return Give(isCanceled: false);
        return Append(await inner.ReadAsync(cancellationToken).ConfigureAwait(false));
    }

    public override bool TryRead(out ReadResult result)
    {
        if (_left.IsEmpty) return inner.TryRead(out result);
        if (_wantsMore && !_isEnded)
        {
            if (!inner.TryRead(out result)) return false;
            result = Append(result);
            return true;
        }

        result = Give(isCanceled: false);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_left.IsEmpty)
        {
            inner.AdvanceTo(consumed, examined);
            return;
        }

        _wantsMore = _given.Slice(examined).IsEmpty;
        _left = _left[(int)_given.Slice(0, consumed).Length..];
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    /// <summary>What comes behind joins what is left: a head is parsed in one piece.</summary>
    private ReadResult Append(ReadResult more)
    {
        byte[] joined = new byte[_left.Length + more.Buffer.Length];
        _left.CopyTo(joined);
        more.Buffer.CopyTo(joined.AsSpan(_left.Length));
        inner.AdvanceTo(more.Buffer.End);
        _left = joined;
        _isEnded = more.IsCompleted;
        return Give(more.IsCanceled);
    }

    private ReadResult Give(bool isCanceled)
    {
        _given = new ReadOnlySequence<byte>(_left);
        return new ReadResult(_given, isCanceled, _isEnded);
    }
}
