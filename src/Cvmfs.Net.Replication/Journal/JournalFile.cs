using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Replication.Journal;

/// <summary>The file behind the journal: a row of records that only grows. Whatever a crash leaves of it can be read; what makes no sense ends it.</summary>
internal sealed class JournalFile : IDisposable
{
    /// <summary>Name in the spool folder.</summary>
    public const string FileName = "journal";

    private const int MaxRecords = 4_000_000; // 128 MB; there are as many as catalogs wait, and as objects failed

    private readonly Lock _gate = new();
    private readonly SafeFileHandle _handle;
    private long _length;

    private JournalFile(SafeFileHandle handle, long length) => (_handle, _length) = (handle, length);

    /// <summary>Reads what there is, up to the first record that is none.</summary>
    public static async Task<List<JournalRecord>> ReadAsync(RootFolder spool, CancellationToken cancellationToken)
    {
        byte[]? content;
        try
        {
            content = await spool.ReadAsync(FileName, MaxRecords * JournalRecord.Bytes, cancellationToken).ConfigureAwait(false);
        }
        catch (CvmfsFormatException)
        {
            content = null; // longer than any that was written: it costs time to do without, no more
        }

        var records = new List<JournalRecord>();
        for (int at = 0; content is not null && JournalRecord.TryRead(content.AsSpan(at), out var record); at += JournalRecord.Bytes) records.Add(record);
        return records;
    }

    /// <summary>Begins the file anew with some records, and opens it to add more.</summary>
    /// <exception cref="IOException">The folder cannot take it.</exception>
    public static async Task<JournalFile> BeginAsync(RootFolder spool, IReadOnlyCollection<JournalRecord> records, CancellationToken cancellationToken)
    {
        byte[] content = new byte[records.Count * JournalRecord.Bytes];
        int at = 0;
        foreach (var record in records)
        {
            record.WriteTo(content.AsSpan(at));
            at += JournalRecord.Bytes;
        }

        await spool.ReplaceAsync(FileName, content, cancellationToken).ConfigureAwait(false);
        string path = Path.Combine(spool.Location, FileName);
        return new JournalFile(File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete), content.Length);
    }

    /// <summary>Adds a record. It survives the process at once, the machine when the machine pleases.</summary>
    /// <exception cref="IOException">The folder cannot take it.</exception>
    public void Append(JournalRecord record)
    {
        Span<byte> bytes = stackalloc byte[JournalRecord.Bytes];
        record.WriteTo(bytes);
        lock (_gate)
        {
            if (_length >= (long)MaxRecords * JournalRecord.Bytes) return;
            try
            {
                RandomAccess.Write(_handle, bytes, _length);
            }
            catch (ArgumentOutOfRangeException e)
            {
                throw new IOException($"{FileName}: cannot grow beyond {_length} bytes: {e.Message}"); // how the framework takes a limit on the size of files
            }

            _length += bytes.Length;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
