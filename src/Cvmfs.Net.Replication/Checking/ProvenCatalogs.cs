// What earlier checks have proven, kept in the spool folder:
//
//   checked/<catalog>      what it is in its place, and that nothing is wrong with it nor with anything below; this folder
//   references/<catalog>   what it refers to; References/ReferenceLists
//
// A catalog's hash fixes its bytes, and by the hashes in it all catalogs below. So what was found to be right once stays right: all that depends on nothing
// else is not looked at again. What does depend on other things is: its place in the catalog above, the presence of its object and of all that it refers to.
//
// Must stay true
//   - A record names the rules by which it was made; other rules, another version of them, or a damaged record count as none.
using System.Collections.Concurrent;
using System.Text;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.References;

namespace Cvmfs.Net.Replication.Checking;

/// <summary>Catalogs that need not be looked into again. Thread-safe; losing it costs time only.</summary>
/// <param name="location">The replica.</param>
/// <param name="lists">What catalogs refer to.</param>
/// <param name="believesNothing">Whether only to write.</param>
internal sealed class ProvenCatalogs(ReplicaLocation location, ReferenceLists lists, bool believesNothing)
{
    /// <summary>Name of the folder, in the spool folder.</summary>
    public const string FolderName = "checked";

    private const string Rules = "checked 1"; // to be counted up with every change of what a check of a catalog looks at
    private const int MaxRecordBytes = 1 << 16;
    private const int MostListed = 1 << 20; // references of a catalog that are remembered while it is looked through: 24 MiB

    private readonly string _folder = Path.Combine(location.SpoolFolder, FolderName);
    private readonly RootFolder _records = new(
        Path.Combine(location.SpoolFolder, FolderName),
        new RootFolderOptions { Sync = false, TemporaryFolder = Path.Combine(location.SpoolFolder, FolderName) });
    private readonly FileObjectStore _store = new(location.StorageFolder);
    private readonly ConcurrentQueue<(ObjectKey Key, byte[] Record)> _proven = new();

    /// <summary>What is known of a catalog.</summary>
    /// <param name="hash">The catalog.</param>
    /// <param name="lane">Takes its references; null where they are not wanted.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Null if it has to be looked into.</returns>
    /// <exception cref="IOException">The spool folder cannot be read.</exception>
    public async ValueTask<ProvenCatalog?> TryReadAsync(ContentHash hash, ObjectSorter.Lane? lane, CancellationToken cancellationToken)
    {
        if (believesNothing) return null;
        var key = new ObjectKey(hash, ObjectSuffix.Catalog);
        byte[]? bytes;
        try
        {
            bytes = await _records.ReadAsync(key.ToString(), MaxRecordBytes, cancellationToken).ConfigureAwait(false);
        }
        catch (CvmfsFormatException)
        {
            return null; // too long to be ours
        }

        if (bytes is null || Parse(key, bytes) is not { } facts) return null;
        if (!await _store.ContainsAsync(key, cancellationToken).ConfigureAwait(false)) return null; // to be reported by whoever looks into it
        using var list = lists.Open(key);
        if (list is null || ReferenceList.ReadHead(list, key) is not { } head) return null;
        if (lane is not null && !ReferenceList.TryAddTo(lane, list, head, cancellationToken)) return null;
        return new ProvenCatalog(
            facts, [.. head.Nested.Select(nested => new RegisteredMountpoint([.. facts.Root.Bytes, .. nested.Mountpoint.Bytes], nested.Catalog.Hash, 0, IsBind: false))]);
    }

    /// <summary>Begins to remember what a catalog refers to; null where that is known.</summary>
    /// <exception cref="IOException">The spool folder cannot be read.</exception>
    public ReferenceRecording? Begin(ContentHash hash)
    {
        using var list = lists.Open(new ObjectKey(hash, ObjectSuffix.Catalog));
        return list is null ? new ReferenceRecording(MostListed) : null;
    }

