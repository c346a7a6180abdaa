// Looks through one catalog, a directory at a time: what is in memory are the directories that are still to come.
//
//   root entry ► directory ► entry ► chunks           checks 13, 15 (the flag), 20 to 24, 26 to 33
//                    └► directory …
//   then mountpoints, rows and counters                checks 16 to 19
//
// What depends on who mounts the catalog (11, 12, 14, 15) and on those below (19, subtree) is compared in CatalogGraph.
using System.Runtime.InteropServices;
using System.Text;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Replication.Checking;

/// <summary>One look through one catalog. Not thread-safe; used once.</summary>
/// <param name="rows">The catalog.</param>
/// <param name="findings">Takes what is wrong.</param>
/// <param name="mountpoint">Where it is mounted: what findings call it. Where it believes to be elsewhere and has nothing there, it is walked from here.</param>
/// <param name="refer">Hears every object that the catalog needs, with repeats, and the path of who needs it; null for nobody.</param>
/// <param name="cancellationToken">Ends the look.</param>
internal sealed class CatalogScan(CatalogRows rows, FindingLog? findings, RepositoryPath mountpoint, ReferenceHandler? refer, CancellationToken cancellationToken)
{
    private readonly long[] _self = new long[CatalogCounters.Names.Count];
    private readonly Stack<(byte[] Path, uint LinkCount)> _pending = new();
    private readonly HashSet<PathHash> _bindEntries = [];
    private readonly Dictionary<uint, HardlinkGroup> _groups = [];
    private List<RegisteredMountpoint> _mountpoints = [];
    private readonly HashSet<PathHash> _nested = [];
    private readonly HashSet<PathHash> _binds = [];
    private byte[] _path = new byte[256];
    private int _pathLength;
    private int _problems;
    private Action<int, string, string?, string?>? _report;
    private RepositoryPath _root = rows.Root;

    /// <summary>Entries looked at, the root entry included.</summary>
    public long Entries { get; private set; }

    /// <summary>Things that were wrong.</summary>
    public int Problems => _problems;

    /// <summary>Registered nested catalogs and bind mountpoints.</summary>
    public IReadOnlyList<RegisteredMountpoint> Mountpoints => _mountpoints;

    /// <summary>Counters of this catalog alone, as counted.</summary>
    public CatalogCounters Self => CatalogCounters.From(_self);

    /// <summary>Counters as stored; null where the schema has none.</summary>
    public CatalogStatistics? Stored { get; private set; }

    /// <summary>Looks through it.</summary>
    /// <exception cref="CvmfsFormatException">The database is damaged.</exception>
    public CatalogFacts Run()
    {
        _report = (number, message, found, expected) => Report(number, message, Encoding.UTF8.GetString(_path.AsSpan(0, _pathLength)), found, expected);
        _mountpoints = rows.ReadMountpoints();
        if (rows.Root != mountpoint && !rows.TryFind(rows.Root.Hash, out CheckedRow _) && rows.TryFind(mountpoint.Hash, out CheckedRow _))
        {
            _root = mountpoint; // check 12 says that it is not what it says; the rest is told best from where it really is
            _problems++;
        }

        CheckRegistrations();
        var root = CheckRoot(out uint links);
        _pending.Push((_root.Bytes.ToArray(), links));
        while (_pending.TryPop(out var directory)) CheckDirectory(directory.Path, root is null && directory.Path.Length == _root.Bytes.Length ? null : directory.LinkCount);

        CheckTotals();
        return new CatalogFacts { DatabaseBytes = rows.Length, Root = rows.Root, Entry = root };
    }

    /// <summary>The entry that stands for a mountpoint in this catalog; null if there is none.</summary>
    public RootEntry? FindTransition(byte[] path) => rows.TryFind(PathHash.Compute(path), out var row) ? ToRootEntry(row) : null;

    private static RootEntry ToRootEntry(in CheckedRow row) => new(PathHash.Compute(row.Name), EntryFace.Of(row), row.Has(EntryFlags.NestedRoot));

    private void CheckRegistrations()
    {
        var seen = new HashSet<PathHash>();
        foreach (var registered in _mountpoints)
        {
            var hash = PathHash.Compute(registered.Path);
            string path = Encoding.UTF8.GetString(registered.Path);
            if (!seen.Add(hash)) Report(18, "mountpoint registered twice", path);
            (registered.IsBind ? _binds : _nested).Add(hash);
            if (!rows.TryFind(hash, out var row)) Report(18, registered.IsBind ? "bind mountpoint without an entry" : "nested catalog without an entry", path);
            else if (!row.IsDirectory) Report(18, "mountpoint that is no directory", path);
        }
    }

