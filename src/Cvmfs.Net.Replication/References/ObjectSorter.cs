// References/ compares two very large sets: what catalogs refer to, and what a storage has. Neither fits into memory.
//
//   catalogs ► CatalogReferences, kept as ReferenceLists ─┐
//                                                         ├► ObjectSorter ► SortedObjects ─┐
//   data/00 … data/ff ► StorageListing ───────────────────┘  chunks, runs                  ├► OrderedJoin
//                                                            StorageListing, by folder ────┘
// Must stay true
//   - Memory stays within what was allowed, whatever comes in; what does not fit goes through files without names, which no ending leaves behind.
//   - A kept list is believed only if its checksum holds, and a list that is lost costs time only.
//   - What makes no sense is reported or thrown, never left out: who deletes by these sets must know that they are whole.
namespace Cvmfs.Net.Replication.References;

/// <summary>Sorts any number of objects within a bound of memory and drops repeats. Add through lanes, one per thread; then finish, once.</summary>
internal sealed class ObjectSorter : IDisposable
{
    /// <summary>Least memory that it works with.</summary>
    public const long LeastBytes = 1 << 20;

    private const int MaxRuns = 64; // files open at once, and streams that a disk reads at once
    private const int LargestChunk = 1 << 20;
    private const int SmallestChunk = 1 << 10;
    private const int LeastChunks = 6; // beside two for each lane: the one it fills, and one that waits
    private const int FirstChunk = 1 << 10;
    private const int SpillRecords = 1 << 14;

    private readonly Lock _gate = new();
    private readonly string _folder;
    private readonly int _chunkRecords;
    private readonly long _maxRecords;
    private readonly int _bufferRecords;
    private readonly List<ArraySegment<ObjectRecord>> _full = [];
    private readonly Stack<ObjectRecord[]> _free = new();
    private readonly List<SortedRun> _runs = [];
    private readonly List<Lane> _lanes = [];
    private long _spilled;
    private bool _isFinished;

    /// <summary>Begins an empty one.</summary>
    /// <param name="memoryBytes">Memory, in bytes; no less than <see cref="LeastBytes"/> is used. Taken as it is needed.</param>
    /// <param name="temporaryFolder">Where files go; made when it is needed.</param>
    /// <param name="lanes">How many lanes there will be.</param>
    public ObjectSorter(long memoryBytes, string temporaryFolder, int lanes = 1)
    {
        long records = Math.Max(memoryBytes, LeastBytes) / ObjectRecord.Bytes;
        _folder = temporaryFolder;
        _bufferRecords = (int)Math.Clamp(records / 4 / MaxRuns, 256, 1 << 15);
        _maxRecords = records - records / 4; // a quarter for reading what was spilled
        _chunkRecords = (int)Math.Clamp(_maxRecords / (LeastChunks + 2 * lanes), SmallestChunk, LargestChunk);
    }

    /// <summary>Bytes that went to files so far, each time that they did.</summary>
    public long BytesSpilled => Interlocked.Read(ref _spilled) * ObjectRecord.Bytes;

    /// <summary>A way in. Used by one thread at a time.</summary>
    public Lane AddLane()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isFinished, this);
            var lane = new Lane(this);
            _lanes.Add(lane);
            return lane;
        }
    }

    /// <summary>Ends the adding: no lane may be used any more.</summary>
    /// <returns>What was added, sorted. The caller disposes it.</returns>
    /// <exception cref="IOException">The temporary folder cannot take what does not fit into memory.</exception>
    public SortedObjects Finish()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isFinished, this);
            foreach (var lane in _lanes) lane.Flush();
            _free.Clear();
            while (_runs.Count > MaxRuns) Consolidate();
            _isFinished = true;
            var sorted = new SortedObjects([.. _full], [.. _runs], _bufferRecords);
            _full.Clear();
            _runs.Clear();
            return sorted;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _isFinished = true;
            foreach (var run in _runs) run.Dispose();
            _runs.Clear();
            _full.Clear();
            _free.Clear();
        }
    }

    /// <summary>Takes a sorted chunk over, and gives an empty one for it.</summary>
    private ObjectRecord[] Exchange(ObjectRecord[] chunk, int count)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isFinished, this);
            _full.Add(new ArraySegment<ObjectRecord>(chunk, 0, count));
            if (_free.Count == 0 && (long)(_full.Count + _lanes.Count) * _chunkRecords > _maxRecords) Spill();
            return _free.TryPop(out var free) ? free : new ObjectRecord[FirstChunk];
        }
    }

    private void Spill()
    {
        _runs.Add(Write(RecordMerge.Of(_full, [], 0)));
        foreach (var chunk in _full) _free.Push(chunk.Array!); // whole ones: no lane hands over another
        _full.Clear();
    }

    /// <summary>Makes one of the first files, as many as are merged at once.</summary>
    private void Consolidate()
    {
        var first = _runs.GetRange(0, MaxRuns);
        var merged = Write(RecordMerge.Of([], first, _bufferRecords));
        _runs.RemoveRange(0, MaxRuns);
        _runs.Add(merged);
        foreach (var run in first) run.Dispose();
    }

    private SortedRun Write(RecordMerge merge)
    {
        var run = SortedRun.Create(_folder);
        try
        {
            var buffer = new ObjectRecord[SpillRecords];
            for (int filled; (filled = merge.Read(buffer)) > 0;) run.Append(buffer.AsSpan(0, filled));
            Interlocked.Add(ref _spilled, run.Count);
            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    /// <summary>Takes objects from one thread.</summary>
    internal sealed class Lane
    {
        private readonly ObjectSorter _sorter;
        private ObjectRecord[] _chunk = new ObjectRecord[FirstChunk];
        private int _count;

        internal Lane(ObjectSorter sorter) => _sorter = sorter;

        /// <summary>Adds one.</summary>
        /// <exception cref="IOException">The temporary folder cannot take what does not fit into memory.</exception>
        public void Add(ObjectRecord record)
        {
            if (_count == _chunk.Length) MakeRoom();
            _chunk[_count++] = record;
        }

        /// <summary>Adds several.</summary>
        /// <exception cref="IOException">The temporary folder cannot take what does not fit into memory.</exception>
        public void Add(ReadOnlySpan<ObjectRecord> records)
        {
            while (records.Length > 0)
            {
                if (_count == _chunk.Length) MakeRoom();
                int taken = Math.Min(records.Length, _chunk.Length - _count);
                records[..taken].CopyTo(_chunk.AsSpan(_count));
                _count += taken;
                records = records[taken..];
            }
        }

        /// <summary>Hands over what is left.</summary>
        internal void Flush()
        {
            int count = RecordSort.SortAndDeduplicate(_chunk.AsSpan(0, _count));
            if (count > 0) _sorter._full.Add(new ArraySegment<ObjectRecord>(_chunk, 0, count));
            (_chunk, _count) = ([], 0);
        }

        private void MakeRoom()
        {
            if (_chunk.Length < _sorter._chunkRecords)
            {
                Array.Resize(ref _chunk, (int)Math.Min(2L * _chunk.Length, _sorter._chunkRecords));
                return;
            }

            _count = RecordSort.SortAndDeduplicate(_chunk);
            if (_count <= _chunk.Length / 2) return; // mostly repeats: there is room again
            _chunk = _sorter.Exchange(_chunk, _count);
            _count = 0;
        }
    }
}
