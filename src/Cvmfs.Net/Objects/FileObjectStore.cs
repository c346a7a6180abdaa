// Objects/ names content by its hash and keeps it, whole or not at all.
//
//   writer ─► temporary file in data/txn, hashed as it grows ─► StagedObject ─► rename to data/ab/cdef… ─► visible
//
// Must stay true
//   - A name under data/ab appears by one rename, after the hash of the bytes was found to be that name.
//   - What was not committed is gone when its writer or staged object is disposed, or at the next sweep after a crash; unless it was kept
//     on purpose: then it lies in data/txn/staged under its own name, and is hashed again before anybody believes it.
//   - No name that comes from outside becomes a path without having been parsed: keys are hashes, root names are checked.
// May use: Hashing, Compression. Used by: everything above.
// Rules from: the reference's local uploader and the folder layout of a Stratum 1.
using System.IO.Enumeration;
using System.Runtime.CompilerServices;
using Cvmfs.Net.Hashing;
using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Objects;

/// <summary>Objects below a repository's folder, in the layout that every Stratum 0 and 1 has. Thread-safe, also between processes.</summary>
/// <remarks>Files are written and read on the calling thread. Folders are created as they are needed, or all at once by <see cref="CreateFolders"/>.
/// Modes are 0666 and 0777 less the umask.</remarks>
public sealed partial class FileObjectStore : IObjectStore
{
    private const int ObjectFolders = 256;

    private readonly string _root;
    private readonly SyncMode _sync;
    private readonly TransactionFolder _transactions;

    /// <summary>Names a store; touches nothing.</summary>
    /// <param name="repositoryRoot">The repository's folder: the one that holds <c>data/</c>.</param>
    /// <param name="options">Defaults where null.</param>
    public FileObjectStore(string repositoryRoot, FileObjectStoreOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(repositoryRoot);
        _root = Path.GetFullPath(repositoryRoot);
        _sync = options?.Sync ?? SyncMode.None;
        _transactions = new TransactionFolder(Path.Combine(_root, ObjectPath.TransactionFolder));
    }

    /// <inheritdoc/>
    public string Location => _root;

    /// <summary>Absolute path at which an object is or would be.</summary>
    public string PathOf(ObjectKey key) => Path.Join(_root, ObjectPath.Of(key));

    /// <summary>Creates the 256 object folders and the transaction folder where they are missing.</summary>
    /// <exception cref="IOException">The file system cannot take them.</exception>
    public void CreateFolders()
    {
        try
        {
            for (int i = 0; i < ObjectFolders; i++) Directory.CreateDirectory(Path.Combine(_root, ObjectPath.DataFolder, $"{i:x2}"));
            Directory.CreateDirectory(_transactions.Path);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw NotWritable(fault);
        }
    }

    /// <summary>Removes what crashed writers left in the transaction folder.</summary>
    /// <param name="before">Files changed at or after that instant stay, for a living process may be writing them.</param>
    /// <returns>Files removed.</returns>
    public int SweepTransactions(DateTimeOffset before) => _transactions.Sweep(before);

    /// <summary>Makes everything that was committed so far survive a power loss. Blocks until the disk has it.</summary>
    /// <exception cref="IOException">The file system reported an error: what was committed may be lost.</exception>
    public void Flush()
    {
        if (Directory.Exists(_root)) DurableFile.SyncFileSystem(_root);
    }

