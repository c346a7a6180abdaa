namespace Cvmfs.Net.Publishing.Ingestion;

/// <summary>Takes what an encoder writes, in one reused array. Not thread-safe; what <see cref="WrittenMemory"/> gives is valid until the next write.</summary>
internal sealed class GrowingBuffer : Stream
{
    private const int KeptBytes = 2 << 20; // an array that one odd object made larger is not kept for the next

    private byte[] _buffer = new byte[1 << 16];
    private int _length;

    public ReadOnlyMemory<byte> WrittenMemory => _buffer.AsMemory(0, _length);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _length;

    public override long Position
    {
        get => _length;
        set => throw new NotSupportedException();
    }

    public void Clear()
    {
        _length = 0;
        if (_buffer.Length > KeptBytes) _buffer = new byte[1 << 16];
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length > _buffer.Length - _length) Array.Resize(ref _buffer, (int)Math.Min(Math.Max(2L * _buffer.Length, (long)_length + buffer.Length), Array.MaxLength));
        buffer.CopyTo(_buffer.AsSpan(_length));
        _length += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
