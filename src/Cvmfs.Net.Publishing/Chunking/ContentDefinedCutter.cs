namespace Cvmfs.Net.Publishing.Chunking;

/// <summary>Cuts where a rolling checksum falls into a window around the middle of its range; the cuts are the reference publisher's.</summary>
/// <remarks>
/// The checksum is <c>x = (x &lt;&lt; 1) ^ byte</c> on 32 bits, so only the last 32 bytes matter: everything before the earliest cut but
/// 32 bytes is skipped unread. A cut is <i>before</i> the byte that brings the checksum into the window.
/// </remarks>
internal sealed class ContentDefinedCutter : IChunkCutter
{
    /// <summary>Bytes that the checksum depends on.</summary>
    public const int WindowBytes = 32;

    private const uint Middle = int.MaxValue;

    private readonly int _minimum;
    private readonly int _maximum;
    private readonly uint _windowStart;
    private readonly uint _windowWidth;
    private int _length;
    private uint _checksum;

    public ContentDefinedCutter(int minimumBytes, int averageBytes, int maximumBytes)
    {
        _minimum = minimumBytes;
        _maximum = maximumBytes;

        // -t < x - middle < t in wrapping arithmetic is one unsigned comparison: x - (middle - t + 1) < 2t - 1.
        uint threshold = uint.MaxValue / (uint)averageBytes;
        _windowStart = unchecked(Middle - threshold + 1);
        _windowWidth = 2 * threshold - 1;
    }

    /// <inheritdoc/>
    public int FindCut(ReadOnlySpan<byte> block)
    {
        int index = 0;
        int warmUp = _minimum - WindowBytes;
        if (_length < warmUp)
        {
            index = Math.Min(warmUp - _length, block.Length);
            _length += index;
        }

        uint x = _checksum;
        if (_length < _minimum)
        {
            int end = index + Math.Min(_minimum - _length, block.Length - index);
            _length += end - index;
            for (; index < end; index++) x = (x << 1) ^ block[index];
        }

        // From here on each byte may begin a new chunk; the one at the maximum does.
        int limit = (int)Math.Min((long)index + _maximum - _length, block.Length);
        uint start = _windowStart;
        uint width = _windowWidth;
        int searched = index;
        for (; index < limit; index++)
        {
            x = (x << 1) ^ block[index];
            if (unchecked(x - start) < width) return Cut(index);
        }

        _length += index - searched;
        if (index < block.Length) return Cut(index);
        _checksum = x;
        return -1;
    }

    /// <inheritdoc/>
    public void Reset() => (_length, _checksum) = (0, 0);

    private int Cut(int index)
    {
        Reset();
        return index;
    }
}
