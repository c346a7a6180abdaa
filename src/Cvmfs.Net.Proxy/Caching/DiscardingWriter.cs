using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Proxy.Caching;

/// <summary>Checks an object and keeps nothing: what a transfer writes to while the store cannot take bytes.</summary>
internal sealed class DiscardingWriter(HashAlgorithmId algorithm, ObjectSuffix suffix) : ObjectWriter(algorithm, suffix)
{
    protected override ValueTask WriteCoreAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    protected override ValueTask<StagedObject> CompleteCoreAsync(ObjectKey key, CancellationToken cancellationToken)
        => ValueTask.FromResult<StagedObject>(new Nothing(key, Length));

    protected override ValueTask DisposeCoreAsync() => ValueTask.CompletedTask;

    private sealed class Nothing(ObjectKey key, long length) : StagedObject(key, length)
    {
        public override ValueTask<Stream> OpenReadAsync(CancellationToken cancellationToken = default)
            => throw new NotSupportedException("The object was checked and not kept.");

        public override ValueTask CommitAsync(CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
