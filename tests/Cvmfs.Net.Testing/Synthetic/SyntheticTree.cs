// A tree of two levels of nested catalogs, made anew whenever somebody reads from it.
//
//   /             root catalog: one directory per branch
//   /b0           a branch: one directory per leaf
//   /b0/l0        a leaf: a fixed number of files, one object each
//
// What is kept: hash and size of each catalog, and the table that finds an object by its hash.
using System.Collections.Frozen;
using System.Text;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Testing.Synthetic;

/// <summary>One revision with any number of objects.</summary>
internal sealed class SyntheticTree : ISyntheticContent
{
    private const uint DirectoryMode = 0x41ED;
    private const uint FileMode = 0x81A4;
    private const long Modified = 1_767_225_600; // start of 2026

    private readonly Lock _making = new(); // one catalog at a time: it is the replica's memory that is measured, not that of sixty makers
    private readonly SyntheticObjects _objects;
    private readonly int _filesPerLeaf;
    private readonly int _leavesPerBranch;
    private readonly NestedCatalog[] _leaves;
    private readonly NestedCatalog[] _branches;
    private readonly FrozenDictionary<ContentHash, Func<byte[]>> _catalogs;

    public SyntheticTree(int objects, int filesPerLeaf, int seed)
    {
        _objects = new SyntheticObjects(objects, seed);
        _filesPerLeaf = filesPerLeaf;
        _leaves = new NestedCatalog[(objects + filesPerLeaf - 1) / filesPerLeaf];
        _leavesPerBranch = (int)Math.Ceiling(Math.Sqrt(_leaves.Length));
        _branches = new NestedCatalog[(_leaves.Length + _leavesPerBranch - 1) / _leavesPerBranch];

        Parallel.For(0, _leaves.Length, leaf => _leaves[leaf] = Register(LeafPath(leaf), MakeLeaf(leaf)));
        Parallel.For(0, _branches.Length, branch => _branches[branch] = Register(BranchPath(branch), MakeBranch(branch)));
        var root = Register(RepositoryPath.Root, MakeRoot());
        Root = root.Hash;
        RootBytes = root.Size;

        var catalogs = new Dictionary<ContentHash, Func<byte[]>> { [Root] = MakeRoot };
        for (int i = 0; i < _branches.Length; i++)
        {
            int branch = i;
            catalogs.Add(_branches[i].Hash, () => MakeBranch(branch));
        }

        for (int i = 0; i < _leaves.Length; i++)
        {
            int leaf = i;
            catalogs.Add(_leaves[i].Hash, () => MakeLeaf(leaf));
        }

        _catalogs = catalogs.ToFrozenDictionary();
    }

    public int Revisions => 1;

    public long RootBytes { get; }

    /// <summary>Catalogs, the root included.</summary>
    public int Catalogs => _catalogs.Count;

    private ContentHash Root { get; }

    public ContentHash RootOf(int revision) => Root;

    public byte[]? Read(ObjectKey key)
    {
        if (key.Suffix == ObjectSuffix.Catalog)
        {
            if (!_catalogs.TryGetValue(key.Hash, out var make)) return null;
            lock (_making) return CatalogImage.Compress(make());
        }

        int number = key.Suffix == ObjectSuffix.None ? _objects.Find(key.Hash) : -1;
        return number < 0 ? null : _objects.Content(number);
    }

    private static NestedCatalog Register(RepositoryPath mountpoint, byte[] image)
        => new(mountpoint, ContentHash.Compute(HashAlgorithmId.Sha1, CatalogImage.Compress(image)), image.Length, IsBind: false);

    private static RepositoryPath BranchPath(int branch) => RepositoryPath.Parse($"/b{branch}");

    private RepositoryPath LeafPath(int leaf) => BranchPath(leaf / _leavesPerBranch).Append(Encoding.ASCII.GetBytes($"l{leaf}"));

    private byte[] MakeRoot() => CatalogImage.Make(RepositoryPath.Root, writer =>
    {
        writer.SetRevision(1);
        writer.Put(RepositoryPath.Root, Directory(RepositoryPath.Root, default, (uint)_branches.Length));
        PutNested(writer, _branches);
    });

    private byte[] MakeBranch(int branch)
    {
        int first = branch * _leavesPerBranch;
        var leaves = _leaves.AsSpan(first, Math.Min(_leavesPerBranch, _leaves.Length - first)).ToArray();
        return CatalogImage.Make(BranchPath(branch), writer =>
        {
            writer.Put(BranchPath(branch), Directory(BranchPath(branch), EntryFlags.NestedRoot, (uint)leaves.Length));
            PutNested(writer, leaves);
        });
    }

    private byte[] MakeLeaf(int leaf)
    {
        var path = LeafPath(leaf);
        int first = leaf * _filesPerLeaf;
        return CatalogImage.Make(path, writer =>
        {
            writer.Put(path, Directory(path, EntryFlags.NestedRoot, 0));
            for (int number = first; number < Math.Min(first + _filesPerLeaf, _objects.Count); number++)
            {
                byte[] name = Encoding.ASCII.GetBytes($"f{number}");
                writer.Put(path.Append(name), new CatalogEntry
                {
                    Name = name,
                    Flags = EntryFlags.File.With(HashAlgorithmId.Sha1, CompressionId.None),
                    Mode = FileMode,
                    RawSize = _objects.Length(number),
                    MTimeSeconds = Modified,
                    Hash = _objects.Hash(number),
                });
            }
        });
    }

    private static void PutNested(CatalogWriter writer, NestedCatalog[] children)
    {
        foreach (var child in children)
        {
            writer.Put(child.Mountpoint, Directory(child.Mountpoint, EntryFlags.NestedMountpoint, 0));
            writer.PutNested(child);
        }
    }

    private static CatalogEntry Directory(RepositoryPath path, EntryFlags flags, uint children) => new()
    {
        Name = path.IsRoot ? default : path.Name.ToArray(),
        Flags = EntryFlags.Directory | flags,
        Mode = DirectoryMode,
        RawSize = 4096,
        MTimeSeconds = Modified,
        LinkCount = 2 + children,
    };
}