    /// <summary>Keeps what a catalog refers to.</summary>
    /// <exception cref="IOException">The spool folder cannot take it.</exception>
    public async ValueTask KeepAsync(ContentHash hash, CatalogRows rows, ReferenceRecording recording, IEnumerable<RegisteredMountpoint> mountpoints, CancellationToken cancellationToken)
    {
        if (recording.Finish() is not { } records) return;
        var nested = new List<NestedReference>();
        foreach (var mountpoint in mountpoints)
        {
            if (mountpoint.IsBind) continue;
            // Lists hold places as seen from the catalog; one that is not below it has none, and such a catalog is better looked into each time.
            if (!RepositoryPath.TryFromBytes(mountpoint.Path, out var path) || path == rows.Root || !path.IsAtOrBelow(rows.Root)) return;
            nested.Add(new NestedReference(new ObjectKey(mountpoint.Catalog, ObjectSuffix.Catalog), RepositoryPath.FromBytes(path.Bytes[rows.Root.Bytes.Length..])));
        }

        Directory.CreateDirectory(_folder);
        var references = new CatalogReferences(
            new ObjectKey(hash, ObjectSuffix.Catalog), rows.Root.IsRoot, rows.PreviousRevision, rows.LastModified, records.Count, IsListed: true, nested);
        await lists.KeepAsync(references, records, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes note that nothing is wrong with a catalog, nor with anything below. Written down by <see cref="FlushAsync"/>.</summary>
    public void Prove(ContentHash hash, CatalogFacts facts)
    {
        var key = new ObjectKey(hash, ObjectSuffix.Catalog);
        _proven.Enqueue((key, ToBytes(key, facts)));
    }

    /// <summary>Writes down what was noted.</summary>
    /// <exception cref="IOException">The spool folder cannot take it.</exception>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        while (_proven.TryDequeue(out var proven))
        {
            Directory.CreateDirectory(_folder);
            await _records.ReplaceAsync(proven.Key.ToString(), proven.Record, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Removes the records of catalogs that the storage does not have any more, and what crashes left.</summary>
    /// <exception cref="IOException">The folder cannot be read, or a record not be removed.</exception>
    public async ValueTask RemoveLeftoversAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(_folder)) return;
        foreach (string file in Directory.EnumerateFiles(_folder))
        {
            bool isWanted = ObjectKey.TryParse(Path.GetFileName(file.AsSpan()), out var key) && await _store.ContainsAsync(key, cancellationToken).ConfigureAwait(false);
            if (!isWanted) File.Delete(file);
        }
    }

    private static byte[] ToBytes(ObjectKey key, CatalogFacts facts)
    {
        var bytes = new MemoryStream();
        using (var writer = new BinaryWriter(bytes, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Rules);
            writer.Write(key.ToString());
            writer.Write(facts.DatabaseBytes);
            writer.Write(facts.Root.Bytes.Length);
            writer.Write(facts.Root.Bytes);
            writer.Write(facts.Entry is not null);
            if (facts.Entry is { } entry) Write(writer, entry);
            for (int i = 0; i < CatalogCounters.Names.Count; i++) writer.Write(facts.Total!.Value[i]);
        }

        Span<byte> checksum = stackalloc byte[ContentHash.DigestBytes];
        ContentHash.Compute(HashAlgorithmId.Sha1, bytes.GetBuffer().AsSpan(0, (int)bytes.Length)).CopyDigestTo(checksum);
        bytes.Write(checksum);
        return bytes.ToArray();
    }

    private static CatalogFacts? Parse(ObjectKey key, byte[] bytes)
    {
        int length = bytes.Length - ContentHash.DigestBytes;
        if (length <= 0 || ContentHash.Compute(HashAlgorithmId.Sha1, bytes.AsSpan(0, length)) != new ContentHash(HashAlgorithmId.Sha1, bytes.AsSpan(length))) return null;
        // The checksum holds, so it is what some version of this wrote; which one, the first words say.
        using var reader = new BinaryReader(new MemoryStream(bytes, 0, length), Encoding.UTF8);
        if (reader.ReadString() != Rules || reader.ReadString() != key.ToString()) return null;
        long size = reader.ReadInt64();
        var root = RepositoryPath.FromBytes(reader.ReadBytes(reader.ReadInt32()));
        RootEntry? entry = reader.ReadBoolean() ? ReadEntry(reader) : null;
        Span<long> counters = stackalloc long[CatalogCounters.Names.Count];
        for (int i = 0; i < counters.Length; i++) counters[i] = reader.ReadInt64();
        return new CatalogFacts { DatabaseBytes = size, Root = root, Entry = entry, Total = CatalogCounters.From(counters) };
    }

    private static void Write(BinaryWriter writer, RootEntry entry)
    {
        writer.Write(entry.Name.High);
        writer.Write(entry.Name.Low);
        writer.Write(entry.IsNestedRoot);
        var face = entry.Face;
        writer.Write(face.Mode);
        writer.Write(face.Size);
        writer.Write(face.MTime);
        writer.Write(face.LinkCount);
        writer.Write(face.HardlinkGroup);
        writer.Write(face.Hash.IsNull ? "" : face.Hash.ToString());
        writer.Write(face.Target.High);
        writer.Write(face.Target.Low);
        writer.Write(face.IsExternal);
        writer.Write(face.HasXattrs);
    }

    private static RootEntry ReadEntry(BinaryReader reader)
    {
        var name = new PathHash(reader.ReadInt64(), reader.ReadInt64());
        bool isNestedRoot = reader.ReadBoolean();
        var (mode, size, time, links, group) = (reader.ReadUInt32(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadUInt32(), reader.ReadUInt32());
        _ = ContentHash.TryParse(reader.ReadString(), out var hash);
        var target = new PathHash(reader.ReadInt64(), reader.ReadInt64());
        return new RootEntry(name, new EntryFace(mode, size, time, links, group, hash, target, reader.ReadBoolean(), reader.ReadBoolean()), isNestedRoot);
    }
}

/// <summary>What an earlier check left of a catalog.</summary>
/// <param name="Facts">What it is in its place.</param>
/// <param name="Below">The catalogs mounted in it.</param>
internal sealed record ProvenCatalog(CatalogFacts Facts, List<RegisteredMountpoint> Below);
