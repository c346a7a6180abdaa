using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Objects;

/// <summary>An object on its way into a store: hashed as it grows, invisible until it is committed.</summary>
/// <remarks>
/// <para>Protocol of use: any number of <see cref="WriteAsync"/>, then once <see cref="CompleteAsync(CancellationToken)"/> (new content)
/// or <see cref="CompleteAsync(ObjectKey, string, CancellationToken)"/> (content with a known name), then
/// <see cref="StagedObject.CommitAsync"/> of the staged object. Disposing at any point before the commit discards.</para>
/// <para>The hash is taken here and not by stores or callers, so that no store can be given a byte under a wrong name. One user at a time.</para>
/// </remarks>
public abstract class ObjectWriter : IAsyncDisposable
{
    private readonly ContentHasher _hasher;
    private bool _completed;

    /// <summary>Begins hashing.</summary>
    protected ObjectWriter(HashAlgorithmId algorithm, ObjectSuffix suffix)
    {
        _hasher = ContentHasher.Create(algorithm);
        Suffix = suffix;
    }

    /// <summary>Kind of the object.</summary>
    public ObjectSuffix Suffix { get; }

    /// <summary>Bytes written so far.</summary>
    public long Length { get; private set; }

    /// <summary>Adds bytes.</summary>
    /// <exception cref="IOException">The store cannot take them (full, not writable).</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_completed, this);
        _hasher.Append(bytes.Span);
        Length += bytes.Length;
        await WriteCoreAsync(bytes, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends new content: its hash becomes its name.</summary>
    public ValueTask<StagedObject> CompleteAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_completed, this);
        _completed = true;
        return CompleteCoreAsync(new ObjectKey(_hasher.GetHashAndReset(), Suffix), cancellationToken);
    }

    /// <summary>Ends content that must have a certain name.</summary>
    /// <param name="expected">The name.</param>
    /// <param name="origin">Where the bytes came from, for the message.</param>
    /// <param name="cancellationToken">Cancels; the object is then discarded with the writer.</param>
    /// <exception cref="ObjectIntegrityException">The hash differs; disposing the writer discards the bytes.</exception>
    public ValueTask<StagedObject> CompleteAsync(ObjectKey expected, string origin, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_completed, this);
        _completed = true;
        var actual = _hasher.GetHashAndReset();
        if (actual != expected.Hash || Suffix != expected.Suffix) throw ObjectIntegrityException.Mismatch(expected, actual, Length, origin);
        return CompleteCoreAsync(expected, cancellationToken);
    }

    /// <summary>Discards what was not handed over to a <see cref="StagedObject"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        _completed = true;
        _hasher.Dispose();
        await DisposeCoreAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    /// <summary>Takes bytes that were hashed already.</summary>
    protected abstract ValueTask WriteCoreAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Ends writing; ownership of the bytes goes to the staged object.</summary>
    protected abstract ValueTask<StagedObject> CompleteCoreAsync(ObjectKey key, CancellationToken cancellationToken);

    /// <summary>Frees what is still owned; a no-op after a completed hand-over. Must not throw.</summary>
    protected abstract ValueTask DisposeCoreAsync();
}
