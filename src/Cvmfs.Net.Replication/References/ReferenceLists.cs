using System.IO.Enumeration;
using Cvmfs.Net.Objects;
using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Replication.References;

/// <summary>What catalogs refer to, kept from run to run: a catalog never changes, so it is read once. Thread-safe, also between processes.</summary>
/// <remarks>Nothing here is needed, and nothing is waited for: a list that a crash lost or spoilt is made again from its catalog.</remarks>
internal sealed class ReferenceLists
{
    /// <summary>Name of the folder, in the spool folder.</summary>
    public const string FolderName = "references";

    private static readonly TimeSpan OldestUnfinished = TimeSpan.FromDays(1); // what is being written is renamed in no time

    private readonly string _folder;
    private readonly RootFolder _files;
    private readonly long _maxBytes;
    private long _bytes = -1; // not counted yet

    /// <summary>Names the folder; touches nothing.</summary>
    /// <param name="spoolFolder">The replica's spool folder.</param>
    /// <param name="maxBytes">Most bytes of all lists together; no more are written then.</param>
    public ReferenceLists(string spoolFolder, long maxBytes)
    {
        _folder = Path.Combine(spoolFolder, FolderName);
        _files = new RootFolder(_folder, new RootFolderOptions { Sync = false, TemporaryFolder = _folder });
        _maxBytes = maxBytes;
    }

    /// <summary>Opens a catalog's list, whatever is in it; null if there is none.</summary>
    /// <exception cref="IOException">It is there and cannot be opened.</exception>
    public SafeFileHandle? Open(ObjectKey catalog)
    {
        string path = PathOf(catalog);
        try
        {
            return File.Exists(path) ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete) : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{path}: not readable.", e);
        }
    }

    /// <summary>Keeps a catalog's list, if there is room.</summary>
    /// <returns>Whether it is kept.</returns>
    /// <exception cref="IOException">The spool folder cannot take it.</exception>
    public ValueTask<bool> KeepAsync(CatalogReferences references, ReadOnlySpan<ObjectRecord> records, CancellationToken cancellationToken)
    {
        if (_maxBytes == 0) return ValueTask.FromResult(false);
        if (Interlocked.Read(ref _bytes) < 0) Interlocked.CompareExchange(ref _bytes, All().Sum(static list => list.Bytes), -1);
        byte[] content = ReferenceList.ToBytes(references, records);
        var spoilt = new FileInfo(PathOf(references.Catalog)); // there is one only where it was not believed
        long added = content.Length - (spoilt.Exists ? spoilt.Length : 0);
        if (Interlocked.Add(ref _bytes, added) <= _maxBytes) return WriteAsync(references.Catalog, content, cancellationToken);
        Interlocked.Add(ref _bytes, -added);
        return ValueTask.FromResult(false);
    }

    /// <summary>Removes the lists of catalogs that nobody wants any more, and what crashes left of others.</summary>
    /// <param name="isWanted">Whether a catalog is still there.</param>
    /// <param name="now">The instant.</param>
    /// <param name="cancellationToken">Ends the look through the folder.</param>
    /// <returns>Lists removed.</returns>
    /// <exception cref="IOException">The folder cannot be read, or a file in it not be removed.</exception>
    public int RemoveUnless(Func<ObjectKey, bool> isWanted, DateTimeOffset now, CancellationToken cancellationToken)
    {
        int removed = 0;
        foreach (var list in All())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (list.Catalog is { } catalog ? isWanted(catalog) : File.GetLastWriteTimeUtc(list.Path) > (now - OldestUnfinished).UtcDateTime) continue;
            File.Delete(list.Path);
            Interlocked.Add(ref _bytes, Interlocked.Read(ref _bytes) < 0 ? 0 : -list.Bytes);
            removed++;
        }

        return removed;
    }

    private async ValueTask<bool> WriteAsync(ObjectKey catalog, byte[] content, CancellationToken cancellationToken)
    {
        await _files.ReplaceAsync(catalog.ToString(), content, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private IEnumerable<KeptList> All()
    {
        if (!Directory.Exists(_folder)) yield break;
        var lists = new FileSystemEnumerable<KeptList>(
            _folder,
            static (ref FileSystemEntry entry) => new KeptList(entry.ToFullPath(), ObjectKey.TryParse(entry.FileName, out var key) ? key : null, entry.Length),
            new EnumerationOptions { AttributesToSkip = 0 });
        foreach (var list in lists) yield return list;
    }

    private string PathOf(ObjectKey catalog) => Path.Combine(_folder, catalog.ToString());

    private readonly record struct KeptList(string Path, ObjectKey? Catalog, long Bytes);
}
