using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Objects;

/// <summary>Hashes files as they lie on the disk, one after the other, through one buffer. For one thread; who wants to use several processors has several.</summary>
/// <remarks>A file that fits into the buffer costs three system calls and no allocation. Links are not followed.</remarks>
public sealed class ObjectFileHasher : IDisposable
{
    /// <summary>Bytes of the buffer where nobody says otherwise: a hundred usual objects, and little enough to stay in a processor's cache.</summary>
    public const int DefaultBufferBytes = 256 << 10;

    private const int EndOfAlgorithms = (int)HashAlgorithmId.Shake128 + 1;

    private readonly byte[] _buffer;
    private readonly ContentHasher?[] _hashers = new ContentHasher?[EndOfAlgorithms]; // made when a file needs them

    /// <summary>Creates one.</summary>
    /// <param name="bufferBytes">4096 and more.</param>
    public ObjectFileHasher(int bufferBytes = DefaultBufferBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bufferBytes, 4096);
        _buffer = GC.AllocateUninitializedArray<byte>(bufferBytes, pinned: true);
    }

    /// <summary>Hashes a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="algorithm">With what.</param>
    /// <param name="cancellationToken">Ends the reading of a long file.</param>
    /// <exception cref="IOException">It is there and cannot be read.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public HashedFile Hash(string path, HashAlgorithmId algorithm, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        return PosixFile.IsSupported ? HashDirectly(path, algorithm, cancellationToken) : HashThroughFramework(path, algorithm, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var hasher in _hashers) hasher?.Dispose();
    }

    private HashedFile HashDirectly(string path, HashAlgorithmId algorithm, CancellationToken cancellationToken)
    {
        int descriptor = PosixFile.OpenToRead(path, out bool isLink);
        if (descriptor < 0) return new HashedFile(isLink ? HashedFileState.SymbolicLink : HashedFileState.Missing, default, 0);
        try
        {
            int read = PosixFile.Read(descriptor, _buffer, path);
            if (read < _buffer.Length) return new HashedFile(HashedFileState.Hashed, ContentHash.Compute(algorithm, _buffer.AsSpan(0, read)), read);
            var hasher = HasherOf(algorithm);
            long length = 0;
            do
            {
                hasher.Append(_buffer.AsSpan(0, read));
                length += read;
                cancellationToken.ThrowIfCancellationRequested();
            }
            while ((read = PosixFile.Read(descriptor, _buffer, path)) > 0);
            return new HashedFile(HashedFileState.Hashed, hasher.GetHashAndReset(), length);
        }
        finally
        {
            PosixFile.Abandon(descriptor); // it was only read: there is nothing that the closing could fail to keep
        }
    }

    private HashedFile HashThroughFramework(string path, HashAlgorithmId algorithm, CancellationToken cancellationToken)
    {
        var info = new FileInfo(path);
        if (info.LinkTarget is not null) return new HashedFile(HashedFileState.SymbolicLink, default, 0);
        try
        {
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var hasher = HasherOf(algorithm);
            long length = 0;
            for (int read; (read = RandomAccess.Read(handle, _buffer, length)) > 0; length += read)
            {
                cancellationToken.ThrowIfCancellationRequested();
                hasher.Append(_buffer.AsSpan(0, read));
            }

            return new HashedFile(HashedFileState.Hashed, hasher.GetHashAndReset(), length);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new HashedFile(HashedFileState.Missing, default, 0);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{path}: cannot be opened as a file.", e);
        }
    }

    /// <summary>A hasher that holds nothing: one whose file was broken off in the middle is made anew.</summary>
    private ContentHasher HasherOf(HashAlgorithmId algorithm)
    {
        ref var hasher = ref _hashers[(int)algorithm];
        if (hasher is { Length: > 0 })
        {
            hasher.Dispose();
            hasher = null;
        }

        return hasher ??= ContentHasher.Create(algorithm);
    }
}
