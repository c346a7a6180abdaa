namespace Cvmfs.Net.Objects;

/// <summary>A whole, verified object that is not visible in its store yet. Disposing it uncommitted discards it.</summary>
/// <remarks>Catalogs wait in this state until everything below them is stored. One user at a time.</remarks>
public abstract class StagedObject(ObjectKey key, long length) : IAsyncDisposable
{
    /// <summary>Name under which it will be visible.</summary>
    public ObjectKey Key { get; } = key;

    /// <summary>Stored bytes.</summary>
    public long Length { get; } = length;

    /// <summary>Opens the stored bytes from the start; may be called repeatedly, before and after the commit. The caller disposes the stream.</summary>
    public abstract ValueTask<Stream> OpenReadAsync(CancellationToken cancellationToken = default);

    /// <summary>Makes the object visible, atomically. Harmless when an equal one is there already.</summary>
    /// <exception cref="IOException">The store cannot take it.</exception>
    public abstract ValueTask CommitAsync(CancellationToken cancellationToken = default);

    /// <summary>Gives the object a place where <see cref="IObjectStore.AdoptAsync"/> finds it after this process has died. Disposing it still
    /// discards it: who wants it to stay lets go of it instead; it holds nothing open. Without effect where a store keeps nothing.</summary>
    /// <exception cref="IOException">The store cannot take it.</exception>
    public virtual ValueTask KeepAsync(CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
