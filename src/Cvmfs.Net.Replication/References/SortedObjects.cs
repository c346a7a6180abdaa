namespace Cvmfs.Net.Replication.References;

/// <summary>A set of objects in their order. Read as often as one likes, by one reader at a time; holds memory and files until it is disposed.</summary>
internal sealed class SortedObjects : IDisposable
{
    private const int OutputRecords = 4096;

    private readonly List<ArraySegment<ObjectRecord>> _chunks;
    private readonly List<SortedRun> _runs;
    private readonly int _bufferRecords;

    internal SortedObjects(List<ArraySegment<ObjectRecord>> chunks, List<SortedRun> runs, int bufferRecords)
        => (_chunks, _runs, _bufferRecords) = (chunks, runs, bufferRecords);

    /// <summary>At least as many as there are: objects that lie in several parts count in each.</summary>
    public long MostCount => _chunks.Sum(static chunk => (long)chunk.Count) + _runs.Sum(static run => run.Count);

    /// <summary>Hands them out.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="IOException">A temporary file cannot be read.</exception>
    public IEnumerable<ObjectRecord> Read(CancellationToken cancellationToken = default)
    {
        var merge = RecordMerge.Of(_chunks, _runs, _bufferRecords);
        var buffer = new ObjectRecord[OutputRecords];
        for (int filled = buffer.Length; filled == buffer.Length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            filled = merge.Read(buffer);
            for (int i = 0; i < filled; i++) yield return buffer[i];
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var run in _runs) run.Dispose();
        _runs.Clear();
        _chunks.Clear();
    }
}
