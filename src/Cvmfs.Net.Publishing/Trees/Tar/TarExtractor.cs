using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Publishing.Ingestion;

namespace Cvmfs.Net.Publishing.Trees.Tar;

/// <summary>Extracts an archive into the tree of the current revision. Files are stored as they come by: an archive can be read once only.</summary>
internal sealed class TarExtractor(RevisionTree revision, ContentIngester ingester, PublisherOptions options, TarCommitOptions tar)
{
    private const long MaxBufferedBytes = 1 << 16; // a file up to this size waits in memory for a worker; there are at most 64 per worker

    private static readonly EntryAttributes DefaultDirectory = new(EntryAttributes.Directory | 0x1ED);

    private PublishTree Tree => revision.Tree;

    /// <summary>Removes what is to be removed, then extracts.</summary>
    /// <exception cref="CvmfsPublishException">A path cannot be removed or extracted.</exception>
    /// <exception cref="CvmfsFormatException">The archive is damaged.</exception>
    public async Task ExtractAsync(Stream archive, CancellationToken cancellationToken)
    {
        foreach (var path in tar.Delete) await DeleteAsync(path, cancellationToken).ConfigureAwait(false);
        await revision.OpenToAsync(tar.BasePath, cancellationToken).ConfigureAwait(false);
        if (Tree.Find(tar.BasePath) is not { IsDirectory: true }) Tree.AddDirectory(tar.BasePath, DefaultDirectory);

        var reader = new TarArchiveReader(archive);
        while (await reader.ReadHeaderAsync(cancellationToken).ConfigureAwait(false) is { } header)
        {
            var path = PathOf(header.Name);
            await revision.OpenToAsync(path, cancellationToken).ConfigureAwait(false);
            await ExtractAsync(header, path, reader, cancellationToken).ConfigureAwait(false);
        }

        if (tar.CreateNestedCatalog) Tree.AddNestedCatalog(tar.BasePath);
    }

    private async ValueTask DeleteAsync(RepositoryPath path, CancellationToken cancellationToken)
    {
        await revision.OpenToAsync(path.Parent, cancellationToken).ConfigureAwait(false);
        if (path.IsRoot) throw CvmfsPublishException.At(path, "the root cannot be removed.");
        if (!Tree.Remove(path)) throw CvmfsPublishException.At(path, "there is nothing to be removed.");
    }

    private async ValueTask ExtractAsync(TarHeader header, RepositoryPath path, TarArchiveReader reader, CancellationToken cancellationToken)
    {
        if (header.Kind is not { } kind)
        {
            var target = PathOf(header.LinkName);
            await revision.OpenToAsync(target.Parent, cancellationToken).ConfigureAwait(false);
            Tree.AddHardLink(path, target);
            return;
        }

        var xattrs = Xattrs(header, path);
        switch (kind)
        {
            case EntryKind.Directory:
                Tree.AddDirectory(path, Attributes(header, EntryAttributes.Directory), xattrs);
                break;
            case EntryKind.SymbolicLink:
                if (header.LinkName.Length == 0) throw CvmfsPublishException.At(path, "the symbolic link has no target.");
                Tree.AddSymbolicLink(path, Attributes(header with { Permissions = 0x1FF }, EntryAttributes.SymbolicLink), header.LinkName, xattrs);
                break;
            case EntryKind.File:
                await StoreAsync(Tree.AddFile(path, Attributes(header, EntryAttributes.RegularFile), FileContent.FromMemory(default), xattrs), header, reader, cancellationToken).ConfigureAwait(false);
                break;
            default:
                Tree.AddSpecial(path, Attributes(header, kind switch { EntryKind.Fifo => 0x1000u, EntryKind.CharacterDevice => 0x2000u, _ => 0x6000u }), header.DeviceNumber, xattrs);
                break;
        }
    }

    private async ValueTask StoreAsync(TreeEntry entry, TarHeader header, TarArchiveReader reader, CancellationToken cancellationToken)
    {
        var source = reader.OpenContent();
        await using var disposal = source.ConfigureAwait(false);
        bool isInstruction = entry.Name.Span.StartsWith(MagicNames.GraftPrefix) || entry.Name.Span.SequenceEqual(MagicNames.Dirtab);
        if (header.Size > MaxBufferedBytes && !isInstruction)
        {
            entry.Content = null; // on its way
            await ingester.AddAsync(entry, source).ConfigureAwait(false);
            return;
        }

        if (header.Size > 1 << 20) throw CvmfsPublishException.At(entry.Path, $"{header.Size} bytes are too long for such a file.");
        byte[] bytes = new byte[header.Size];
        await source.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
        entry.Content = FileContent.FromMemory(bytes);
        if (isInstruction) return; // read by the preparer, and stored with the rest
        await ingester.AddAsync(entry, entry.Content).ConfigureAwait(false);
        entry.Content = null;
    }

    private EntryAttributes Attributes(TarHeader header, uint type)
    {
        var attributes = new EntryAttributes(
            type | header.Permissions, header.Uid, header.Gid, header.MTimeSeconds, options.RecordNanoseconds ? header.MTimeNanoseconds : null);
        return options.Owners?.Apply(attributes) ?? attributes;
    }

    private ExtendedAttributes? Xattrs(TarHeader header, RepositoryPath path)
    {
        if (header.Xattrs.Count == 0) return null;
        try
        {
            return ExtendedAttributes.Create(header.Xattrs.Where(pair => options.Xattrs.Includes(pair.Key.Span)));
        }
        catch (ArgumentException refused)
        {
            throw CvmfsPublishException.At(path, $"the extended attributes cannot be stored: {refused.Message}");
        }
    }

    /// <summary>Leading slashes and "." components mean nothing; ".." would lead out and is refused.</summary>
    private RepositoryPath PathOf(ReadOnlySpan<byte> name)
    {
        var path = tar.BasePath;
        foreach (var range in name.Split((byte)'/'))
        {
            var component = name[range];
            if (component.IsEmpty || component.SequenceEqual("."u8)) continue;
            if (!RepositoryPath.IsValidName(component))
                throw new CvmfsPublishException(System.Text.Encoding.UTF8.GetString(name), "the archive holds a path with \"..\" or NUL.");
            path = path.Append(component);
        }

        return path;
    }
}
