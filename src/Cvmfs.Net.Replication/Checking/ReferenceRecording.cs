using Cvmfs.Net.Replication.References;

namespace Cvmfs.Net.Replication.Checking;

/// <summary>Remembers what one catalog refers to while it is looked through, up to a number.</summary>
internal sealed class ReferenceRecording(int most)
{
    private ObjectRecord[]? _records = new ObjectRecord[256];
    private int _count;

    /// <summary>Adds one.</summary>
    public void Add(ObjectRecord record)
    {
        var records = _records;
        if (records is null) return;
        if (_count == records.Length)
        {
            _count = RecordSort.SortAndDeduplicate(records);
            if (_count > records.Length / 2)
            {
                if (records.Length < most) Array.Resize(ref records, 2 * records.Length);
                else records = null;
                _records = records;
            }
        }

        if (records is not null) records[_count++] = record;
    }

    /// <summary>All, sorted and each once; null if there were too many.</summary>
    public ArraySegment<ObjectRecord>? Finish()
    {
        if (_records is not { } records) return default(ArraySegment<ObjectRecord>?);
        return new ArraySegment<ObjectRecord>(records, 0, RecordSort.SortAndDeduplicate(records.AsSpan(0, _count)));
    }
}
