namespace Cvmfs.Net.Publishing.Chunking;

/// <summary>Finds cuts in a byte stream that is fed block by block. Not thread-safe.</summary>
internal interface IChunkCutter
{
    /// <summary>Looks for the next cut in the bytes that follow those seen so far.</summary>
    /// <param name="block">The next bytes of the stream.</param>
    /// <returns>
    /// Index of the first byte of the next chunk: the block belongs to the current chunk up to there, the caller feeds the rest again.
    /// −1 when the whole block belongs to the current chunk. A stream that simply ends has no cut at its end.
    /// </returns>
    int FindCut(ReadOnlySpan<byte> block);

    /// <summary>Forgets everything: the next byte is the first of a file.</summary>
    void Reset();
}
