using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Reflogs;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Testing;

/// <summary>What the reference's <c>check</c> looks at, computed anew from the rows, and every object hashed on top. For repositories of tests: slow and simple.</summary>
public sealed class RepositoryChecks
{
    private const string Marker = ".cvmfscatalog";

    private readonly string _folder;
    private readonly FileObjectStore _store;
    private readonly List<string> _problems = [];

    private RepositoryChecks(string folder) => (_folder, _store) = (folder, new FileObjectStore(folder));

    /// <summary>Checks what a repository's folder publishes.</summary>
    /// <returns>What is wrong; empty when nothing is.</returns>
    public static IReadOnlyList<string> FindProblems(string folder)
    {
        var checks = new RepositoryChecks(folder);
        try
        {
            checks.CheckRoots();
        }
        catch (CvmfsException failure)
        {
            checks.Problem(failure.Message);
        }

        return checks._problems;
    }

    private void CheckRoots()
    {
        var manifest = Manifest.Parse(File.ReadAllBytes(Path.Combine(_folder, RootFileNames.Manifest)));
        using (var reflog = Reflog.Open(File.ReadAllBytes(Path.Combine(_folder, RootFileNames.Reflog)), manifest.RepositoryName, manifest.Reflog))
        {
            foreach (var (key, kind) in new[]
            {
                (manifest.RootCatalogKey, ReflogKind.RootCatalog), (manifest.CertificateKey!.Value, ReflogKind.Certificate),
                (manifest.HistoryKey!.Value, ReflogKind.History), (manifest.MetaInfoKey!.Value, ReflogKind.MetaInfo),
            })
            {
                if (reflog.Find(key.Hash)?.Kind != kind) Problem($"reflog lacks {key}");
                CheckObject(key, key.ToString(), CompressionId.Zlib);
                string alternative = Path.Combine(_folder, ObjectPath.AlternativeOf(key));
                if (manifest.HasAlternativePaths && new FileInfo(alternative).LinkTarget != ObjectPath.Of(key)) Problem($"no link {alternative}");
            }
        }

        CheckCatalog(new NestedCatalog(RepositoryPath.Root, manifest.RootCatalog, (long)manifest.RootCatalogSize, IsBind: false), null, manifest.Revision);
    }

    private CatalogCounters CheckCatalog(NestedCatalog registered, CatalogEntry? transition, ulong? revision)
    {
        if (CheckObject(new ObjectKey(registered.Hash, ObjectSuffix.Catalog), $"catalog {registered.Mountpoint}", CompressionId.Zlib) is not { } image) return default;
        if (image.Length != registered.Size) Problem($"{registered.Mountpoint}: {image.Length} bytes, registered {registered.Size}");
        using var catalog = Catalog.Open(image, registered.Mountpoint);
        if (revision is { } expected && catalog.Revision != expected) Problem($"revision {catalog.Revision}, manifest says {expected}");
        var entries = catalog.ReadAllEntries().ToList();
        if (transition is not null && !SameButFlags(entries[0].Entry, transition)) Problem($"{registered.Mountpoint}: transition point differs");
        if (entries[0].Entry.Flags.HasFlag(EntryFlags.NestedRoot) == registered.Mountpoint.IsRoot) Problem($"{registered.Mountpoint}: nested root flag");

        var self = default(CatalogCounters);
        var subtree = default(CatalogCounters);
        int mountpoints = 0;
        foreach (var (path, entry) in entries)
        {
            self += CatalogCounters.Of(entry);
            if (path != registered.Mountpoint) CheckEntry(catalog, path, entry);
            if (entry.IsFile && entry.IsChunked) self += CatalogCounters.OfChunks(CheckChunks(catalog, path, entry));
            if (entry.Flags.HasFlag(EntryFlags.NestedMountpoint))
            {
                mountpoints++;
                if (catalog.NestedCatalogs.FirstOrDefault(nested => nested.Mountpoint == path) is not { Hash.IsNull: false } nested) Problem($"{path} is not registered");
                else subtree += CheckCatalog(nested, entry, null);
            }
            else if (entry.IsDirectory)
            {
                CheckDirectory(path, entry, [.. entries.Where(other => !other.Path.IsRoot && other.Path.Parent == path).Select(static other => other.Entry)], registered.Mountpoint);
            }
        }

        if (mountpoints != catalog.NestedCatalogs.Count) Problem($"{registered.Mountpoint}: {mountpoints} mountpoints, {catalog.NestedCatalogs.Count} registered");
        self += new CatalogCounters { Nested = mountpoints };
        if (catalog.Statistics.Self != self) Problem($"{registered.Mountpoint}: self counters {catalog.Statistics.Self}, counted {self}");
        if (catalog.Statistics.Subtree != subtree) Problem($"{registered.Mountpoint}: subtree counters {catalog.Statistics.Subtree}, counted {subtree}");
        return self + subtree;
    }

