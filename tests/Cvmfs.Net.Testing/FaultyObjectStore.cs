using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Testing;

/// <summary>A store on a disk that fills up or breaks at a chosen operation. Thread-safe.</summary>
/// <param name="inner">Does the work.</param>
/// <param name="fault">Asked before each operation with its kind and its number among that kind, from 1; throws what it returns.</param>
public sealed class FaultyObjectStore(IObjectStore inner, Func<FaultyObjectStore.Operation, int, IOException?> fault) : IObjectStore
{
    private readonly int[] _counts = new int[Enum.GetValues<Operation>().Length];

    /// <summary>What can fail.</summary>
    public enum Operation
    {
        /// <summary>A piece of a streamed object.</summary>
        Write,

        /// <summary>The end of a streamed object.</summary>
        Complete,

        /// <summary>A staged object becoming visible.</summary>
        Commit,

        /// <summary>A small object in one step.</summary>
        Put,

        /// <summary>Opening an object.</summary>
        Read,

        /// <summary>Removing an object.</summary>
        Delete,
    }

    /// <inheritdoc/>
    public string Location => inner.Location;

    /// <summary>A full disk, as Linux reports it.</summary>
    public static IOException DiskFull() => new("No space left on device", 28);

    /// <summary>A broken disk, as Linux reports it.</summary>
    public static IOException Broken() => new("Input/output error", 5);

    /// <summary>Fails from the nth operation of a kind on.</summary>
    public static FaultyObjectStore FailingFrom(IObjectStore inner, Operation operation, int nth, Func<IOException>? fault = null)
        => new(inner, (what, count) => what == operation && count >= nth ? (fault ?? DiskFull)() : null);

    /// <summary>Operations of a kind so far, failed ones included.</summary>
    public int Count(Operation operation) => Volatile.Read(ref _counts[(int)operation]);

    /// <inheritdoc/>
    public ValueTask<bool> ContainsAsync(ObjectKey key, CancellationToken cancellationToken = default) => inner.ContainsAsync(key, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Stream?> OpenReadAsync(ObjectKey key, CancellationToken cancellationToken = default)
    {
        Pass(Operation.Read);
        return inner.OpenReadAsync(key, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<ObjectWriter> BeginWriteAsync(HashAlgorithmId algorithm, ObjectSuffix suffix, CancellationToken cancellationToken = default)
        => new Writer(this, await inner.BeginWriteAsync(algorithm, suffix, cancellationToken), algorithm, suffix);

    /// <inheritdoc/>
    public ValueTask PutAsync(ObjectKey key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        Pass(Operation.Put);
        return inner.PutAsync(key, content, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<StagedObject?> AdoptAsync(ObjectKey key, CancellationToken cancellationToken = default)
    {
        Pass(Operation.Read);
        return await inner.AdoptAsync(key, cancellationToken) is { } staged ? new Staged(this, staged) : null;
    }

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(ObjectKey key, CancellationToken cancellationToken = default)
    {
        Pass(Operation.Delete);
        return inner.DeleteAsync(key, cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<ObjectKey> EnumerateAsync(CancellationToken cancellationToken = default) => inner.EnumerateAsync(cancellationToken);

    private void Pass(Operation operation)
    {
        if (fault(operation, Interlocked.Increment(ref _counts[(int)operation])) is { } failure) throw failure;
    }

    private sealed class Writer(FaultyObjectStore store, ObjectWriter inner, HashAlgorithmId algorithm, ObjectSuffix suffix) : ObjectWriter(algorithm, suffix)
    {
        protected override ValueTask WriteCoreAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            store.Pass(Operation.Write);
            return inner.WriteAsync(bytes, cancellationToken);
        }

        protected override async ValueTask<StagedObject> CompleteCoreAsync(ObjectKey key, CancellationToken cancellationToken)
        {
            store.Pass(Operation.Complete);
            return new Staged(store, await inner.CompleteAsync(cancellationToken));
        }

        protected override ValueTask DisposeCoreAsync() => inner.DisposeAsync();
    }

    private sealed class Staged(FaultyObjectStore store, StagedObject inner) : StagedObject(inner.Key, inner.Length)
    {
        public override ValueTask<Stream> OpenReadAsync(CancellationToken cancellationToken = default) => inner.OpenReadAsync(cancellationToken);

        public override ValueTask CommitAsync(CancellationToken cancellationToken = default)
        {
            store.Pass(Operation.Commit);
            return inner.CommitAsync(cancellationToken);
        }

        public override ValueTask KeepAsync(CancellationToken cancellationToken = default) => inner.KeepAsync(cancellationToken);

        public override ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
