using System.Buffers;

namespace Cvmfs.Net.Compression;

/// <summary>Decodes one zstd frame.</summary>
internal sealed class ZstdReadStream : Stream
{
    private const int InputBufferBytes = 64 * 1024;

    private readonly StoredInputStream _input;
    private readonly ZstdContext _context;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(InputBufferBytes);
    private int _start;
    private int _end;
    private bool _finished;

    private ZstdReadStream(StoredInputStream input, ZstdContext context) => (_input, _context) = (input, context);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="UnsupportedCompressionException">There is no libzstd.</exception>
    public static DecodedStream Open(Stream stored, DecodingLimits limits, string origin, bool leaveOpen)
    {
        if (ZstdLibrary.Instance is not { } library)
        {
            throw new UnsupportedCompressionException(origin, CompressionId.Zstd, "the system has no libzstd");
        }

        var input = new StoredInputStream(stored, origin, leaveOpen);
        return new DecodedStream(new ZstdReadStream(input, new ZstdContext(library)), input, limits, origin);
    }

    public override int Read(Span<byte> buffer)
    {
        int produced;
        while (!TryDecode(buffer, out produced))
        {
            _end = _input.Read(_buffer); // refuses to end: more was needed
            _start = 0;
        }

        return produced;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int produced;
        while (!TryDecode(buffer.Span, out produced))
        {
            _end = await _input.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false);
            _start = 0;
        }

        return produced;
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
        if (disposing && _buffer.Length > 0)
        {
            _context.Dispose();
            _input.Dispose();
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }

        base.Dispose(disposing);
    }

    /// <summary>False when the decoder has nothing to give without more input.</summary>
    private bool TryDecode(Span<byte> output, out int produced)
    {
        produced = 0;
        if (_finished) return true;
        _finished = _context.Decompress(_buffer.AsSpan(_start, _end - _start), output, out int consumed, out produced);
        _start += consumed;
        return _finished || produced > 0;
    }
}
