namespace Cvmfs.Net.Proxy.Caching;

/// <summary>The newest bytes of a transfer, in the pieces they arrived in. Not thread-safe: its transfer locks.</summary>
/// <remarks>A piece is never changed after it was added, so readers may hold it without a copy.</remarks>
internal sealed class TransferWindow(long maxBytes)
{
    private readonly List<(long Offset, ReadOnlyMemory<byte> Bytes)> _pieces = [];

    /// <summary>Offset of the oldest byte that is still here.</summary>
    public long Start { get; private set; }

    /// <summary>Offset behind the newest byte.</summary>
    public long End { get; private set; }

    /// <summary>Offset of the newest piece: what may be shown while the newest one is withheld.</summary>
    public long LastPieceStart => _pieces.Count == 0 ? End : _pieces[^1].Offset;

    /// <summary>Adds bytes and forgets the oldest ones beyond the limit.</summary>
    public void Add(ReadOnlyMemory<byte> bytes)
    {
        _pieces.Add((End, bytes));
        End += bytes.Length;
        int forgotten = 0;
        while (forgotten < _pieces.Count - 1 && End - _pieces[forgotten + 1].Offset >= maxBytes) forgotten++;
        if (forgotten == 0) return;
        _pieces.RemoveRange(0, forgotten);
        Start = _pieces[0].Offset;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _pieces.Clear();
        (Start, End) = (0, 0);
    }

    /// <summary>The bytes from an offset to the end of their piece, at most up to a limit.</summary>
    public ReadOnlyMemory<byte> From(long offset, long limit)
    {
        int low = 0, high = _pieces.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_pieces[middle].Offset <= offset) low = middle;
            else high = middle - 1;
        }

        var (start, bytes) = _pieces[low];
        return bytes[(int)(offset - start)..(int)Math.Min(bytes.Length, limit - start)];
    }

    /// <summary>All pieces, oldest first.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Pieces => _pieces.Select(piece => piece.Bytes);
}
