using Cvmfs.Net.Proxy.Diagnostics;

namespace Cvmfs.Net.Proxy.Storage;

internal sealed partial class DiskFolder
{
    /// <summary>Victims that are removed together: one record after the other, one write.</summary>
    private const int EvictionBatch = 256;

    private readonly List<TableEntry<Location>> _victims = [];
    private Segment? _moving;

    /// <summary>Evicts until objects take no more than they may, then takes back what evicted ones left in segments.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public void MakeRoom()
    {
        // Small objects leave holes: an eighth of their segments may be holes before a segment has to be copied.
        long slack = Math.Min(_settings.MaxBytes / 8, Interlocked.Read(ref _segmentBytes) / 8 + 2 * _settings.SegmentBytes);
        _table.Capacity = _settings.MaxBytes - slack;
        while (true)
        {
            _victims.Clear();
            while (_victims.Count < EvictionBatch && _table.TryEvict(out var victim)) _victims.Add(victim);
            if (_victims.Count == 0) break;
            foreach (var victim in _victims) _counters.Evicted(victim.Length);
            Delete(_victims);
        }

        foreach (var segment in _segments.Values.Where(static segment => segment.IsSettled && segment.Live == 0)) Drop(segment);
        while (UsedBytes > _settings.MaxBytes && Emptiest() is { } segment) Empty(segment);
    }

    private Segment? Emptiest()
    {
        Segment? best = null;
        foreach (var segment in _segments.Values)
        {
            if (!segment.IsSettled || segment.Live >= segment.End) continue;
            if (best is null || (double)segment.Live / segment.End < (double)best.Live / best.End) best = segment;
        }

        return best;
    }

    /// <summary>Copies what is wanted out of a segment and removes it. What nobody asked for since it came is let go instead.</summary>
    private void Empty(Segment segment)
    {
        var unwanted = new List<TableEntry<Location>>();
        _moving = segment;
        try
        {
            SegmentScan.Run(_files, segment, 0, (in SegmentRecord record, uint offset, ReadOnlySpan<byte> content) =>
            {
                if (!_table.TryGet(record.Hash, isUse: false, out var entry) || entry.Value != new Location(segment.Number, offset)) return;
                if (entry.IsMain || entry.Touches > 0) Append(entry, content);
                else unwanted.Add(entry);
            });
            FlushBatch();
        }
        catch (UnreadableFileException failure)
        {
            _counters.CountReadError();
            _logger.SegmentUnreadable(segment.Path, failure);
            FlushBatch();
            AddAllOf(segment, unwanted); // what was moved has another place by now
        }
        finally
        {
            _moving = null;
            DropBatch();
        }

        var removed = new List<TableEntry<Location>>();
        foreach (var entry in unwanted)
        {
            var place = entry.Value;
            if (!_table.TryRemove(entry.Hash, out var gone, value => value == place)) continue;
            _counters.Evicted(gone.Length);
            removed.Add(gone);
        }

        if (removed.Count > 0) Delete(removed);
        Drop(segment);
    }

    private void AddAllOf(Segment segment, List<TableEntry<Location>> entries)
    {
        var some = new TableEntry<Location>[1024];
        int position = 0;
        do
        {
            int count = _table.CopyFrom(ref position, some);
            entries.AddRange(some.AsSpan(0, count).ToArray().Where(entry => entry.Value.Segment == segment.Number && !entry.Value.IsOwnFile));
        }
        while (position > 0);
    }

    private void Drop(Segment segment)
    {
        if (!_segments.TryRemove(segment.Number, out _)) return;
        Interlocked.Add(ref _segmentBytes, -segment.End);
        segment.File.Release();
        _files.Delete(segment.Path);
    }

    /// <summary>Takes what left the table off the disk.</summary>
    private void Delete(List<TableEntry<Location>> removed)
    {
        try
        {
            _log.Removed(removed);
        }
        finally
        {
            foreach (var entry in removed)
            {
                Uncount(entry);
                if (!entry.Value.IsOwnFile) continue;
                _open.Remove(entry.Hash);
                _files.Delete(_layout.Object(entry.Hash));
            }
        }
    }
}
