using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Proxy.Storage;

/// <summary>A large object on its way into the cache: a file outside of it, which others may read up to <see cref="Length"/> while it is written.
/// One writer at a time. Whoever staged it ends with <see cref="Commit"/> or <see cref="Discard"/>; it cannot be found in the cache before.</summary>
internal sealed class StagedFile
{
    private readonly DiskTier _disk;
    private readonly int _repository;
    private readonly string _path;
    private readonly FetchTime _fetchedAt;
    private long _length;
    private bool _ended;

    internal StagedFile(DiskTier disk, ObjectKey key, int repository, ObjectFile file, string path, FetchTime fetchedAt)
        => (_disk, Key, _repository, File, _path, _fetchedAt) = (disk, key, repository, file, path, fetchedAt);

    /// <summary>The object.</summary>
    public ObjectKey Key { get; }

    /// <summary>The file. Others who read it take a lease of their own; then it stays readable after the end, however that was.</summary>
    public ObjectFile File { get; }

    /// <summary>Bytes written.</summary>
    public long Length => Volatile.Read(ref _length);

    /// <summary>Adds bytes. May wait for the disk.</summary>
    /// <exception cref="IOException">The disk cannot take them. The bytes before stay readable; what is left is to discard.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        _disk.Write(File, bytes, _length, _path);
        Volatile.Write(ref _length, _length + bytes.Length);
    }

    /// <summary>Adds bytes without keeping the caller's thread while the disk is slow.</summary>
    /// <exception cref="IOException">The disk cannot take them. The bytes before stay readable; what is left is to discard.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        Write(bytes.Span);
    }

    /// <summary>Makes it an object of the cache. The caller has compared the hash.</summary>
    /// <returns>False when it could not be kept: the bytes are right all the same, and stay readable for those who hold leases.</returns>
    public bool Commit()
    {
        if (_ended) throw new InvalidOperationException($"{Key}: ended already.");
        _ended = true;
        return _disk.Commit(Key, _repository, File, _path, _length, _fetchedAt);
    }

    /// <summary>Gives it up. Nothing happens after <see cref="Commit"/>, so that it may stand in a finally.</summary>
    public void Discard()
    {
        if (_ended) return;
        _ended = true;
        _disk.Discard(File, _path);
    }
}
