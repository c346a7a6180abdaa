using System.IO.Compression;

namespace Cvmfs.Net.Compression;

/// <summary>Compresses what is written; unlike the framework's stream it ends empty content with a valid zlib stream.</summary>
internal sealed class ZlibWriteStream : Stream
{
    private readonly Stream _stored;
    private readonly bool _leaveOpen;
    private ZLibStream? _zlib;
    private bool _disposed;

    public ZlibWriteStream(Stream stored, bool leaveOpen) => (_stored, _leaveOpen) = (stored, leaveOpen);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => !_disposed;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (!buffer.IsEmpty) Zlib().Write(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        => buffer.IsEmpty ? ValueTask.CompletedTask : Zlib().WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // A flush would put a sync marker into the stream and change the object's name; the end of content is the only flush.
    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            if (_zlib is not null) await _zlib.DisposeAsync().ConfigureAwait(false);
            else await _stored.WriteAsync(ZlibCodec.EmptyContent).ConfigureAwait(false);
            if (!_leaveOpen) await _stored.DisposeAsync().ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            if (_zlib is not null) _zlib.Dispose();
            else _stored.Write(ZlibCodec.EmptyContent.Span);
            if (!_leaveOpen) _stored.Dispose();
        }

        base.Dispose(disposing);
    }

    private ZLibStream Zlib()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _zlib ??= new ZLibStream(_stored, new ZLibCompressionOptions { CompressionLevel = ZlibCodec.DefaultLevel }, leaveOpen: true);
    }
}
