using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Objects;

/// <summary>The cache folder that clients share ("alien cache"), as something to store objects in: they are verified as stored and kept decompressed, as
/// <c>&lt;2 hex&gt;/&lt;rest&gt;</c> without the letter of their kind. Thread-safe, also between processes.</summary>
/// <remarks>
/// <para>What is kept cannot be verified any more, for its name is the hash of the compressed form. It is therefore complete or not there: every
/// name appears by one rename after hash and decompression succeeded. Reading gives the content, not the stored bytes.</para>
/// <para>Data objects are taken for zlib unless <see cref="Expect"/> said otherwise; of catalogs and the like the first bytes tell. An empty file
/// counts as present only if this instance stored it: otherwise it may be what a power loss left.</para>
/// <para>Files have mode 0660 and folders 0770, whatever the umask: clients of one group share the folder.</para>
/// </remarks>
public sealed class AlienCacheStore : IObjectStore
{
    private const UnixFileMode FileMode0660 = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
    private const UnixFileMode FolderMode0770 = FileMode0660 | UnixFileMode.UserExecute | UnixFileMode.GroupExecute;
    private const int Folders = 256;
    private const long MaxContentBytes = 1L << 44; // only against an endless stream: what is decompressed was verified

    private readonly TransactionFolder _transactions;
    private readonly ConcurrentDictionary<ObjectKey, CompressionId> _expected = new();
    private readonly ConcurrentDictionary<ObjectKey, bool> _empty = new(); // the same few objects in every repository: what an empty file compresses to

    /// <summary>Names a cache; touches nothing.</summary>
    /// <param name="folder">The cache folder.</param>
    public AlienCacheStore(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Location = Path.GetFullPath(folder);
        _transactions = new TransactionFolder(Path.Combine(Location, "txn"));
    }

    /// <inheritdoc/>
    public string Location { get; }

    /// <summary>Folder of unfinished files.</summary>
    public string TemporaryFolder => _transactions.Path;

    /// <summary>Absolute path at which an object is or would be.</summary>
    public string PathOf(ObjectKey key)
    {
        string hash = key.Hash.ToString();
        return Path.Combine(Location, hash[..2], hash[2..]);
    }

    /// <summary>Creates the folders where they are missing.</summary>
    /// <exception cref="IOException">The file system cannot take them.</exception>
    public void CreateFolders()
    {
        CreateFolder(Location);
        CreateFolder(_transactions.Path);
        for (int i = 0; i < Folders; i++) CreateFolder(Path.Combine(Location, $"{i:x2}"));
    }

    /// <summary>Removes what writers left behind that died. Nobody may be writing.</summary>
    /// <returns>Files removed.</returns>
    public int Sweep() => _transactions.Sweep(DateTimeOffset.MaxValue);

    /// <summary>Makes everything that was committed so far survive a power loss. Blocks until the disk has it.</summary>
    /// <exception cref="IOException">The file system reported an error.</exception>
    public void Flush() => DurableFile.SyncFileSystem(Location);

    /// <summary>Says how an object is compressed that is about to come, where it is not zlib.</summary>
    public void Expect(ObjectKey key, CompressionId compression)
    {
        if (compression != CompressionId.Zlib) _expected[key] = compression;
    }

