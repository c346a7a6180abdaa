namespace Cvmfs.Net.Transport;

/// <summary>Bytes being received. Disposing it early drops the transfer.</summary>
public sealed class SourceBody : IAsyncDisposable
{
    private readonly HttpAnswer? _answer;
    private readonly Stream? _stream;

    /// <summary>Wraps a stream.</summary>
    /// <param name="stream">The bytes; owned by this object.</param>
    /// <param name="length">Announced length in bytes, or null where the source announces none. A claim, not a fact.</param>
    /// <param name="origin">URL or file, for messages.</param>
    public SourceBody(Stream stream, long? length, string origin) => (_stream, Length, Origin) = (stream, length, origin);

    internal SourceBody(HttpAnswer answer, long? length, string origin) => (_answer, Length, Origin) = (answer, length, origin);

    /// <summary>The bytes, to be read once. A transfer that ends early throws rather than ending normally.</summary>
    public Stream Stream => _stream ?? _answer!.Body;

    /// <summary>All bytes, where they have come in one piece already: then there is no need to read <see cref="Stream"/>. They are gone when this
    /// object is disposed.</summary>
    public ReadOnlyMemory<byte>? Whole => _answer?.Whole;

    /// <summary>Announced length in bytes; a claim of the source, not a fact.</summary>
    public long? Length { get; }

    /// <summary>URL or file that the bytes come from.</summary>
    public string Origin { get; }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _answer?.DisposeAsync() ?? _stream!.DisposeAsync();

    /// <summary>Tells the connection that the bytes were wrong: its answers may have been mixed up.</summary>
    internal void Distrust() => _answer?.Distrust();
}
