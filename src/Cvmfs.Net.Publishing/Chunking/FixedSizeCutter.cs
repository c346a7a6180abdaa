namespace Cvmfs.Net.Publishing.Chunking;

/// <summary>Cuts every so many bytes.</summary>
internal sealed class FixedSizeCutter(int chunkBytes) : IChunkCutter
{
    private int _length;

    /// <inheritdoc/>
    public int FindCut(ReadOnlySpan<byte> block)
    {
        int left = chunkBytes - _length;
        if (block.Length <= left)
        {
            _length += block.Length;
            return -1;
        }

        _length = 0;
        return left;
    }

    /// <inheritdoc/>
    public void Reset() => _length = 0;
}
