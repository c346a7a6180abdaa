using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Repositories;

namespace Cvmfs.Net.Cli.Exporting;

/// <summary>Copies a subtree into a new folder, verified, with everything a file system can keep.</summary>
/// <remarks>Never leaves the folder, whatever the repository says: the folder is new, every directory in it was created here, every name was checked
/// to be one component, and nothing that exists is ever opened. A repository that has a link and a directory under one name is refused.</remarks>
internal sealed class TreeExporter(RepositoryRevision revision, byte[] destination, ExportOptions options, ExportReport report)
{
    private readonly Dictionary<(RepositoryPath Directory, uint Group), (byte[] Path, CatalogEntry Entry)> _hardlinks = [];
    private readonly List<(byte[] Path, CatalogEntry Entry)> _directories = [];

    /// <summary>Copies.</summary>
    /// <exception cref="IOException">The folder cannot take it.</exception>
    /// <exception cref="CvmfsException">The repository cannot be read.</exception>
    public async Task RunAsync(RepositoryPath start, CancellationToken cancellationToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var writing = new HashSet<Task>();
        try
        {
            await foreach (var (path, entry) in revision.EnumerateAsync(start, cancellationToken: cancellationToken))
            {
                byte[] target = [.. destination, .. path.Bytes[start.Bytes.Length..]];
                if (Create(path, entry, target) is not { } file) continue;
                writing.Add(WriteAsync(path, entry, target, file, stopping.Token));
                if (writing.Count < options.FilesAtOnce) continue;
                var done = await Task.WhenAny(writing);
                writing.Remove(done);
                await done;
            }

            await Task.WhenAll(writing);
        }
        catch
        {
            await stopping.CancelAsync();
            await Task.WhenAll(writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // the first failure is the one that counts
            throw;
        }

        // Last, from the bottom up: a directory may not allow writing, and its time changes with everything put into it.
        for (int i = _directories.Count - 1; i >= 0; i--) Finish(_directories[i].Path, _directories[i].Entry);
    }

    /// <summary>Creates an entry in its place. Returns the open file where content is still to be written.</summary>
    private FileStream? Create(RepositoryPath path, CatalogEntry entry, byte[] target)
    {
        switch (entry.Kind)
        {
            case EntryKind.Directory:
                if (_directories.Count > 0 || !options.DestinationExists) UnixFile.CreateDirectory(target);
                _directories.Add((target, entry));
                break;
            case EntryKind.SymbolicLink:
                UnixFile.CreateSymbolicLink((options.KeepVariables ? entry.SymlinkTarget : revision.PresentTarget(entry)).ToArray(), target);
                FinishLink(target, entry);
                break;
            case EntryKind.Fifo:
                UnixFile.CreateFifo(target);
                Finish(target, entry);
                break;
            case EntryKind.File when !TryLink(path, entry, target):
                return UnixFile.CreateFile(target);
            case EntryKind.File:
                break;
            default:
                report.Skipped.Add(path.ToString());
                return null;
        }

        report.AddEntry();
        return null;
    }

    /// <summary>Makes a hard link where the repository says that this is another name of a file copied before. Groups are counted per catalog, and
    /// their members are in one directory.</summary>
    private bool TryLink(RepositoryPath path, CatalogEntry entry, byte[] target)
    {
        if (entry.HardlinkGroup == 0) return false;
        if (!_hardlinks.TryGetValue((path.Parent, entry.HardlinkGroup), out var first))
        {
            _hardlinks.Add((path.Parent, entry.HardlinkGroup), (target, entry));
            return false;
        }

        if (first.Entry.Hash != entry.Hash || first.Entry.RawSize != entry.RawSize) return false; // a group that is none: copy
        UnixFile.CreateHardLink(first.Path, target);
        return true;
    }

    private async Task WriteAsync(RepositoryPath path, CatalogEntry entry, byte[] target, FileStream file, CancellationToken cancellationToken)
    {
        await using (file)
        {
            await using var content = await revision.OpenReadAsync(path, cancellationToken);
            await content.CopyToAsync(new CountingStream(file, report.AddBytes), cancellationToken);
        }

        Finish(target, entry);
        report.AddEntry();
    }

    /// <summary>Attributes, mode and time, in this order: each may forbid or change the one before.</summary>
    private void Finish(byte[] target, CatalogEntry entry)
    {
        if (options.SetOwners) UnixFile.SetOwner(target, entry.Uid, entry.Gid);
        foreach (var (name, value) in ExtendedAttributes.Parse(entry.RawXattrs.Span))
        {
            if (!UnixFile.TrySetAttribute(target, name.Span, value.Span)) report.AddLostAttribute();
        }

        UnixFile.SetMode(target, entry.Mode);
        UnixFile.SetTime(target, entry.MTimeSeconds, entry.MTimeNanoseconds ?? 0);
    }

    private void FinishLink(byte[] target, CatalogEntry entry)
    {
        if (options.SetOwners) UnixFile.SetOwner(target, entry.Uid, entry.Gid);
        UnixFile.SetTime(target, entry.MTimeSeconds, entry.MTimeNanoseconds ?? 0);
    }
}
