using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Publishing.Trees;

namespace Cvmfs.Net.Publishing.Ingestion;

/// <summary>Gives the files of a tree to the workers, each content once.</summary>
internal static class FileFeeder
{
    /// <summary>Stores every file whose content is not known yet. When it returns, all contents are known.</summary>
    /// <exception cref="CvmfsPublishException">A file has no content, or cannot be read.</exception>
    public static async Task FeedAsync(TreeEntry root, ContentIngester ingester)
    {
        var originals = new Dictionary<HardlinkIdentity, TreeEntry>();
        var links = new List<(TreeEntry Link, TreeEntry Original)>();
        var underway = new List<TreeEntry>();
        var open = new Stack<TreeEntry>([root]);
        while (open.TryPop(out var directory))
        {
            foreach (var child in directory.Children)
            {
                if (child.IsDirectory) open.Push(child);
                if (child.Kind != EntryKind.File || child.Published is not null || child.Grafted is not null) continue;
                if (child.Content is null) underway.Add(child);
                else if (child.Hardlink is { } identity && !originals.TryAdd(identity, child)) links.Add((child, originals[identity]));
                else await ingester.AddAsync(child, child.Content).ConfigureAwait(false);
            }
        }

        await ingester.CompleteAsync().ConfigureAwait(false);
        foreach (var (link, original) in links) link.Published = original.Published;
        foreach (var entry in underway)
            entry.Published ??= entry.Hardlink?.Original.Published ?? throw CvmfsPublishException.At(entry.Path, "the file has no content.");
    }

    /// <summary>Takes over the content of files whose size, time, mode and owner are those of an earlier revision.</summary>
    public static void TakeOverUnchanged(TreeEntry current, TreeEntry previous)
    {
        var open = new Stack<(TreeEntry Current, TreeEntry Previous)>([(current, previous)]);
        while (open.TryPop(out var pair))
        {
            foreach (var child in pair.Current.Children)
            {
                if (pair.Previous.FindChild(child.Name.Span) is not { } before) continue;
                if (child.IsDirectory && before.IsDirectory) open.Push((child, before));
                else if (IsUnchanged(child, before)) child.Published = before.Published;
            }
        }
    }

    private static bool IsUnchanged(TreeEntry current, TreeEntry before)
        => current is { Kind: EntryKind.File, Published: null, Content: { } content }
            && before is { Kind: EntryKind.File, Published: { } published }
            && content.Length == published.Size
            && current.Attributes == before.Attributes
            && current.Attributes.MTimeNanoseconds is not null;
}
