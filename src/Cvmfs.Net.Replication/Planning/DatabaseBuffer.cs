namespace Cvmfs.Net.Replication.Planning;

/// <summary>Takes a database of unknown size: in memory while it is small, in a temporary file from there on.</summary>
internal sealed class DatabaseBuffer(string temporaryFolder) : Stream
{
    /// <summary>8 MiB hold nearly every catalog; how many are open at once, the scheduler bounds.</summary>
    private const int MaxInMemoryBytes = 8 << 20;

    private MemoryStream? _memory = new();
    private FileStream? _file;

    /// <summary>The whole content, or null where it went to a file.</summary>
    public ReadOnlyMemory<byte>? Content => _memory is { } memory ? memory.GetBuffer().AsMemory(0, (int)memory.Length) : null;

    /// <summary>The file, complete once this was disposed; null where the content is in memory. Whoever opens it deletes it.</summary>
    public string? FilePath { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_memory is { } memory && memory.Length + buffer.Length > MaxInMemoryBytes) Spill(memory);
        if (_memory is not null) _memory.Write(buffer);
        else _file!.Write(buffer);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Write(buffer.Span); // to memory or to the page cache: there is nothing to wait for that a thread switch would not exceed
        return ValueTask.CompletedTask;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() => _file?.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _file?.Dispose();
        base.Dispose(disposing);
    }

    private void Spill(MemoryStream memory)
    {
        FilePath = Path.Combine(temporaryFolder, $"database.{Guid.NewGuid():n}");
        _file = new FileStream(FilePath, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 64 << 10);
        _file.Write(memory.GetBuffer().AsSpan(0, (int)memory.Length));
        _memory = null;
    }
}
