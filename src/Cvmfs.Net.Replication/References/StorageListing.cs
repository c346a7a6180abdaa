using System.Globalization;
using System.IO.Enumeration;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Replication.References;

/// <summary>What lies in the object folders of a storage, in order: read a folder at a time, without looking at the files themselves.</summary>
/// <remarks>Not a picture of one instant: what comes or goes while a folder is read may or may not be there. One user at a time; several may read different folders
/// through listings of their own.</remarks>
/// <param name="storageFolder">Holds <c>data/</c>.</param>
/// <param name="memoryBytes">Memory for sorting a folder; what does not fit goes through files.</param>
/// <param name="temporaryFolder">Where these go.</param>
internal sealed class StorageListing(string storageFolder, long memoryBytes, string temporaryFolder)
{
    /// <summary>Number of object folders.</summary>
    public const int Folders = 256;

    private readonly string _data = Path.Combine(storageFolder, ObjectPath.DataFolder);

    /// <summary>Hears the path of everything in an object folder that is no object, folders included. Null: only counted.</summary>
    public Action<string>? OnForeign { get; init; }

    /// <summary>Names found so far that are no objects'.</summary>
    public long ForeignNames { get; private set; }

    /// <summary>Objects found so far.</summary>
    public long Objects { get; private set; }

    /// <summary>All folders, one after the other.</summary>
    /// <exception cref="IOException">A folder cannot be read, or a temporary file not be written.</exception>
    public IEnumerable<ObjectRecord> Read(CancellationToken cancellationToken = default)
    {
        for (int folder = 0; folder < Folders; folder++)
        {
            foreach (var record in ReadFolder((byte)folder, cancellationToken)) yield return record;
        }
    }

    /// <summary>One folder; nothing where it is missing.</summary>
    /// <exception cref="IOException">The folder cannot be read, or a temporary file not be written.</exception>
    public IEnumerable<ObjectRecord> ReadFolder(byte folder, CancellationToken cancellationToken = default)
    {
        using var sorter = new ObjectSorter(memoryBytes, temporaryFolder);
        var lane = sorter.AddLane();
        foreach (var record in ReadFolderUnsorted(folder, cancellationToken)) lane.Add(record);
        using var sorted = sorter.Finish();
        foreach (var record in sorted.Read(cancellationToken)) yield return record;
    }

    /// <summary>One folder in whatever order it comes.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public IEnumerable<ObjectRecord> ReadFolderUnsorted(byte folder, CancellationToken cancellationToken = default)
    {
        string name = folder.ToString("x2", CultureInfo.InvariantCulture);
        string path = Path.Combine(_data, name);
        if (!Directory.Exists(path)) yield break;
        foreach (var (key, foreign) in Entries(path, name))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (foreign is null)
            {
                Objects++;
                yield return ObjectRecord.Of(key);
                continue;
            }

            ForeignNames++;
            OnForeign?.Invoke(foreign);
        }
    }

    /// <summary>The catalogs of one folder in whatever order they come.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public IEnumerable<ObjectKey> ReadCatalogs(byte folder, CancellationToken cancellationToken = default)
    {
        string name = folder.ToString("x2", CultureInfo.InvariantCulture);
        string path = Path.Combine(_data, name);
        if (!Directory.Exists(path)) yield break;
        long seen = 0;
        var catalogs = Entries(path, name);
        catalogs.ShouldIncludePredicate = (ref FileSystemEntry entry) =>
        {
            seen++; // most names need no closer look
            return entry.FileName.EndsWith((char)ObjectSuffix.Catalog);
        };
        foreach (var (key, foreign) in catalogs)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (foreign is null) yield return key;
        }

        Objects += seen;
    }

    /// <summary>Looks at an object's file; null if it is not there.</summary>
    public FileInfo? Inspect(ObjectKey key)
    {
        var file = new FileInfo(Path.Join(storageFolder, ObjectPath.Of(key)));
        return file.Exists ? file : null;
    }

    /// <summary>When names in a folder last came or went, by the file system's clock; null where it is missing.</summary>
    public DateTimeOffset? ChangedAt(byte folder)
    {
        var info = new DirectoryInfo(Path.Combine(_data, folder.ToString("x2", CultureInfo.InvariantCulture)));
        return info.Exists ? new DateTimeOffset(info.LastWriteTimeUtc, TimeSpan.Zero) : null;
    }

    private static FileSystemEnumerable<(ObjectKey Key, string? Foreign)> Entries(string path, string folder)
    {
        var options = new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false };
        return new FileSystemEnumerable<(ObjectKey Key, string? Foreign)>(
            path,
            (ref FileSystemEntry entry) => !entry.IsDirectory && TryParse(folder, entry.FileName, out var key) ? (key, null) : (default, entry.ToFullPath()),
            options);
    }

    private static bool TryParse(string folder, ReadOnlySpan<char> name, out ObjectKey key)
    {
        Span<char> path = stackalloc char[80];
        key = default;
        return name.Length < 64 && path.TryWrite($"{ObjectPath.DataFolder}/{folder}/{name}", out int length) && ObjectPath.TryParse(path[..length], out key);
    }
}
