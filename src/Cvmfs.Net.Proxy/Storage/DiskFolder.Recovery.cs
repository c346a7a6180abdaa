using Cvmfs.Net.Hashing;
using Cvmfs.Net.Proxy.Diagnostics;

namespace Cvmfs.Net.Proxy.Storage;

internal sealed partial class DiskFolder
{
    private readonly Dictionary<uint, long> _knownEnds = [];

    /// <summary>Whether all that is in the folder is known. Until then something may be there that is not found.</summary>
    public bool IsRecovered { get; private set; }

    /// <summary>Looks for what the index does not know: the ends of segments and files that were written just before the process died. Takes its
    /// time; what it finds is added while requests are served.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public void Recover(CancellationToken cancellationToken)
    {
        int before = _table.Count;
        foreach (var segment in _segments.Values)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (segment == _active || segment.IsSettled) continue;
            try
            {
                SegmentScan.Run(_files, segment, _knownEnds.GetValueOrDefault(segment.Number), (in SegmentRecord record, uint offset, ReadOnlySpan<byte> _) =>
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Adopt(new TableEntry<Location>(record.Hash, new Location(segment.Number, offset), record.Length, 0, record.IsCatalog, 0) { FetchedAt = record.FetchedAt });
                });
            }
            catch (UnreadableFileException failure)
            {
                _counters.CountReadError();
                _logger.SegmentUnreadable(segment.Path, failure); // a bad place costs what lies behind it, not all the other segments
            }

            segment.IsSettled = true;
        }

        foreach (string folder in _files.List(_layout.Objects)) RecoverFiles(folder, cancellationToken);
        IsRecovered = true;
        _logger.CacheRecovered(_layout.Root, _table.Count, _table.Bytes, _table.Count - before);
    }

    private void RecoverFiles(string folder, CancellationToken cancellationToken)
    {
        string path = Path.Combine(_layout.Objects, folder);
        if (folder.Length != 2 || new FileInfo(path).LinkTarget is not null) return;
        foreach (string name in _files.List(path))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!FolderLayout.TryObject(folder, name, out var hash) || Contains(hash)) continue;
            using var file = _files.Open(Path.Combine(path, name));
            if (file is null || _files.LengthOf(file) is not (>= Location.OwnFileBytes and <= TableEntry<Location>.MaxLength and var length)) continue;
            long written = new DateTimeOffset(File.GetLastWriteTimeUtc(file)).ToUnixTimeSeconds();
            Adopt(new TableEntry<Location>(hash, default, length, 0, false, 0) { FetchedAt = FetchTime.OfUnixTime(written) });
        }
    }

    private void Adopt(TableEntry<Location> entry)
    {
        lock (_publish)
        {
            if (Contains(entry.Hash)) return;
            _log.Added([entry]);
            Count(entry);
            if (!_table.Restore(entry)) Uncount(entry);
        }
    }

    /// <summary>Reads snapshot and logs. Fast: nothing is opened but segments, nothing is hashed.</summary>
    private void Load()
    {
        foreach (uint number in FolderLayout.NumbersOf(_files.List(_layout.Segments), ""))
        {
            _lastSegment = Math.Max(_lastSegment, number);
            if (_files.Open(_layout.Segment(number)) is not { } handle) continue;
            var segment = new Segment(number, _layout.Segment(number), new ObjectFile(handle), _files.LengthOf(handle));
            _segments[number] = segment;
            _segmentBytes += segment.End;
        }

        string[] names = [.. _files.List(_layout.Index)];
        var snapshots = FolderLayout.NumbersOf(names, FolderLayout.SnapshotEnding);
        var logs = FolderLayout.NumbersOf(names, FolderLayout.LogEnding);
        uint first = snapshots.Count > 0 ? snapshots[^1] : 0;
        if (first > 0) Replay(_layout.Snapshot(first));
        foreach (uint number in logs.Where(number => number >= first)) Replay(_layout.Log(number));
        _log.Begin(Math.Max(first, logs.Count > 0 ? logs[^1] : 0) + 1);
        foreach (string left in _files.List(_layout.Staging).ToList()) _files.Delete(Path.Combine(_layout.Staging, left));
        foreach (string left in names.Where(static name => name.EndsWith(".new", StringComparison.Ordinal))) _files.Delete(Path.Combine(_layout.Index, left));
    }

    private void Replay(string path)
    {
        var repositories = new Dictionary<int, int>();
        bool whole = IndexLog.Read(_files, path, (kind, content) =>
        {
            switch (kind)
            {
                case IndexRecord.Kind.Repository:
                    var (number, name) = IndexRecord.Repository(content);
                    repositories[number] = _settings.Names.NumberOf(name);
                    break;
                case IndexRecord.Kind.Removed when IndexRecord.TryRemoved(content, out var hash):
                    Take(hash);
                    break;
                case IndexRecord.Kind.Added when IndexRecord.TryAdded(content, number => repositories.GetValueOrDefault(number), out var entry):
                    Take(entry.Hash);
                    if (!IsPlausible(entry)) break;
                    Count(entry);
                    _table.Restore(entry);
                    break;
            }
        });
        if (!whole) _logger.IndexCutShort(path);
    }

    private void Take(in ContentHash hash)
    {
        if (_table.TryRemove(hash, out var removed)) Uncount(removed);
    }

    /// <summary>Whether the place of an object exists. Notes how far its segment is known.</summary>
    private bool IsPlausible(in TableEntry<Location> entry)
    {
        if (entry.Value.IsOwnFile) return true; // found out when it is opened: a look at each of a million files takes too long
        if (!_segments.TryGetValue(entry.Value.Segment, out var segment)) return false;
        long end = entry.Value.Offset - SegmentRecord.HeadBytes + SegmentRecord.BytesOf((int)entry.Length);
        if (entry.Value.Offset < SegmentRecord.HeadBytes || entry.Value.Offset + entry.Length > segment.End) return false;
        ref long known = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_knownEnds, entry.Value.Segment, out _);
        known = Math.Max(known, end);
        return true;
    }
}
