namespace Cvmfs.Net.Transport;

/// <summary>Bytes being received. Disposing it early drops the transfer.</summary>
/// <param name="stream">The bytes; owned by this object.</param>
/// <param name="length">Announced length in bytes, or null where the source announces none. A claim, not a fact.</param>
/// <param name="origin">URL or file, for messages.</param>
public sealed class SourceBody(Stream stream, long? length, string origin) : IAsyncDisposable
{
    /// <summary>The bytes, to be read once. A transfer that ends early throws rather than ending normally.</summary>
    public Stream Stream { get; } = stream;

    /// <summary>Announced length in bytes; a claim of the source, not a fact.</summary>
    public long? Length { get; } = length;

    /// <summary>URL or file that the bytes come from.</summary>
    public string Origin { get; } = origin;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Stream.DisposeAsync();
}
