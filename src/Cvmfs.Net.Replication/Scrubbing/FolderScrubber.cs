using System.Globalization;
using System.IO.Enumeration;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Replication.Scrubbing;

/// <summary>Looks at what is in <c>data/</c> and hashes it, a folder at a time. Thread-safe; a hasher belongs to one caller.</summary>
/// <param name="storageFolder">Holds <c>data/</c>.</param>
/// <param name="counters">Takes note.</param>
/// <param name="limit">Bound of bytes a second; null for none.</param>
/// <param name="pause">Asked before each file: waits where the scrub has to yield. Null for never.</param>
internal sealed class FolderScrubber(string storageFolder, ScrubCounters counters, ByteRateLimit? limit, Func<CancellationToken, ValueTask>? pause)
{
    private const int InputOutputError = 5; // EIO: the disk has lost the bytes

    private readonly string _data = Path.Combine(storageFolder, ObjectPath.DataFolder);

    /// <summary>Looks at what lies beside the object folders, and into folders of two characters that are none.</summary>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    public async ValueTask ScrubDataFolderAsync(ObjectFileHasher hasher, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(_data)) return;
        foreach (var entry in new DirectoryInfo(_data).EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false }))
        {
            if (entry.LinkTarget is not null) counters.Raise(new ScrubAlert(ScrubAlertKind.SymbolicLink, entry.FullName));
            else if (entry is not DirectoryInfo) counters.Raise(new ScrubAlert(ScrubAlertKind.FileInDataFolder, entry.FullName));
            else if (entry.Name == Path.GetFileName(ObjectPath.TransactionFolder)) continue;
            else if (entry.Name.Length != 2) counters.Raise(new ScrubAlert(ScrubAlertKind.InvalidFolderName, entry.FullName));
            else if (!IsObjectFolder(entry.Name)) await ScrubAsync(entry.Name, hasher, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Looks at one of the 256 object folders; nothing where it is missing.</summary>
    /// <exception cref="IOException">The folder, or a file of it, cannot be read for a reason other than its bytes being lost.</exception>
    public ValueTask ScrubAsync(int folder, ObjectFileHasher hasher, CancellationToken cancellationToken)
        => ScrubAsync(folder.ToString("x2", CultureInfo.InvariantCulture), hasher, cancellationToken);

    private static bool IsObjectFolder(string name) => char.IsAsciiHexDigitLower(name[0]) && char.IsAsciiHexDigitLower(name[1]);

    private async ValueTask ScrubAsync(string folder, ObjectFileHasher hasher, CancellationToken cancellationToken)
    {
        string path = Path.Combine(_data, folder);
        if (!Directory.Exists(path) || new DirectoryInfo(path).LinkTarget is not null) return; // a link was reported where it lies
        var files = new FileSystemEnumerable<(ObjectKey Key, string Name, bool IsFolder)>(
            path,
            (ref FileSystemEntry entry) => (KeyOf(folder, entry.FileName), entry.FileName.ToString(), entry.IsDirectory),
            new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false });
        foreach (var (key, name, isFolder) in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (pause is not null) await pause(cancellationToken).ConfigureAwait(false);
            string file = $"{path}{Path.DirectorySeparatorChar}{name}";
            if (isFolder || key.Hash.IsNull) RaiseForName(folder, name, file, isFolder);
            else if (HashFile(key, file, hasher, cancellationToken) is var length && limit is not null)
            {
                limit.Charge(length);
                await limit.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private long HashFile(ObjectKey key, string file, ObjectFileHasher hasher, CancellationToken cancellationToken)
    {
        var found = Hash(key, file, hasher, cancellationToken);
        if (found.State == HashedFileState.Missing) return 0; // collected since it was listed
        if (found.State == HashedFileState.SymbolicLink)
        {
            counters.Raise(new ScrubAlert(ScrubAlertKind.SymbolicLink, file));
            return 0;
        }

        // What was being replaced is right now; what was being collected is gone.
        if (found.Hash != key.Hash && Hash(key, file, hasher, cancellationToken) is var again && again.State == HashedFileState.Hashed && again.Hash != key.Hash)
        {
            counters.Raise(new ScrubAlert(ScrubAlertKind.WrongContent, file, key.Hash.ToString()), key);
        }

        counters.Hashed(found.Length);
        return found.Length;
    }

    private static HashedFile Hash(ObjectKey key, string file, ObjectFileHasher hasher, CancellationToken cancellationToken)
    {
        try
        {
            return hasher.Hash(file, key.Hash.Algorithm, cancellationToken);
        }
        catch (IOException e) when ((e.HResult & 0xffff) == InputOutputError)
        {
            return new HashedFile(HashedFileState.Hashed, default, 0); // not the bytes of its name, whatever they are
        }
    }

    private void RaiseForName(string folder, string name, string file, bool isFolder)
    {
        if (new FileInfo(file).LinkTarget is not null) counters.Raise(new ScrubAlert(ScrubAlertKind.SymbolicLink, file));
        else if (isFolder) counters.Raise(new ScrubAlert(ScrubAlertKind.FolderInObjectFolder, file));
        else if (name.Length > 0 && char.IsAsciiLetterUpper(name[^1]) && name[^1] is not ('H' or 'C' or 'X' or 'P' or 'L' or 'M')) counters.Raise(new ScrubAlert(ScrubAlertKind.UnknownKind, file));
        else counters.Raise(new ScrubAlert(ScrubAlertKind.InvalidName, file, folder + (name.Length > 0 && char.IsAsciiLetterUpper(name[^1]) ? name[..^1] : name)));
    }

    private static ObjectKey KeyOf(string folder, ReadOnlySpan<char> name)
    {
        Span<char> path = stackalloc char[8 + ContentHash.MaxTextLength];
        return name.Length < ContentHash.MaxTextLength
            && path.TryWrite($"{ObjectPath.DataFolder}/{folder}/{name}", out int length)
            && ObjectPath.TryParse(path[..length], out var key) ? key : default;
    }
}