    /// <summary>Puts a file of the cache's own beside the objects, atomically and with mode 0660.</summary>
    /// <param name="name">Plain file name.</param>
    /// <param name="content">Its content.</param>
    /// <exception cref="IOException">The file system cannot take it.</exception>
    public void ReplaceFile(string name, ReadOnlySpan<byte> content)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (Path.GetFileName(name) != name) throw new ArgumentException("Not a plain file name.", nameof(name));
        using var growing = _transactions.Create(out string file);
        try
        {
            growing.Write(content);
            growing.Flush();
            growing.Close();
            Publish(file, Path.Combine(Location, name));
            DurableFile.SyncFolder(Location);
        }
        catch
        {
            TransactionFolder.Discard(file);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> ContainsAsync(ObjectKey key, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var file = new FileInfo(PathOf(key));
        return ValueTask.FromResult(file.Exists && (file.Length > 0 || _empty.ContainsKey(key)));
    }

    /// <inheritdoc/>
    /// <remarks>Gives the content, decompressed. <see cref="MetadataObject"/> reads that as well as the stored form.</remarks>
    /// <exception cref="IOException">Something is there and cannot be read.</exception>
    public ValueTask<Stream?> OpenReadAsync(ObjectKey key, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return ValueTask.FromResult<Stream?>(OpenFile(PathOf(key)));
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return ValueTask.FromResult<Stream?>(null);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ObjectWriter> BeginWriteAsync(HashAlgorithmId algorithm, ObjectSuffix suffix, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult<ObjectWriter>(new TransactionWriter(
            _transactions, algorithm, suffix, sync: false, (key, length, file) => new Staged(this, key, length, file)));
    }

    /// <inheritdoc/>
    /// <exception cref="CvmfsFormatException">The content has the key's hash and does not decompress.</exception>
    /// <exception cref="IOException">The file system cannot take it.</exception>
    public async ValueTask PutAsync(ObjectKey key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        var actual = ContentHash.Compute(key.Hash.Algorithm, content.Span);
        if (actual != key.Hash) throw ObjectIntegrityException.Mismatch(key, actual, content.Length, Location);
        using var stored = new MemoryStream(content.Length);
        stored.Write(content.Span);
        stored.Position = 0;
        await KeepAsync(key, stored, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">It is there and cannot be removed.</exception>
    public ValueTask<bool> DeleteAsync(ObjectKey key, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string path = PathOf(key);
        bool exists = File.Exists(path);
        if (exists) File.Delete(path);
        return ValueTask.FromResult(exists);
    }

    /// <inheritdoc/>
    /// <remarks>The kind of an object is not known here: every key comes without its letter.</remarks>
    public async IAsyncEnumerable<ObjectKey> EnumerateAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (int i = 0; i < Folders; i++)
        {
            string folder = Path.Combine(Location, $"{i:x2}");
            if (!Directory.Exists(folder)) continue;
            foreach (string file in Directory.EnumerateFiles(folder))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (ContentHash.TryParse($"{i:x2}{Path.GetFileName(file)}", out var hash)) yield return new ObjectKey(hash);
            }
        }

        await ValueTask.CompletedTask.ConfigureAwait(false);
    }

    private static FileObjectStream OpenFile(string path)
    {
        var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return new FileObjectStream(handle, RandomAccess.GetLength(handle));
    }

    private static void CreateFolder(string path)
    {
        if (Directory.Exists(path)) return;
        Directory.CreateDirectory(path);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, FolderMode0770);
    }

    private static void Publish(string file, string path)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, FileMode0660);
        DurableFile.Rename(file, path);
    }

    /// <summary>Decompresses verified bytes and makes the content visible.</summary>
    private async ValueTask KeepAsync(ObjectKey key, Stream stored, CancellationToken cancellationToken)
    {
        using var growing = _transactions.Create(out string file);
        try
        {
            var content = new ContentStream(growing);
            await using (content.ConfigureAwait(false))
            {
                string name = key.ToString();
                if (key.Suffix is ObjectSuffix.Catalog or ObjectSuffix.History or ObjectSuffix.Certificate or ObjectSuffix.MetaInfo)
                {
                    await MetadataObject.DecompressAsync(stored, key.Suffix, content, MaxContentBytes, name, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    var compression = _expected.TryRemove(key, out var other) ? other : CompressionId.Zlib;
                    await ObjectCompression.DecompressAsync(stored, compression, content, MaxContentBytes, name, cancellationToken).ConfigureAwait(false);
                }
            }

            growing.Close();
            CreateFolder(Path.GetDirectoryName(PathOf(key))!);
            Publish(file, PathOf(key));
            if (growing.Length == 0) _empty[key] = true;
        }
        catch
        {
            TransactionFolder.Discard(file);
            throw;
        }
    }

    /// <summary>Lets decompression write to a file.</summary>
    private sealed class ContentStream(GrowingFile file) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => file.Length;

        public override long Position
        {
            get => file.Length;
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count) => file.Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer) => file.Write(buffer);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            file.Write(buffer.Span);
            return ValueTask.CompletedTask;
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }

    /// <summary>The stored bytes; they are decompressed when the object is committed, for until then somebody may want to read them.</summary>
    private sealed class Staged(AlienCacheStore store, ObjectKey key, long length, string file) : StagedObject(key, length)
    {
        private bool _committed;

        public override ValueTask<Stream> OpenReadAsync(CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return ValueTask.FromResult<Stream>(OpenFile(_committed ? store.PathOf(Key) : file));
        }

        public override async ValueTask CommitAsync(CancellationToken cancellationToken = default)
        {
            if (_committed) return;
            var stored = OpenFile(file);
            await using (stored.ConfigureAwait(false)) await store.KeepAsync(Key, stored, cancellationToken).ConfigureAwait(false);
            _committed = true;
            TransactionFolder.Discard(file);
        }

        public override ValueTask DisposeAsync()
        {
            if (!_committed) TransactionFolder.Discard(file);
            return ValueTask.CompletedTask;
        }
    }
}