    private void CheckDirectory(RepositoryPath path, CatalogEntry directory, CatalogEntry[] entries, RepositoryPath mountpoint)
    {
        if (directory.LinkCount != 2 + entries.Count(static entry => entry.IsDirectory)) Problem($"{path}: link count {directory.LinkCount}");
        if (directory.HardlinkGroup != 0) Problem($"{path}: directory in a hard-link group");
        bool isNestedRoot = !path.IsRoot && path == mountpoint;
        bool hasMarker = entries.Any(static entry => entry.Name.Span.SequenceEqual(".cvmfscatalog"u8));
        if (hasMarker != isNestedRoot) Problem($"{path}: {Marker} {(hasMarker ? "abandoned" : "missing")}");
        foreach (var group in entries.Where(static entry => !entry.IsDirectory && entry.LinkCount > 1).GroupBy(static entry => entry.HardlinkGroup))
        {
            if (group.Key == 0 || group.Any(entry => entry.LinkCount != group.Count() || !SameButFlags(entry with { Name = group.First().Name }, group.First())))
                Problem($"{path}: hard-link group {group.Key}");
        }
    }

    private void CheckEntry(Catalog catalog, RepositoryPath path, CatalogEntry entry)
    {
        if (entry.Name.IsEmpty || entry.LinkCount == 0) Problem($"{path}: no name or no links");
        switch (entry.Kind)
        {
            case EntryKind.File when !entry.IsChunked && entry.Hash.IsNull:
                Problem($"{path}: no hash");
                break;
            case EntryKind.File when !entry.IsChunked && !entry.IsExternal:
                if (CheckObject(new ObjectKey(entry.Hash), path.ToString(), entry.Compression) is { } content && content.Length != entry.RawSize) Problem($"{path}: {content.Length} bytes");
                break;
            case EntryKind.SymbolicLink when !entry.Hash.IsNull || entry.RawSize != entry.SymlinkTarget.Length || entry.Flags != (EntryFlags.File | EntryFlags.SymbolicLink):
                Problem($"{path}: odd symbolic link");
                break;
            case EntryKind.Fifo or EntryKind.Socket when entry.RawSize != 0 || !entry.Hash.IsNull || entry.Flags != (EntryFlags.File | EntryFlags.Special):
                Problem($"{path}: odd special file");
                break;
        }

        if (entry.IsExternal && !entry.IsFile) Problem($"{path}: external, but no file");
        if (entry.IsDirectory != entry.Flags.HasFlag(EntryFlags.Directory)) Problem($"{path}: flags {entry.Flags} in {catalog.Name}");
    }

    private int CheckChunks(Catalog catalog, RepositoryPath path, CatalogEntry entry)
    {
        var chunks = catalog.Chunks(path, entry); // contiguous and complete, or it throws
        foreach (var chunk in chunks)
        {
            if (entry.IsExternal) continue;
            if (CheckObject(new ObjectKey(chunk.Hash, ObjectSuffix.Partial), $"{path} at {chunk.Offset}", entry.Compression) is { } content && content.Length != chunk.Size)
                Problem($"{path}: chunk at {chunk.Offset} has {content.Length} bytes");
        }

        return chunks.Count;
    }

    private byte[]? CheckObject(ObjectKey key, string name, CompressionId compression)
    {
        string path = _store.PathOf(key);
        if (!File.Exists(path))
        {
            Problem($"{name}: object {key} is missing");
            return null;
        }

        byte[] stored = File.ReadAllBytes(path);
        if (ContentHash.Compute(key.Hash.Algorithm, stored) != key.Hash)
        {
            Problem($"{name}: object {key} is damaged");
            return null;
        }

        return ObjectCompression.Decompress(stored, compression, new DecodingLimits(long.MaxValue, RefuseTrailingBytes: true), name);
    }

    private static bool SameButFlags(CatalogEntry left, CatalogEntry right)
        => left.Name.Span.SequenceEqual(right.Name.Span) && left.Mode == right.Mode && left.Uid == right.Uid && left.Gid == right.Gid
            && left.RawSize == right.RawSize && left.MTimeSeconds == right.MTimeSeconds && left.MTimeNanoseconds == right.MTimeNanoseconds
            && left.LinkCount == right.LinkCount && left.HardlinkGroup == right.HardlinkGroup && left.Hash == right.Hash
            && left.SymlinkTarget.Span.SequenceEqual(right.SymlinkTarget.Span) && left.RawXattrs.Span.SequenceEqual(right.RawXattrs.Span);

    private void Problem(string text) => _problems.Add(text);
}
