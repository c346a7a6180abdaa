using Cvmfs.Net.Publishing.Trees.Native;

namespace Cvmfs.Net.Publishing.Trees;

/// <summary>Where the bytes of a file to be published come from. Opened on any thread, as a rule once.</summary>
public abstract class FileContent
{
    /// <summary>Bytes that are expected; what is really read decides.</summary>
    public abstract long Length { get; }

    /// <summary>Opens the bytes from the start; the caller disposes the stream.</summary>
    /// <exception cref="IOException">The file has gone or cannot be read.</exception>
    public abstract Stream OpenRead();

    /// <summary>Bytes that are in memory; not copied, not to be changed before the commit is over.</summary>
    public static FileContent FromMemory(ReadOnlyMemory<byte> bytes) => new MemoryContent(bytes);

    /// <summary>A file on disk.</summary>
    public static FileContent FromFile(string path) => new NamedFileContent(path, new FileInfo(path).Length);

    /// <summary>Gives the bytes when they are in memory already.</summary>
    internal virtual bool TryGetBytes(out ReadOnlyMemory<byte> bytes)
    {
        bytes = default;
        return false;
    }

    private sealed class MemoryContent(ReadOnlyMemory<byte> bytes) : FileContent
    {
        public override long Length => bytes.Length;

        public override Stream OpenRead()
            => System.Runtime.InteropServices.MemoryMarshal.TryGetArray(bytes, out var array)
                ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
                : new MemoryStream(bytes.ToArray(), writable: false);

        internal override bool TryGetBytes(out ReadOnlyMemory<byte> content)
        {
            content = bytes;
            return true;
        }
    }

    private sealed class NamedFileContent(string path, long length) : FileContent
    {
        public override long Length => length;

        public override Stream OpenRead() => new LocalReadStream(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
    }
}
