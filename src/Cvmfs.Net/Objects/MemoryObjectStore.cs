using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Objects;

/// <summary>Objects in memory: for tests, demonstrations and small caches. Grows without bound. Thread-safe.</summary>
public sealed class MemoryObjectStore : IObjectStore
{
    private readonly ConcurrentDictionary<ObjectKey, byte[]> _objects = new();

    /// <inheritdoc/>
    public string Location => "memory";

    /// <summary>Objects held.</summary>
    public int Count => _objects.Count;

    /// <inheritdoc/>
    public ValueTask<bool> ContainsAsync(ObjectKey key, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(_objects.ContainsKey(key));
    }

    /// <inheritdoc/>
    public ValueTask<Stream?> OpenReadAsync(ObjectKey key, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult<Stream?>(_objects.TryGetValue(key, out var content) ? OpenRead(content) : null);
    }

    /// <inheritdoc/>
    public ValueTask<ObjectWriter> BeginWriteAsync(HashAlgorithmId algorithm, ObjectSuffix suffix, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult<ObjectWriter>(new Writer(this, algorithm, suffix));
    }

    /// <inheritdoc/>
    public ValueTask PutAsync(ObjectKey key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var actual = ContentHash.Compute(key.Hash.Algorithm, content.Span);
        if (actual != key.Hash) throw ObjectIntegrityException.Mismatch(key, actual, content.Length, Location);
        _objects[key] = content.ToArray();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(ObjectKey key, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(_objects.TryRemove(key, out _));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectKey> EnumerateAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var (key, _) in _objects) // the dictionary's own enumerator bears changes and takes no copy
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return key;
        }

        await ValueTask.CompletedTask.ConfigureAwait(false);
    }

    private static MemoryStream OpenRead(byte[] content) => new(content, writable: false);

    private sealed class Writer(MemoryObjectStore store, HashAlgorithmId algorithm, ObjectSuffix suffix) : ObjectWriter(algorithm, suffix)
    {
        private readonly MemoryStream _content = new();

        protected override ValueTask WriteCoreAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _content.Write(bytes.Span);
            return ValueTask.CompletedTask;
        }

        protected override ValueTask<StagedObject> CompleteCoreAsync(ObjectKey key, CancellationToken cancellationToken)
            => ValueTask.FromResult<StagedObject>(new Staged(store, key, _content.ToArray()));

        protected override ValueTask DisposeCoreAsync() => ValueTask.CompletedTask;
    }

    private sealed class Staged(MemoryObjectStore store, ObjectKey key, byte[] content) : StagedObject(key, content.Length)
    {
        public override ValueTask<Stream> OpenReadAsync(CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return ValueTask.FromResult<Stream>(OpenRead(content));
        }

        public override ValueTask CommitAsync(CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            store._objects[Key] = content;
            return ValueTask.CompletedTask;
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
