using System.Buffers;
using Cvmfs.Net.Hashing;
using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Objects;

// Objects that are whole and not visible yet. Most live for moments under a name of their own; those that shall outlive the process lie in
// data/txn/staged under their key, where the next one finds them. The sweep of data/txn does not go there.
public sealed partial class FileObjectStore
{
    private const string StagedFolderName = "staged";
    private const int HashBufferBytes = 64 << 10;

    private string StagedFolder => Path.Combine(_transactions.Path, StagedFolderName);

    /// <inheritdoc/>
    /// <exception cref="IOException">It is there and cannot be read.</exception>
    public ValueTask<StagedObject?> AdoptAsync(ObjectKey key, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string file = StagedPathOf(key);
        using (var handle = TryOpen(file))
        {
            if (handle is null) return ValueTask.FromResult<StagedObject?>(null);
            if (Hash(handle, key.Hash.Algorithm, cancellationToken, out long length) == key.Hash)
            {
                return ValueTask.FromResult<StagedObject?>(new Staged(this, key, length, null));
            }
        }

        TransactionFolder.Discard(file);
        return ValueTask.FromResult<StagedObject?>(null);
    }

    /// <summary>Lists the objects that were kept staged; whether their bytes are right is not looked at.</summary>
    public IEnumerable<ObjectKey> EnumerateStaged()
    {
        if (!Directory.Exists(StagedFolder)) yield break;
        foreach (string file in Directory.EnumerateFiles(StagedFolder))
        {
            if (ObjectKey.TryParse(Path.GetFileName(file.AsSpan()), out var key)) yield return key;
        }
    }

    /// <summary>Removes what was kept staged, except some.</summary>
    /// <param name="except">What stays; null for nothing.</param>
    /// <returns>Files removed.</returns>
    /// <exception cref="IOException">The file system refuses.</exception>
    public int DiscardStaged(IReadOnlySet<ObjectKey>? except = null)
    {
        if (!Directory.Exists(StagedFolder)) return 0;
        int removed = 0;
        try
        {
            foreach (string file in Directory.EnumerateFiles(StagedFolder))
            {
                if (except is not null && ObjectKey.TryParse(Path.GetFileName(file.AsSpan()), out var key) && except.Contains(key)) continue;
                File.Delete(file);
                removed++;
            }

            if (except is null or { Count: 0 }) Directory.Delete(StagedFolder);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw NotWritable(fault);
        }

        return removed;
    }

    private static ContentHash Hash(SafeFileHandle handle, HashAlgorithmId algorithm, CancellationToken cancellationToken, out long length)
    {
        using var hasher = ContentHasher.Create(algorithm);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(HashBufferBytes);
        try
        {
            length = 0;
            for (int read; (read = RandomAccess.Read(handle, buffer, length)) > 0; length += read)
            {
                cancellationToken.ThrowIfCancellationRequested();
                hasher.Append(buffer.AsSpan(0, read));
            }

            return hasher.GetHashAndReset();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private string StagedPathOf(ObjectKey key) => Path.Join(StagedFolder, key.ToString());

    private void Keep(string file, ObjectKey key)
    {
        string path = StagedPathOf(key);
        try
        {
            DurableFile.Rename(file, path);
        }
        catch (DirectoryNotFoundException)
        {
            Directory.CreateDirectory(StagedFolder);
            DurableFile.Rename(file, path);
        }
    }

    /// <summary>A whole file in the transaction folder, or among the kept ones.</summary>
    /// <param name="store">Its store.</param>
    /// <param name="key">Its name.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="file">Where it is; null among the kept ones. A hundred thousand revisions may wait like that, so that a path per object counts.</param>
    private sealed class Staged(FileObjectStore store, ObjectKey key, long length, string? file) : StagedObject(key, length)
    {
        private string? _file = file;
        private bool _committed;
        private bool _disposed;

        private string FilePath => _file ?? store.StagedPathOf(Key);

        public override ValueTask<Stream> OpenReadAsync(CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ObjectDisposedException.ThrowIf(_disposed && !_committed, this);
            string path = _committed ? store.PathOf(Key) : FilePath;
            var handle = TryOpen(path) ?? (_file is null ? TryOpen(store.PathOf(Key)) : null) ?? throw new FileNotFoundException($"{path}: gone, though it was written.", path);
            return ValueTask.FromResult<Stream>(new FileObjectStream(handle, RandomAccess.GetLength(handle)));
        }

        public override ValueTask CommitAsync(CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_committed) return ValueTask.CompletedTask;
            ObjectDisposedException.ThrowIf(_disposed, this);
            try
            {
                store.Publish(FilePath, Key);
            }
            catch (DirectoryNotFoundException) when (_file is null && store.OpenHandle(Key, out long there) is { } other)
            {
                other.Dispose(); // somebody else took over the same kept file, and was faster
                if (there != Length) throw;
            }

            _committed = true;
            return ValueTask.CompletedTask;
        }

        public override ValueTask KeepAsync(CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ObjectDisposedException.ThrowIf(_disposed || _committed, this);
            if (_file is null) return ValueTask.CompletedTask;
            store.Keep(_file, Key);
            _file = null;
            return ValueTask.CompletedTask;
        }

        public override ValueTask DisposeAsync()
        {
            if (!_committed && !_disposed) TransactionFolder.Discard(FilePath);
            _disposed = true;
            return ValueTask.CompletedTask;
        }
    }
}
