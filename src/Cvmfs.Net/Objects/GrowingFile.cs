using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Objects;

/// <summary>A new file being written from its start. Not thread-safe. Disposing it only closes it; what becomes of the file is the owner's affair.</summary>
/// <remarks>By direct system calls where <see cref="PosixFile.IsSupported"/>: the framework's way looks at and locks each file besides, which counts
/// where there are millions, and it keeps errors of the close to itself.</remarks>
internal sealed class GrowingFile : IDisposable
{
    private readonly string _path;
    private readonly SafeFileHandle? _handle;
    private int _descriptor = -1;

    private GrowingFile(string path, SafeFileHandle? handle, int descriptor) => (_path, _handle, _descriptor) = (path, handle, descriptor);

    /// <summary>Bytes written so far.</summary>
    public long Length { get; private set; }

    /// <summary>Creates a file that is not there yet, with mode 0666 less the umask.</summary>
    /// <exception cref="DirectoryNotFoundException">The folder is missing.</exception>
    /// <exception cref="IOException">Anything else.</exception>
    public static GrowingFile Create(string path)
    {
        if (PosixFile.IsSupported) return new GrowingFile(path, null, PosixFile.OpenNew(path));
        try
        {
            return new GrowingFile(path, File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete), -1);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new IOException($"{Path.GetDirectoryName(path)}: not writable.", fault);
        }
    }

    /// <summary>Adds bytes.</summary>
    /// <exception cref="IOException">The file system cannot take them.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (_handle is null) PosixFile.Write(_descriptor, bytes, _path);
        else DurableFile.Write(_handle, bytes, Length, _path);
        Length += bytes.Length;
    }

    /// <summary>Waits until the disk has it.</summary>
    /// <exception cref="IOException">It does not.</exception>
    public void Flush()
    {
        if (_handle is null) PosixFile.Flush(_descriptor, _path);
        else RandomAccess.FlushToDisk(_handle);
    }

    /// <summary>Closes it: the last occasion at which a file system may say that it could not take it.</summary>
    /// <exception cref="IOException">It could not.</exception>
    public void Close()
    {
        if (_handle is not null)
        {
            _handle.Dispose();
            return;
        }

        int descriptor = _descriptor;
        _descriptor = -1;
        if (descriptor >= 0) PosixFile.Close(descriptor, _path);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _handle?.Dispose();
        if (_descriptor >= 0) PosixFile.Abandon(_descriptor);
        _descriptor = -1;
    }
}
