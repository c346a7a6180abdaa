namespace Cvmfs.Net.Objects;

// Objects that were taken out of sight and can be brought back: data/txn/trash/<name>/ab/cdef…, which the sweep of data/txn leaves alone.
public sealed partial class FileObjectStore
{
    private const string TrashFolderName = "trash";

    private string TrashFolder => Path.Combine(_transactions.Path, TrashFolderName);

    /// <summary>Moves an object out of sight, by one rename.</summary>
    /// <param name="key">The object.</param>
    /// <param name="name">Name of a folder for what goes together; a plain file name.</param>
    /// <returns>False if the object is not there.</returns>
    /// <exception cref="IOException">The file system refuses.</exception>
    public bool SetAside(ObjectKey key, string name)
    {
        string from = PathOf(key);
        string to = AsidePathOf(key, name);
        if (!File.Exists(from)) return false;
        Move(from, to);
        return true;
    }

    /// <summary>Moves an object back to where readers look.</summary>
    /// <param name="key">The object.</param>
    /// <param name="name">The folder that it was moved to.</param>
    /// <returns>False if it is not there; or if readers see one already, when the one that was set aside is removed.</returns>
    /// <exception cref="IOException">The file system refuses.</exception>
    public bool BringBack(ObjectKey key, string name)
    {
        string from = AsidePathOf(key, name);
        if (!File.Exists(from)) return false;
        if (File.Exists(PathOf(key)))
        {
            File.Delete(from);
            return false;
        }

        Move(from, PathOf(key));
        return true;
    }

    /// <summary>Lists the folders of what was set aside.</summary>
    public IReadOnlyList<string> ListAside()
        => Directory.Exists(TrashFolder) ? [.. Directory.EnumerateDirectories(TrashFolder).Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal)] : [];

    /// <summary>Lists what was set aside in a folder.</summary>
    public IEnumerable<ObjectKey> EnumerateAside(string name)
    {
        string root = AsideFolder(name);
        if (!Directory.Exists(root)) yield break;
        foreach (string path in Directory.EnumerateDirectories(root))
        {
            foreach (var key in ListFolder(path, Path.GetFileName(path))) yield return key;
        }
    }

    /// <summary>Removes for good what was set aside in a folder.</summary>
    /// <exception cref="IOException">The file system refuses.</exception>
    public void DiscardAside(string name)
    {
        try
        {
            if (Directory.Exists(AsideFolder(name))) Directory.Delete(AsideFolder(name), recursive: true);
            if (Directory.Exists(TrashFolder) && !Directory.EnumerateFileSystemEntries(TrashFolder).Any()) Directory.Delete(TrashFolder);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw NotWritable(fault);
        }
    }

    private static void Move(string from, string to)
    {
        try
        {
            DurableFile.Rename(from, to);
        }
        catch (DirectoryNotFoundException)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            DurableFile.Rename(from, to);
        }
    }

    private string AsideFolder(string name)
        => RootFolder.IsValidName(name) ? Path.Join(TrashFolder, name) : throw new ArgumentException("A plain file name is expected.", nameof(name));

    private string AsidePathOf(ObjectKey key, string name) => Path.Join(AsideFolder(name), ObjectPath.Of(key).AsSpan(ObjectPath.DataFolder.Length + 1));
}
