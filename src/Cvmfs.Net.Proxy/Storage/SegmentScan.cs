namespace Cvmfs.Net.Proxy.Storage;

/// <summary>Reads the records of a segment one after the other.</summary>
internal static class SegmentScan
{
    private const int WindowBytes = 1 << 20;

    /// <summary>Takes an object whose bytes have their checksum.</summary>
    public delegate void Visitor(in SegmentRecord record, uint contentOffset, ReadOnlySpan<byte> content);

    /// <summary>Reads from an offset to the end, or to the first head that is none. Damaged contents are passed over.</summary>
    /// <exception cref="UnreadableFileException">It cannot be read, from some place on.</exception>
    public static void Run(StorageFiles files, Segment segment, long from, Visitor visit)
    {
        byte[] window = new byte[WindowBytes];
        long end = segment.End;
        while (from < end)
        {
            int held = Read(files, segment, window.AsSpan(0, (int)Math.Min(window.Length, end - from)), from);
            int at = 0;
            while (SegmentRecord.TryRead(window.AsSpan(at, held - at), out var record))
            {
                int bytes = SegmentRecord.BytesOf(record.Length);
                if (at + bytes > held) break; // the rest of it comes with the next window, or was never written
                var content = window.AsSpan(at + SegmentRecord.HeadBytes, record.Length);
                if (Checksum.Of(content) == record.ContentChecksum) visit(record, (uint)(from + at + SegmentRecord.HeadBytes), content);
                at += bytes;
            }

            if (at == 0) return;
            from += at;
        }
    }

    private static int Read(StorageFiles files, Segment segment, Span<byte> window, long from)
    {
        try
        {
            return files.Read(segment.File.Handle, window, from, segment.Path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UnreadableFileException(segment.Path, from, failure);
        }
    }
}
