using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Objects;

/// <summary>The files next to the manifest, each replaced in one step. Thread-safe; of two replacements at once either may win, whole.</summary>
public sealed class RootFolder
{
    private const int MaxNameLength = 255;
    private const string ForeignNameMessage = "A root file has a plain name of letters, digits and \"._+-\".";

    private readonly string _path;
    private readonly bool _sync;
    private readonly TransactionFolder _transactions;

    /// <summary>Names a folder; touches nothing.</summary>
    /// <param name="path">The repository's folder.</param>
    /// <param name="options">Defaults where null.</param>
    public RootFolder(string path, RootFolderOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _path = Path.GetFullPath(path);
        _sync = options?.Sync ?? true;
        _transactions = new TransactionFolder(Path.GetFullPath(options?.TemporaryFolder ?? Path.Combine(_path, ObjectPath.TransactionFolder)));
    }

    /// <summary>Absolute path of the folder.</summary>
    public string Location => _path;

    /// <summary>Whether a text may be the name of a root file: no separators, no parent, nothing that a file system reads in a special way.</summary>
    public static bool IsValidName(ReadOnlySpan<char> name)
    {
        if (name.Length is 0 or > MaxNameLength || name is "." or "..") return false;
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-' or '+')) return false;
        }

        return true;
    }

    /// <summary>Reads a file. Null when there is none.</summary>
    /// <param name="name">Plain file name.</param>
    /// <param name="maxBytes">Longest content that is read.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="CvmfsFormatException">It is longer.</exception>
    /// <exception cref="IOException">It is there and cannot be read.</exception>
    public ValueTask<byte[]?> ReadAsync(string name, int maxBytes, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string path = PathOf(name);
        SafeFileHandle handle;
        try
        {
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            return ValueTask.FromResult<byte[]?>(null);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new IOException($"{path}: cannot be opened as a file.", fault);
        }

        using (handle)
        {
            long length = RandomAccess.GetLength(handle);
            if (length > maxBytes) throw new CvmfsFormatException(path, $"has {length} bytes, expected at most {maxBytes}.");
            byte[] content = new byte[length];
            int filled = 0;
            for (int read; filled < content.Length && (read = RandomAccess.Read(handle, content.AsSpan(filled), filled)) > 0;) filled += read;
            return ValueTask.FromResult<byte[]?>(filled == content.Length ? content : content[..filled]);
        }
    }

    /// <summary>Whether a file is there.</summary>
    public ValueTask<bool> ExistsAsync(string name, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(File.Exists(PathOf(name)));
    }

    /// <summary>Writes a file: readers see the old content or the new, at every instant and after every crash.</summary>
    /// <exception cref="IOException">The file system cannot take it; the old content stays.</exception>
    public ValueTask ReplaceAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string path = PathOf(name);
        using var growing = _transactions.Create(out string file);
        try
        {
            growing.Write(content.Span);
            if (_sync) growing.Flush();
            growing.Close();
            Publish(file, path);
        }
        catch
        {
            TransactionFolder.Discard(file);
            throw;
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Writes a file from a stream, of any length, with the same promise.</summary>
    /// <exception cref="IOException">The file system cannot take it; the old content stays.</exception>
    public async ValueTask ReplaceAsync(string name, Stream content, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        string path = PathOf(name);
        using var growing = _transactions.Create(out string file);
        try
        {
            byte[] buffer = new byte[64 * 1024];
            for (int read; (read = await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;) growing.Write(buffer.AsSpan(0, read));
            if (_sync) growing.Flush();
            growing.Close();
            Publish(file, path);
        }
        catch
        {
            TransactionFolder.Discard(file);
            throw;
        }
    }

    /// <summary>Removes a file or alternative name. False when there was none.</summary>
    /// <exception cref="IOException">It is there and cannot be removed.</exception>
    public ValueTask<bool> DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var file = new FileInfo(PathOf(name));
        if (!file.Exists && file.LinkTarget is null) return ValueTask.FromResult(false);
        try
        {
            file.Delete();
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new IOException($"{file.FullName}: cannot be removed.", fault);
        }

        return ValueTask.FromResult(true);
    }

    /// <summary>Gives an object its alternative name next to the manifest: a symbolic link with a relative target.</summary>
    /// <remarks>Repositories whose manifest has <c>A</c> = yes are read through these where <c>data/</c> is protected.</remarks>
    /// <exception cref="IOException">The file system cannot take it.</exception>
    public ValueTask LinkAlternativeAsync(ObjectKey key, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string link = _transactions.NewPath();
        Directory.CreateDirectory(_transactions.Path);
        try
        {
            File.CreateSymbolicLink(link, ObjectPath.Of(key)); // read from where the rename puts it: the repository's folder
            Publish(link, Path.Combine(_path, ObjectPath.AlternativeOf(key)));
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new IOException($"{_path}: not writable.", fault);
        }
        finally
        {
            TransactionFolder.Discard(link);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Makes everything written so far to the folder's file system survive a power loss. Blocks until the disk has it.</summary>
    /// <exception cref="IOException">The file system reported an error.</exception>
    public void Flush()
    {
        if (Directory.Exists(_path)) DurableFile.SyncFileSystem(_path);
    }

    /// <summary>Lists the objects that have an alternative name.</summary>
    public IEnumerable<ObjectKey> Alternatives()
    {
        if (!Directory.Exists(_path)) yield break;
        foreach (string file in Directory.EnumerateFiles(_path, ObjectPath.AlternativePrefix + "*", new EnumerationOptions { AttributesToSkip = 0 }))
        {
            if (ObjectKey.TryParse(Path.GetFileName(file.AsSpan())[ObjectPath.AlternativePrefix.Length..], out var key)) yield return key;
        }
    }

    private string PathOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return IsValidName(name) ? Path.Combine(_path, name) : throw new ArgumentException(ForeignNameMessage, nameof(name));
    }

    private void Publish(string file, string path)
    {
        DurableFile.Rename(file, path);
        if (_sync) DurableFile.SyncFolder(_path);
    }
}
