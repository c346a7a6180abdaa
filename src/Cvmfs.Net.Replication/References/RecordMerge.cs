namespace Cvmfs.Net.Replication.References;

/// <summary>Merges sorted parts, in memory and in files, into one sequence without repeats: a heap of their heads.</summary>
internal sealed class RecordMerge
{
    private readonly Part[] _heap; // the least head first; each at most as large as the two below it
    private int _count;

    private RecordMerge(List<Part> parts)
    {
        _heap = [.. parts.Where(static part => part.Fill())];
        _count = _heap.Length;
        for (int i = _count / 2 - 1; i >= 0; i--) Sink(i);
    }

    /// <summary>Begins a merge.</summary>
    /// <param name="chunks">Sorted parts in memory; they are only read.</param>
    /// <param name="runs">Sorted parts in files.</param>
    /// <param name="bufferRecords">Records read at once from each file.</param>
    public static RecordMerge Of(IEnumerable<ArraySegment<ObjectRecord>> chunks, IEnumerable<SortedRun> runs, int bufferRecords)
        => new([.. chunks.Select(static chunk => new Part(chunk)), .. runs.Select(run => new Part(run, bufferRecords))]);

    /// <summary>Fills a buffer with what comes next.</summary>
    /// <returns>Records filled; fewer than fit only at the end.</returns>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public int Read(Span<ObjectRecord> buffer)
    {
        int filled = 0;
        while (_count > 0 && filled < buffer.Length)
        {
            var record = _heap[0].Head;
            buffer[filled++] = record;
            do
            {
                if (!_heap[0].MoveNext()) _heap[0] = _heap[--_count];
                if (_count > 1) Sink(0);
            }
            while (_count > 0 && _heap[0].Head == record);
        }

        return filled;
    }

    private void Sink(int at)
    {
        var part = _heap[at];
        while (true)
        {
            int child = 2 * at + 1;
            if (child >= _count) break;
            if (child + 1 < _count && _heap[child + 1].Head.CompareTo(_heap[child].Head) < 0) child++;
            if (part.Head.CompareTo(_heap[child].Head) <= 0) break;
            _heap[at] = _heap[child];
            at = child;
        }

        _heap[at] = part;
    }

    private sealed class Part
    {
        private readonly SortedRun? _run;
        private readonly ObjectRecord[] _buffer;
        private long _position;
        private int _at;
        private int _end;

        public Part(ArraySegment<ObjectRecord> chunk) => (_buffer, _at, _end) = (chunk.Array!, chunk.Offset, chunk.Offset + chunk.Count);

        public Part(SortedRun run, int bufferRecords) => (_run, _buffer) = (run, new ObjectRecord[Math.Min(bufferRecords, run.Count)]);

        public ref readonly ObjectRecord Head => ref _buffer[_at];

        public bool MoveNext() => ++_at < _end || Fill();

        /// <summary>Makes sure that there is a head; false at the end.</summary>
        public bool Fill()
        {
            if (_at < _end) return true;
            if (_run is null) return false;
            (_at, _end) = (0, _run.Read(_position, _buffer));
            _position += _end;
            return _end > 0;
        }
    }
}
