using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Proxy.Storage;

/// <summary>A large object on its way into the cache: a file without a name in it, which others may read up to <see cref="Length"/> while it is
/// written. One writer at a time. Whoever staged it ends with <see cref="Commit"/> or <see cref="Discard"/>; it never shows up in the cache before.</summary>
internal sealed class StagedFile
{
    private readonly ObjectCache _cache;
    private long _length;
    private bool _ended;

    internal StagedFile(ObjectCache cache, ObjectKey key, string repository, ObjectFile file, string path)
        => (_cache, Key, Repository, File, Path) = (cache, key, repository, file, path);

    /// <summary>The object.</summary>
    public ObjectKey Key { get; }

    /// <summary>Whose request brought it here.</summary>
    public string Repository { get; }

    /// <summary>The file. Others who read it take a lease of their own; it stays readable after the end, however that was.</summary>
    public ObjectFile File { get; }

    /// <summary>Bytes written.</summary>
    public long Length => Volatile.Read(ref _length);

    internal string Path { get; }

    /// <summary>Adds bytes. May wait for the disk.</summary>
    /// <exception cref="IOException">The disk cannot take them. The bytes before stay readable; what is left is to discard.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(File.Handle, bytes, _length);
        Volatile.Write(ref _length, _length + bytes.Length);
    }

    /// <summary>Adds bytes.</summary>
    /// <exception cref="IOException">The disk cannot take them. The bytes before stay readable; what is left is to discard.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await RandomAccess.WriteAsync(File.Handle, bytes, _length, cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref _length, _length + bytes.Length);
    }

    /// <summary>Makes it an object of the cache. The caller has compared the hash.</summary>
    /// <returns>False when it could not be kept: the bytes are right all the same, and stay readable for those who hold leases.</returns>
    public bool Commit()
    {
        if (_ended) throw new InvalidOperationException($"{Key}: ended already.");
        _ended = true;
        return _cache.Commit(this);
    }

    /// <summary>Gives it up. Nothing happens after <see cref="Commit"/>, so that it may stand in a finally.</summary>
    public void Discard()
    {
        if (_ended) return;
        _ended = true;
        ObjectCache.Discard(this);
    }
}
