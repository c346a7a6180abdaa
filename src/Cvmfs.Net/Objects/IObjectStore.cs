using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Objects;

/// <summary>Holds objects by key. What it shows under a key has that key's hash, whole: there is no way to store anything else.</summary>
/// <remarks>Implementations are safe for concurrent use. Writing a key that is already there is not an error; the bytes are equal by definition.</remarks>
public interface IObjectStore
{
    /// <summary>Where the objects are, for messages: a folder, "memory".</summary>
    string Location { get; }

    /// <summary>Whether the object is there, completely written.</summary>
    ValueTask<bool> ContainsAsync(ObjectKey key, CancellationToken cancellationToken = default);

    /// <summary>Opens the stored bytes (still compressed). The caller disposes the stream. Null when absent.</summary>
    ValueTask<Stream?> OpenReadAsync(ObjectKey key, CancellationToken cancellationToken = default);

    /// <summary>Begins a new object. Disposing the writer before it is committed leaves nothing behind.</summary>
    /// <param name="algorithm">Algorithm to hash the bytes with while they are written.</param>
    /// <param name="suffix">Kind of the object.</param>
    /// <param name="cancellationToken">Cancels the opening only.</param>
    ValueTask<ObjectWriter> BeginWriteAsync(HashAlgorithmId algorithm, ObjectSuffix suffix, CancellationToken cancellationToken = default);

    /// <summary>Takes over an object that was kept staged, by this or by an earlier process, if its bytes still have its hash. The caller disposes it.</summary>
    /// <remarks>One user of an object at a time. Stores that keep nothing have nothing to take over: that is the default.</remarks>
    /// <returns>Null when there is none. One that is damaged is removed.</returns>
    /// <exception cref="IOException">Something is there and cannot be read.</exception>
    ValueTask<StagedObject?> AdoptAsync(ObjectKey key, CancellationToken cancellationToken = default) => ValueTask.FromResult<StagedObject?>(null);

    /// <summary>Stores a small object in one step, if its hash is right.</summary>
    /// <exception cref="ObjectIntegrityException">The content does not have the key's hash; nothing was stored.</exception>
    ValueTask PutAsync(ObjectKey key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default);

    /// <summary>Removes an object. False when it was not there.</summary>
    ValueTask<bool> DeleteAsync(ObjectKey key, CancellationToken cancellationToken = default);

    /// <summary>Lists the objects that are there, in no promised order; ones that come or go meanwhile may be missed.</summary>
    IAsyncEnumerable<ObjectKey> EnumerateAsync(CancellationToken cancellationToken = default);
}
