using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Objects;

/// <summary>Writes an object's stored bytes to a new file of a transaction folder.</summary>
/// <param name="transactions">Where the file grows.</param>
/// <param name="algorithm">Algorithm of the hash.</param>
/// <param name="suffix">Kind of the object.</param>
/// <param name="sync">Whether to wait until the disk has it.</param>
/// <param name="stage">Makes the staged object of key, length and path; the file is that object's from then on.</param>
internal sealed class TransactionWriter(
    TransactionFolder transactions, HashAlgorithmId algorithm, ObjectSuffix suffix, bool sync, Func<ObjectKey, long, string, StagedObject> stage)
    : ObjectWriter(algorithm, suffix)
{
    private GrowingFile? _growing;
    private string? _file;

    protected override ValueTask WriteCoreAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _growing ??= transactions.Create(out _file);
        _growing.Write(bytes.Span);
        return ValueTask.CompletedTask;
    }

    protected override ValueTask<StagedObject> CompleteCoreAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _growing ??= transactions.Create(out _file); // an empty object is a file, too
        if (sync) _growing.Flush();
        _growing.Close(); // thousands of catalogs may wait as staged objects; none of them holds a descriptor
        var staged = stage(key, _growing.Length, _file!);
        _file = null;
        return ValueTask.FromResult(staged);
    }

    protected override ValueTask DisposeCoreAsync()
    {
        _growing?.Dispose();
        if (_file is not null) TransactionFolder.Discard(_file);
        _file = null;
        return ValueTask.CompletedTask;
    }
}
