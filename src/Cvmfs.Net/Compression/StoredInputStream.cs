namespace Cvmfs.Net.Compression;

/// <summary>
/// Feeds stored bytes to a decoder and learns from its demands whether they ended where the stream did. The framework's
/// decoder tells neither, but it never asks for input once it has seen the end mark:
/// <list type="bullet">
/// <item>it asks beyond the last byte: the stream is cut short, which is refused here;</item>
/// <item>it never asks for the last byte, which is handed out alone for that purpose: bytes follow the stream.</item>
/// </list>
/// </summary>
internal sealed class StoredInputStream(Stream stored, string origin, bool leaveOpen) : Stream
{
    private byte _held;
    private bool _isHolding;
    private bool _sourceEnded;

    /// <summary>Bytes handed to the decoder.</summary>
    public long BytesRead { get; private set; }

    /// <summary>True once the decoder took the very last stored byte. After a normal end of decoding: nothing follows the stream.</summary>
    public bool IsExhausted => _sourceEnded && !_isHolding;

    /// <summary>True once the stored stream itself threw.</summary>
    public bool SourceFailed { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => BytesRead;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.Length < 2) return ReadSingle(buffer);
        int given = TakeHeld(buffer);
        while (true)
        {
            int read = _sourceEnded ? 0 : ReadSource(buffer[given..]);
            if (TryFinishRead(buffer, ref given, read)) return given;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length < 2) return ReadSingle(buffer.Span);
        int given = TakeHeld(buffer.Span);
        while (true)
        {
            int read = _sourceEnded ? 0 : await ReadSourceAsync(buffer[given..], cancellationToken).ConfigureAwait(false);
            if (TryFinishRead(buffer.Span, ref given, read)) return given;
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !leaveOpen) stored.Dispose();
        base.Dispose(disposing);
    }

    public override async ValueTask DisposeAsync()
    {
        if (!leaveOpen) await stored.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private static int ReadSingle(Span<byte> buffer)
        => buffer.IsEmpty ? 0 : throw new NotSupportedException("A decoder reads in blocks.");

    private int ReadSource(Span<byte> buffer)
    {
        SourceFailed = true; // until it has not
        int read = stored.Read(buffer);
        SourceFailed = false;
        return read;
    }

    private async ValueTask<int> ReadSourceAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        SourceFailed = true;
        int read = await stored.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        SourceFailed = false;
        return read;
    }

    private int TakeHeld(Span<byte> buffer)
    {
        if (!_isHolding) return 0;
        buffer[0] = _held;
        _isHolding = false;
        return 1;
    }

    /// <summary>Books what a read brought. True when <paramref name="given"/> bytes can go to the decoder, false to read on.</summary>
    private bool TryFinishRead(Span<byte> buffer, ref int given, int read)
    {
        if (read == 0)
        {
            _sourceEnded = true;
            if (given == 0) throw new CvmfsFormatException(origin, "the compressed stream is cut short.", BytesRead);
            BytesRead += given;
            return true;
        }

        given += read;
        if (given < 2) return false; // the only byte there is may be the last: hold nothing back yet, look further
        _held = buffer[--given];
        _isHolding = true;
        BytesRead += given;
        return true;
    }
}
