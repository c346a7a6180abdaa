using System.Buffers;
using System.IO.Compression;

namespace Cvmfs.Net.Compression;

/// <summary>Compresses what is written. Two things the framework's stream does not do: empty content ends as a valid zlib stream, and
/// the result depends on the content alone. The library inside looks ahead only as far as one write reaches, so that the same
/// content written in other pieces would get another name; everything is therefore cut into equal blocks first.</summary>
internal sealed class ZlibWriteStream : Stream
{
    private const int BlockBytes = 64 * 1024;

    private readonly Stream _stored;
    private readonly bool _leaveOpen;
    private readonly byte[] _block = ArrayPool<byte>.Shared.Rent(BlockBytes);
    private ZLibStream? _zlib;
    private int _filled;
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
        ObjectDisposedException.ThrowIf(_disposed, this);
        while (!buffer.IsEmpty)
        {
            if (_filled == 0 && buffer.Length >= BlockBytes)
            {
                Zlib().Write(buffer[..BlockBytes]);
                buffer = buffer[BlockBytes..];
                continue;
            }

            int step = Fill(buffer);
            buffer = buffer[step..];
            if (_filled < BlockBytes) return;
            Zlib().Write(_block, 0, BlockBytes);
            _filled = 0;
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        while (!buffer.IsEmpty)
        {
            if (_filled == 0 && buffer.Length >= BlockBytes)
            {
                await Zlib().WriteAsync(buffer[..BlockBytes], cancellationToken).ConfigureAwait(false);
                buffer = buffer[BlockBytes..];
                continue;
            }

            int step = Fill(buffer.Span);
            buffer = buffer[step..];
            if (_filled < BlockBytes) return;
            await Zlib().WriteAsync(_block.AsMemory(0, BlockBytes), cancellationToken).ConfigureAwait(false);
            _filled = 0;
        }
    }

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
            try
            {
                if (_filled > 0) await Zlib().WriteAsync(_block.AsMemory(0, _filled)).ConfigureAwait(false);
                if (_zlib is not null) await _zlib.DisposeAsync().ConfigureAwait(false);
                else await _stored.WriteAsync(ZlibCodec.EmptyContent).ConfigureAwait(false);
                if (!_leaveOpen) await _stored.DisposeAsync().ConfigureAwait(false);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(_block);
            }
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            try
            {
                if (_filled > 0) Zlib().Write(_block, 0, _filled);
                if (_zlib is not null) _zlib.Dispose();
                else _stored.Write(ZlibCodec.EmptyContent.Span);
                if (!_leaveOpen) _stored.Dispose();
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(_block);
            }
        }

        base.Dispose(disposing);
    }

    private int Fill(ReadOnlySpan<byte> buffer)
    {
        int step = Math.Min(buffer.Length, BlockBytes - _filled);
        buffer[..step].CopyTo(_block.AsSpan(_filled));
        _filled += step;
        return step;
    }

    private ZLibStream Zlib()
        => _zlib ??= new ZLibStream(_stored, new ZLibCompressionOptions { CompressionLevel = ZlibCodec.DefaultLevel }, leaveOpen: true);
}
