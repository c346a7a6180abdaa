using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Proxy.Storage;

internal sealed partial class DiskFolder
{
    private const int BatchBytes = 1 << 20;

    private readonly byte[] _batch = new byte[BatchBytes];
    private readonly List<TableEntry<Location>> _batched = [];
    private readonly HashSet<Hashing.ContentHash> _batchedHashes = [];
    private readonly bool[] _objectFolders = new bool[256];
    private Segment? _active;
    private uint _lastSegment;
    private int _batchLength;

    /// <summary>Writes whole objects: one call of the system for many small ones.</summary>
    /// <exception cref="IOException">The disk fails; what was not in the table by then is not stored.</exception>
    public void Write(IReadOnlyList<PendingObject> objects)
    {
        try
        {
            foreach (var pending in objects)
            {
                if (Contains(pending.Key.Hash) || _batchedHashes.Contains(pending.Key.Hash) || !_table.Admits(pending.Key.Hash, pending.Bytes.Length)) continue;
                if (pending.Bytes.Length >= Location.OwnFileBytes) WriteOwnFile(pending);
                else Append(EntryOf(pending.Key, pending.Repository, pending.Bytes.Length, pending.FetchedAt), pending.Bytes);
            }

            FlushBatch();
        }
        finally
        {
            DropBatch();
        }
    }

    /// <summary>Creates a file for a large object.</summary>
    /// <exception cref="IOException">The disk cannot take it.</exception>
    public (ObjectFile File, string Path) Stage()
    {
        string path = _layout.Staged(Interlocked.Increment(ref _staged));
        return (new ObjectFile(_files.Create(path)), path);
    }

    /// <summary>Makes a staged file an object. Takes over the lease of whoever staged it.</summary>
    /// <returns>False when it is not let in.</returns>
    /// <exception cref="IOException">The disk fails; a file that is left even so is found at the next start.</exception>
    public bool Commit(ObjectKey key, int repository, ObjectFile file, string path, long length, FetchTime fetchedAt)
    {
        bool isKept = false;
        string? named = null;
        try
        {
            if (Contains(key.Hash))
            {
                _files.Delete(path);
                return true;
            }

            if (!_table.Admits(key.Hash, length))
            {
                _files.Delete(path);
                return false;
            }

            string name = _layout.Object(key.Hash);
            if (!_objectFolders[key.Hash.FirstByte]) _files.MakeFolder(_layout.ObjectFolder(key.Hash));
            _objectFolders[key.Hash.FirstByte] = true;
            _files.Rename(path, name);
            named = name;
            var entry = EntryOf(key, repository, length, fetchedAt);
            lock (_publish)
            {
                _log.Added([entry]);
                Count(entry);
                var admission = _table.Insert(entry);
                if (admission != Admission.Admitted) Uncount(entry); // somebody else was quicker: the file is the same
                isKept = admission != Admission.Refused;
            }

            if (!isKept) return false;
            _open.Remove(key.Hash); // one that was damaged and removed may have been opened late
            _open.Add(key.Hash, file);
            return true;
        }
        finally
        {
            if (!isKept)
            {
                file.Release();
                if (named is not null && !Contains(key.Hash)) _files.Delete(named); // where the log took nothing: nobody would count its bytes
            }
        }
    }

    /// <summary>Removes a staged file.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public void Discard(ObjectFile file, string path)
    {
        file.Release();
        _files.Delete(path);
    }

    /// <summary>Begins a new log, writes everything to a snapshot, removes the older ones.</summary>
    /// <exception cref="IOException">The disk fails; what is there can be loaded all the same.</exception>
    public void WriteSnapshot()
    {
        lock (_publish) _log.Begin(_log.Number + 1);
        SnapshotBytes = _log.WriteSnapshot(_table);
        foreach (string ending in new[] { FolderLayout.LogEnding, FolderLayout.SnapshotEnding })
        {
            foreach (uint number in FolderLayout.NumbersOf(_files.List(_layout.Index), ending).Where(number => number < _log.Number))
            {
                _files.Delete(ending == FolderLayout.LogEnding ? _layout.Log(number) : _layout.Snapshot(number));
            }
        }
    }

    /// <summary>Bytes of the last snapshot.</summary>
    public long SnapshotBytes { get; private set; }

    /// <summary>Bytes of the log since.</summary>
    public long LogBytes => _log.Bytes;

    private TableEntry<Location> EntryOf(ObjectKey key, int repository, long length, FetchTime fetchedAt)
        => new(key.Hash, default, length, repository, key.Suffix == ObjectSuffix.Catalog, Epoch) { FetchedAt = fetchedAt };

    private void WriteOwnFile(PendingObject pending)
    {
        var (file, path) = Stage();
        bool isWritten = false;
        try
        {
            _files.Write(file.Handle, pending.Bytes, 0, path);
            isWritten = true;
        }
        finally
        {
            if (!isWritten) Discard(file, path);
        }

        Commit(pending.Key, pending.Repository, file, path, pending.Bytes.Length, pending.FetchedAt);
    }

    /// <summary>Adds an object to the batch.</summary>
    private void Append(TableEntry<Location> entry, ReadOnlySpan<byte> content)
    {
        int bytes = SegmentRecord.BytesOf(content.Length);
        if (_batchLength + bytes > _batch.Length) FlushBatch();
        if (_active is null || _active.End + _batchLength + bytes > _settings.SegmentBytes)
        {
            FlushBatch();
            BeginSegment();
        }

        entry.Value = new Location(_active!.Number, (uint)(_active.End + _batchLength + SegmentRecord.HeadBytes));
        _batchLength += SegmentRecord.Write(_batch.AsSpan(_batchLength), entry.Hash, content, entry.IsCatalog, entry.FetchedAt);
        _batched.Add(entry);
        _batchedHashes.Add(entry.Hash);
    }

    /// <summary>Writes the batch: first the bytes, then the log, then the table.</summary>
    private void FlushBatch()
    {
        if (_batchLength == 0) return;
        var active = _active!;
        _files.Write(active.File.Handle, _batch.AsSpan(0, _batchLength), active.End, active.Path);
        var entries = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_batched);
        lock (_publish)
        {
            _log.Added(entries);
            active.End += _batchLength;
            Interlocked.Add(ref _segmentBytes, _batchLength);
            foreach (ref readonly var entry in entries) Publish(entry);
        }

        DropBatch();
    }

    private void Publish(in TableEntry<Location> entry)
    {
        Count(entry);
        if (_moving is { } from && _table.TryReplace(entry.Hash, entry.Value, value => value.Segment == from.Number))
        {
            from.AddLive(-Location.CostOf(entry.Length));
            return;
        }

        if (_moving is not null || _table.Insert(entry) != Admission.Admitted) Uncount(entry);
    }

    private void DropBatch()
    {
        _batchLength = 0;
        _batched.Clear();
        _batchedHashes.Clear();
    }

    private void BeginSegment()
    {
        uint number = ++_lastSegment;
        string path = _layout.Segment(number);
        var begun = new Segment(number, path, new ObjectFile(_files.Create(path)), 0);
        if (_active is not null) _active.IsSettled = true;
        _active = begun; // first: who sees a segment that is not the active one takes it for finished
        _segments[number] = begun;
    }
}