    private RootEntry? CheckRoot(out uint links)
    {
        links = 0;
        if (!rows.TryFind(_root.Hash, out var row))
        {
            Report(13, "catalog without its root entry", _root.ToString());
            return null;
        }

        Entries++;
        if (!row.IsDirectory) Report(13, "root entry that is no directory", _root.ToString());
        Count(row);
        links = row.LinkCount;
        if (row.HardlinkGroup != 0) Report(27, "directory in a hard-link group", _root.ToString(), $"{row.HardlinkGroup}", "0");
        return ToRootEntry(row);
    }

    private void CheckDirectory(byte[] directory, uint? linkCount)
    {
        SetPath(directory, default);
        bool isRoot = directory.AsSpan().SequenceEqual(_root.Bytes);
        bool hasMarker = false;
        long subdirectories = 0;
        _groups.Clear();
        rows.BeginList(PathHash.Compute(directory));
        while (rows.TryNext(out var row, cancellationToken))
        {
            SetPath(directory, row.Name);
            Entries++;
            Count(row);
            EntryChecks.Check(row, _report!);
            var path = PathHash.Compute(_path.AsSpan(0, _pathLength));
            if (path != row.Path) Report(20, "entry that cannot be looked up: its key is not the hash of its path", Encoding.UTF8.GetString(_path.AsSpan(0, _pathLength)));
            if (row.Name.SequenceEqual(".cvmfscatalog"u8))
            {
                hasMarker = true;
                if (!isRoot) Report(21, "marker of a nested catalog where none is mounted", Encoding.UTF8.GetString(_path.AsSpan(0, _pathLength)));
            }

            if (row.IsDirectory)
            {
                subdirectories++;
                CheckSubdirectory(row, path);
            }
            else
            {
                if (row.LinkCount > 1) AddToGroup(row);
                if (row.IsFile && row.Has(EntryFlags.Chunked)) CheckChunks(row);
            }

            if (refer is not null && !row.Hash.IsNull && !row.Has(EntryFlags.External) && !row.IsLink && !row.IsSpecial)
            {
                refer(new ObjectKey(row.Hash, row.IsDirectory ? ObjectSuffix.MicroCatalog : ObjectSuffix.None), _path.AsSpan(0, _pathLength));
            }
        }

        SetPath(directory, default);
        string name = directory.Length == 0 ? "/" : Encoding.UTF8.GetString(directory);
        if (linkCount is { } links && links != subdirectories + 2) Report(20, "directory with a wrong link count", name, $"{links}", $"{subdirectories + 2}");
        if (isRoot && directory.Length > 0 && !hasMarker) Report(21, "nested catalog without a marker", name);
        CheckGroups(name);
    }

    private void CheckSubdirectory(in CheckedRow row, PathHash path)
    {
        bool isNested = row.Has(EntryFlags.NestedMountpoint);
        bool isBind = row.Has(EntryFlags.BindMountpoint);
        if (!isNested && !isBind)
        {
            _pending.Push((_path[.._pathLength], row.LinkCount));
            return;
        }

        string text = Encoding.UTF8.GetString(_path.AsSpan(0, _pathLength));
        if (isNested) _self[Counter.Nested]++;
        if (isBind) _bindEntries.Add(path);
        if (isNested && isBind) Report(29, "mountpoint of a nested catalog and bind mountpoint at once", text);
        else if (!(isNested ? _nested : _binds).Contains(path)) Report(29, "mountpoint that is not registered", text);
        if (rows.HasEntries(path)) Report(29, "mountpoint with entries in the catalog above", text);
    }

    private void CheckChunks(in CheckedRow file)
    {
        long end = 0;
        long count = 0;
        bool isContiguous = true;
        bool hasHashes = true;
        rows.BeginChunks(file.Path);
        while (rows.TryNextChunk(file.Flags, out var chunk))
        {
            count++;
            isContiguous &= chunk.Offset == end && chunk.Size >= 0;
            end = chunk.Offset + chunk.Size;
            if (chunk.Hash.IsNull) hasHashes = false;
            else if (refer is not null && !file.Has(EntryFlags.External)) refer(new ObjectKey(chunk.Hash, ObjectSuffix.Partial), _path.AsSpan(0, _pathLength));
        }

        _self[Counter.Chunks] += count;
        string path = Encoding.UTF8.GetString(_path.AsSpan(0, _pathLength));
        if (count == 0) Report(33, "chunked file without chunks", path);
        else if (!isContiguous) Report(33, "chunks that overlap or leave gaps", path);
        else if (end != file.Size) Report(33, "chunks that do not make up the file", path, $"{end} bytes", $"{file.Size} bytes");
        if (!hasHashes) Report(33, "chunk without a hash", path);
    }

