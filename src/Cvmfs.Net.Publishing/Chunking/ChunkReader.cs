namespace Cvmfs.Net.Publishing.Chunking;

/// <summary>Reads a stream chunk by chunk into buffers of the longest chunk's size. Owns neither stream nor buffers. Not thread-safe.</summary>
internal sealed class ChunkReader(Stream content, IChunkCutter cutter, int longestChunkBytes)
{
    private const int BlockBytes = 1 << 18; // also the most that a cut makes us copy

    private readonly byte[] _carried = new byte[Math.Min(BlockBytes, longestChunkBytes)];
    private int _carriedLength;

    /// <summary>Reads the next chunk.</summary>
    /// <param name="buffer">At least as long as the longest chunk.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>Bytes of the chunk, and whether the stream ends with it.</returns>
    public async ValueTask<(int Length, bool IsLast)> ReadAsync(byte[] buffer, CancellationToken cancellationToken)
    {
        _carried.AsSpan(0, _carriedLength).CopyTo(buffer);
        int filled = _carriedLength;
        _carriedLength = 0;
        for (int searched = 0; ;)
        {
            if (searched == filled)
            {
                if (filled == longestChunkBytes) return await PeekAsync(filled, cancellationToken).ConfigureAwait(false);
                filled += await content.ReadAsync(buffer.AsMemory(filled, Math.Min(_carried.Length, longestChunkBytes - filled)), cancellationToken).ConfigureAwait(false);
                if (searched == filled) return (filled, true);
            }

            int cut = cutter.FindCut(buffer.AsSpan(searched, filled - searched));
            if (cut >= 0)
            {
                searched += cut;
                buffer.AsSpan(searched, filled - searched).CopyTo(_carried);
                _carriedLength = filled - searched;
                return (searched, false);
            }

            searched = filled;
        }
    }

    /// <summary>The chunk is as long as it may be: a next byte, if there is one, begins another.</summary>
    private async ValueTask<(int Length, bool IsLast)> PeekAsync(int length, CancellationToken cancellationToken)
    {
        _carriedLength = await content.ReadAsync(_carried, cancellationToken).ConfigureAwait(false);
        cutter.Reset();
        return (length, _carriedLength == 0);
    }
}
