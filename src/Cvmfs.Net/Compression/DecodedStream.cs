namespace Cvmfs.Net.Compression;

/// <summary>Decoded content: counted, capped, and with every complaint of the decoder turned into one that names the object.</summary>
internal sealed class DecodedStream(Stream decoder, StoredInputStream? input, DecodingLimits limits, string origin) : Stream
{
    private long _produced;
    private bool _ended;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _produced;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (_ended || buffer.IsEmpty) return 0;
        int read;
        try
        {
            read = decoder.Read(buffer);
        }
        catch (Exception fault) when (IsDecoderFault(fault))
        {
            throw BadData(fault);
        }

        return Account(read);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_ended || buffer.IsEmpty) return 0;
        int read;
        try
        {
            read = await decoder.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (IsDecoderFault(fault))
        {
            throw BadData(fault);
        }

        return Account(read);
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

    public override async ValueTask DisposeAsync()
    {
        await decoder.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) decoder.Dispose();
        base.Dispose(disposing);
    }

    // Some complaints of the framework's decoder (a preset dictionary, for one) are an internal kind of IOException. One that
    // did not come from the stored stream can only be such.
    private bool IsDecoderFault(Exception fault) => fault is InvalidDataException || (fault is IOException && input is { SourceFailed: false });

    private CvmfsFormatException BadData(Exception fault)
        => new(origin, "the compressed stream is damaged.", input?.BytesRead, fault);

    private int Account(int read)
    {
        _produced += read;
        if (_produced > limits.MaxBytes)
        {
            throw new CvmfsFormatException(origin, $"the content is longer than {limits.MaxBytes} bytes, the most it may have.");
        }

        if (read == 0)
        {
            _ended = true;
            if (limits.RefuseTrailingBytes && input is { IsExhausted: false })
            {
                throw new CvmfsFormatException(origin, "bytes follow the compressed stream.", input.BytesRead);
            }
        }

        return read;
    }
}