    private void AddToGroup(in CheckedRow row)
    {
        if (row.HardlinkGroup == 0) return; // check 26
        ref var group = ref CollectionsMarshal.GetValueRefOrAddDefault(_groups, row.HardlinkGroup, out bool isKnown);
        var face = EntryFace.Of(row);
        if (!isKnown) group = new HardlinkGroup(face, 0, Difference: null);
        group = group with { Members = group.Members + 1, Difference = group.Difference ?? (face == group.Face ? null : EntryFace.Difference(group.Face, face).Field) };
    }

    private void CheckGroups(string directory)
    {
        foreach (var (number, group) in _groups)
        {
            if (group.Members != group.Face.LinkCount) Report(22, $"hard-link group {number} of a wrong size", directory, $"{group.Members} members", $"{group.Face.LinkCount} links");
            else if (group.Difference is { } field) Report(22, $"hard-link group {number} whose members differ in {field}", directory);
        }
    }

    private void CheckTotals()
    {
        string place = _root.ToString();
        long stored = rows.Count("catalog");
        if (Entries != stored) Report(16, "entries that no directory leads to", place, $"{stored} rows", $"{Entries} entries");
        int registered = _mountpoints.Count(static mountpoint => !mountpoint.IsBind);
        if (registered != _self[Counter.Nested]) Report(17, "number of nested catalogs", place, $"{registered} registered", $"{_self[Counter.Nested]} mountpoints");
        foreach (var bind in _mountpoints.Where(static mountpoint => mountpoint.IsBind))
        {
            var hash = PathHash.Compute(bind.Path);
            if (!_bindEntries.Contains(hash) && rows.TryFind(hash, out _)) Report(18, "bind mountpoint whose entry is not marked", Encoding.UTF8.GetString(bind.Path));
        }

        Stored = rows.ReadStatistics();
        if (Stored is { } statistics) CheckCounters("self_", statistics.Self, Self);
    }

    /// <summary>Compares counters that the schema knows: check 19.</summary>
    public void CheckCounters(string prefix, CatalogCounters stored, CatalogCounters counted)
    {
        for (int i = 0; i < CatalogCounters.Names.Count; i++)
        {
            if (KnownCounters.Has(rows.Schema, i) && stored[i] != counted[i]) Report(19, $"counter {prefix}{CatalogCounters.Names[i]}", _root.ToString(), $"{stored[i]}", $"{counted[i]}");
        }
    }

    private void Count(in CheckedRow row)
    {
        if (row.HasXattrs) _self[Counter.Xattr]++;
        if (row.IsDirectory) _self[Counter.Directory]++;
        else if (row.IsLink) _self[Counter.Symlink]++;
        else if (row.IsSpecial) _self[Counter.Special]++;
        if (!row.IsFile) return;
        _self[Counter.Regular]++;
        _self[Counter.FileSize] += row.Size;
        if (row.Has(EntryFlags.Chunked))
        {
            _self[Counter.Chunked]++;
            _self[Counter.ChunkedSize] += row.Size;
        }

        if (!row.Has(EntryFlags.External)) return;
        _self[Counter.External]++;
        _self[Counter.ExternalFileSize] += row.Size;
    }

    private void Report(int number, string message, string path, string? found = null, string? expected = null)
    {
        _problems++;
        findings?.Add(new CheckFinding
        {
            Number = number,
            Severity = CheckSeverity.Error,
            Message = message,
            Catalog = mountpoint.ToString(),
            Path = path,
            Found = found,
            Expected = expected,
        });
    }

    private void SetPath(ReadOnlySpan<byte> directory, ReadOnlySpan<byte> name)
    {
        int needed = directory.Length + 1 + name.Length;
        if (_path.Length < needed) _path = new byte[Math.Max(needed, 2 * _path.Length)];
        directory.CopyTo(_path);
        _pathLength = directory.Length;
        if (name.IsEmpty) return;
        _path[directory.Length] = (byte)'/';
        name.CopyTo(_path.AsSpan(directory.Length + 1));
        _pathLength = needed;
    }

    /// <summary>Places in <see cref="CatalogCounters.Names"/>.</summary>
    private static class Counter
    {
        public const int Regular = 0;
        public const int Symlink = 1;
        public const int Special = 2;
        public const int Directory = 3;
        public const int Nested = 4;
        public const int Chunked = 5;
        public const int Chunks = 6;
        public const int FileSize = 7;
        public const int ChunkedSize = 8;
        public const int Xattr = 9;
        public const int External = 10;
        public const int ExternalFileSize = 11;
    }

    private readonly record struct HardlinkGroup(EntryFace Face, long Members, string? Difference);
}

/// <summary>Hears of an object that a catalog needs.</summary>
/// <param name="key">The object.</param>
/// <param name="path">Who needs it.</param>
internal delegate void ReferenceHandler(ObjectKey key, ReadOnlySpan<byte> path);
