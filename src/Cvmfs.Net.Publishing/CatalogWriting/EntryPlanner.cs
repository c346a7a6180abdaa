using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Publishing.Trees;

namespace Cvmfs.Net.Publishing.CatalogWriting;

/// <summary>Turns the part of a tree that belongs to one catalog into its rows, in path order: each directory directly before its content.</summary>
internal sealed class EntryPlanner
{
    private const long DirectorySize = 4096; // means nothing; what most file systems report, and the same wherever the tree was read

    private readonly List<PlannedEntry> _entries = [];
    private uint _groups;

    private EntryPlanner()
    {
    }

    /// <summary>All rows of a catalog. Every file's content must be known.</summary>
    public static List<PlannedEntry> Plan(CatalogPlan plan)
    {
        var planner = new EntryPlanner();
        bool isNested = !plan.Mountpoint.IsRoot;
        var flags = EntryFlags.Directory | (isNested ? EntryFlags.NestedRoot : 0) | plan.Root.KeptFlags;
        planner._entries.Add(new PlannedEntry(plan.Mountpoint, Directory(plan.Root, flags), []));
        planner.AddContent(plan.Root, plan.Mountpoint);
        return planner._entries;
    }

    private void AddContent(TreeEntry directory, RepositoryPath path)
    {
        var children = directory.SortedChildren();
        var links = FindHardlinks(children);
        foreach (var child in children)
        {
            var childPath = path.Append(child.Name.Span);
            if (!child.IsDirectory)
            {
                _entries.Add(new PlannedEntry(childPath, Leaf(child, links), (child.Grafted ?? child.Published)?.Chunks ?? []));
                continue;
            }

            bool isMountpoint = MagicNames.IsNestedRoot(child);
            var flags = EntryFlags.Directory | child.KeptFlags; // a bind mountpoint's flag is among the kept ones
            if (isMountpoint && child.Unopened is not { IsBind: true }) flags |= EntryFlags.NestedMountpoint;
            _entries.Add(new PlannedEntry(childPath, Directory(child, flags), []));
            if (!isMountpoint) AddContent(child, childPath);
        }
    }

    /// <summary>A group is what one directory holds of one file: links into other directories cannot be expressed.</summary>
    private Dictionary<HardlinkIdentity, (uint Group, uint Links)>? FindHardlinks(TreeEntry[] children)
    {
        Dictionary<HardlinkIdentity, (uint Group, uint Links)>? links = null;
        foreach (var child in children)
        {
            if (child.Hardlink is not { } identity) continue;
            links ??= [];
            links[identity] = (0, links.GetValueOrDefault(identity).Links + 1);
        }

        if (links is null) return null;
        foreach (var child in children)
        {
            if (child.Hardlink is { } identity && links[identity] is { Links: > 1, Group: 0 } link) links[identity] = link with { Group = ++_groups };
        }

        return links;
    }

    private static CatalogEntry Directory(TreeEntry entry, EntryFlags flags)
    {
        uint links = entry.UnopenedLinkCount;
        if (links == 0) links = 2 + (uint)entry.Children.Count(static child => child.IsDirectory);
        return Common(entry) with { Flags = flags, RawSize = DirectorySize, LinkCount = links };
    }

    private static CatalogEntry Leaf(TreeEntry entry, Dictionary<HardlinkIdentity, (uint Group, uint Links)>? groups)
    {
        var (group, links) = entry.Hardlink is { } identity ? groups![identity] : (0, 1);
        var common = Common(entry) with { HardlinkGroup = group, LinkCount = links };
        switch (entry.Kind)
        {
            case EntryKind.File:
                var content = entry.Grafted ?? entry.Published ?? throw new InvalidOperationException($"{entry.Path}: the content was not stored.");
                return common with { Flags = FileFlags(content) | entry.KeptFlags, RawSize = content.Size, Hash = content.Hash };
            case EntryKind.SymbolicLink:
                return common with { Flags = EntryFlags.File | EntryFlags.SymbolicLink, RawSize = entry.SymlinkTarget.Length, SymlinkTarget = entry.SymlinkTarget };
            default:
                return common with { Flags = EntryFlags.File | EntryFlags.Special, RawSize = (long)entry.DeviceNumber };
        }
    }

    private static EntryFlags FileFlags(PublishedContent content)
    {
        var flags = EntryFlags.File;
        if (content.Chunks.Count > 0) flags |= EntryFlags.Chunked;
        if (content.IsExternal) flags |= EntryFlags.External;
        return flags.With(content.Algorithm, content.Compression);
    }

    private static CatalogEntry Common(TreeEntry entry) => new()
    {
        Name = entry.Name,
        Mode = entry.Attributes.Mode,
        Uid = entry.Attributes.Uid,
        Gid = entry.Attributes.Gid,
        MTimeSeconds = entry.Attributes.MTimeSeconds,
        MTimeNanoseconds = entry.Attributes.MTimeNanoseconds,
        RawXattrs = entry.RawXattrs,
    };
}
