using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Proxy.Storage;

/// <summary>What the cache does to files, and nothing else does: the place where tests make a disk fail.</summary>
/// <remarks>Files are made for their owner alone. Nothing is followed that is a symbolic link, and nothing is read that another user owns: it was not
/// us who put it there.</remarks>
internal class StorageFiles
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Creates a file that is not there yet, to be written and read.</summary>
    /// <exception cref="IOException">There is one, or the disk fails.</exception>
    public virtual SafeFileHandle Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete };
        if (NativeFile.IsSupported) return NativeFile.Create(path);
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        using var stream = new FileStream(path, options);
        return File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, options.Share);
    }

    /// <summary>Opens a file of ours to be read.</summary>
    /// <returns>Null where there is none, or none of ours.</returns>
    /// <exception cref="IOException">The disk fails.</exception>
    public virtual SafeFileHandle? Open(string path)
    {
        if (NativeFile.IsSupported) return NativeFile.Open(path);
        var info = new FileInfo(path);
        return !info.Exists || info.LinkTarget is not null ? null : File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
    }

    /// <summary>Bytes of an open file.</summary>
    public virtual long LengthOf(SafeFileHandle file) => RandomAccess.GetLength(file);

    /// <summary>Reads at an offset until the buffer is full or the file ends.</summary>
    /// <returns>Bytes read.</returns>
    /// <exception cref="IOException">The disk fails.</exception>
    public virtual int Read(SafeFileHandle file, Span<byte> buffer, long offset, string path)
    {
        int total = 0;
        while (total < buffer.Length)
        {
            int read = RandomAccess.Read(file, buffer[total..], offset + total);
            if (read == 0) break;
            total += read;
        }

        return total;
    }

    /// <summary>Writes at an offset.</summary>
    /// <exception cref="IOException">The disk fails or is full; some of it may be there.</exception>
    public virtual void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset, string path)
    {
        try
        {
            RandomAccess.Write(file, bytes, offset);
        }
        catch (ArgumentOutOfRangeException e) when (offset >= 0)
        {
            throw new IOException($"{path}: {bytes.Length} bytes at {offset} make it larger than files may be here.", e); // the framework's word for EFBIG
        }
    }

    /// <summary>Gives a file another name in one step, over whatever has it.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public virtual void Rename(string from, string to)
    {
        if (OperatingSystem.IsWindows()) new FileInfo(from).MoveTo(to, overwrite: true);
        else NativeFile.Rename(from, to);
    }

    /// <summary>Removes a file, if it is there.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public virtual void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
            // As gone as it can be.
        }
    }

    /// <summary>Creates a folder for its owner alone, where there is none.</summary>
    /// <exception cref="IOException">A link or another user's folder is in its place, or the disk fails.</exception>
    public virtual void MakeFolder(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
        if (new DirectoryInfo(path).LinkTarget is not null) throw new IOException($"{path}: a symbolic link is in the place of a folder of the cache.");
        if (NativeFile.IsSupported) NativeFile.RequireOwnFolder(path);
    }

    /// <summary>Names in a folder; none where there is no folder.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public virtual IEnumerable<string> List(string folder)
        => Directory.Exists(folder)
            ? Directory.EnumerateFileSystemEntries(folder, "*", new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false }).Select(static path => Path.GetFileName(path))
            : [];

    /// <summary>Free and all bytes of a folder's file system.</summary>
    /// <exception cref="IOException">It cannot say.</exception>
    public virtual (long Free, long Total) Space(string folder)
    {
        var drive = new DriveInfo(folder);
        return (drive.AvailableFreeSpace, drive.TotalSize);
    }

    /// <summary>Takes the lock of a folder for as long as the handle is open.</summary>
    /// <exception cref="CacheFolderInUseException">Another process has it.</exception>
    /// <exception cref="IOException">The disk fails.</exception>
    public virtual SafeFileHandle Lock(string path)
    {
        string folder = Path.GetDirectoryName(path)!;
        var handle = NativeFile.IsSupported ? NativeFile.TryLock(path) : LockOfFramework(path);
        if (handle is null) throw new CacheFolderInUseException(folder, HolderOf(path));
        RandomAccess.SetLength(handle, 0);
        RandomAccess.Write(handle, System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId}")), 0);
        return handle;
    }

    /// <summary>Frees the lock of a folder.</summary>
    public static void Unlock(SafeFileHandle handle)
    {
        if (NativeFile.IsSupported) NativeFile.Unlock(handle);
        else handle.Dispose();
    }

    /// <summary>Whether a path still names the file that is open: not when somebody removed the folder.</summary>
    public virtual bool IsSame(SafeFileHandle file, string path) => !NativeFile.IsSupported ? File.Exists(path) : NativeFile.IsSame(file, path);

    private static SafeFileHandle? LockOfFramework(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }

    /// <summary>Who has the lock, by its own words.</summary>
    private static string HolderOf(string path)
    {
        try
        {
            using var file = NativeFile.IsSupported ? NativeFile.Open(path) : File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            Span<byte> text = stackalloc byte[32];
            int length = file is null ? 0 : RandomAccess.Read(file, text, 0);
            return text[..length].StartsWith("process "u8) ? System.Text.Encoding.ASCII.GetString(text[..length]) : "";
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return ""; // whoever has it, it is not us
        }
    }
}