    /// <inheritdoc/>
    public ValueTask<bool> ContainsAsync(ObjectKey key, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        long length = LengthOf(PathOf(key));
        return ValueTask.FromResult(length > 0 || (length == 0 && EmptyObjects.Contains(key)));
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">Something is there and cannot be read.</exception>
    public ValueTask<Stream?> OpenReadAsync(ObjectKey key, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult<Stream?>(OpenHandle(key, out long length) is { } handle ? new FileObjectStream(handle, length) : null);
    }

    /// <summary>Opens an object's file, for readers that pass the handle on to the operating system. The caller disposes it. Null when absent.</summary>
    /// <param name="key">The object.</param>
    /// <param name="length">Stored bytes.</param>
    /// <exception cref="IOException">Something is there and cannot be read.</exception>
    public SafeFileHandle? OpenHandle(ObjectKey key, out long length)
    {
        length = 0;
        if (TryOpen(PathOf(key)) is not { } handle) return null;
        length = RandomAccess.GetLength(handle);
        if (length > 0 || EmptyObjects.Contains(key)) return handle;
        handle.Dispose(); // the mark that a power loss leaves of a file whose bytes never reached the disk
        return null;
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The file system cannot take it.</exception>
    public ValueTask<ObjectWriter> BeginWriteAsync(HashAlgorithmId algorithm, ObjectSuffix suffix, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult<ObjectWriter>(new TransactionWriter(
            _transactions, algorithm, suffix, _sync == SyncMode.Objects, (key, length, file) => new Staged(this, key, length, file)));
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The file system cannot take it.</exception>
    public ValueTask PutAsync(ObjectKey key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var actual = ContentHash.Compute(key.Hash.Algorithm, content.Span);
        if (actual != key.Hash) throw ObjectIntegrityException.Mismatch(key, actual, content.Length, Location);

        using var growing = _transactions.Create(out string file);
        try
        {
            growing.Write(content.Span);
            if (_sync == SyncMode.Objects) growing.Flush();
            growing.Close();
            Publish(file, key);
        }
        catch
        {
            TransactionFolder.Discard(file);
            throw;
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">It is there and cannot be removed.</exception>
    public ValueTask<bool> DeleteAsync(ObjectKey key, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string path = PathOf(key);
        if (!File.Exists(path)) return ValueTask.FromResult(false);
        try
        {
            File.Delete(path);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw NotWritable(fault);
        }

        return ValueTask.FromResult(true);
    }

    /// <inheritdoc/>
    /// <remarks>Files whose names are no object's, in folders whose names are no two digits, are passed over.</remarks>
    public async IAsyncEnumerable<ObjectKey> EnumerateAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (int i = 0; i < ObjectFolders; i++)
        {
            foreach (var key in EnumerateFolder((byte)i))
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return key;
            }
        }

        await ValueTask.CompletedTask.ConfigureAwait(false);
    }

    /// <summary>Lists one of the 256 folders; empty where it is missing.</summary>
    internal IEnumerable<ObjectKey> EnumerateFolder(byte number)
    {
        string folder = $"{number:x2}";
        string path = Path.Combine(_root, ObjectPath.DataFolder, folder);
        return Directory.Exists(path) ? ListFolder(path, folder) : [];
    }

    private static long LengthOf(string path)
    {
        if (PosixFile.IsSupported) return PosixFile.LengthOf(path);
        var file = new FileInfo(path);
        return file.Exists ? file.Length : -1;
    }

    private static IEnumerable<ObjectKey> ListFolder(string path, string folder)
    {
        // What is no object becomes the null key: a predicate would have to parse each name a second time.
        var keys = new FileSystemEnumerable<ObjectKey>(
            path, (ref FileSystemEntry entry) => ParseName(folder, entry.FileName, out var key) && !entry.IsDirectory ? key : default);
        foreach (var key in keys)
        {
            if (!key.Hash.IsNull) yield return key;
        }
    }

    private static bool ParseName(string folder, ReadOnlySpan<char> name, out ObjectKey key)
    {
        Span<char> path = stackalloc char[8 + ContentHash.MaxTextLength];
        key = default;
        return name.Length <= ContentHash.MaxTextLength
            && path.TryWrite($"{ObjectPath.DataFolder}/{folder}/{name}", out int length)
            && ObjectPath.TryParse(path[..length], out key);
    }

    private static SafeFileHandle? TryOpen(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new IOException($"{path}: cannot be opened as a file.", fault);
        }
    }

    /// <summary>Makes a complete file visible. The object folder is created when the rename misses it.</summary>
    private void Publish(string file, ObjectKey key)
    {
        string path = PathOf(key);
        try
        {
            DurableFile.Rename(file, path);
        }
        catch (DirectoryNotFoundException)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            DurableFile.Rename(file, path);
        }

        if (_sync == SyncMode.Objects) DurableFile.SyncFolder(Path.GetDirectoryName(path)!);
    }

    private IOException NotWritable(UnauthorizedAccessException fault) => new($"{_root}: not writable.", fault);
}
