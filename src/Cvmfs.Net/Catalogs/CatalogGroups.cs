using System.Runtime.InteropServices;
using System.Text;
using Cvmfs.Net.Databases;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Catalogs;

/// <summary>Rows of a catalog grouped by parent, whatever their order in the file. Kept in blocks outside the managed heap: a listing
/// reads up to some 400,000 rows before it shows the first, and the collector would copy each of them twice.</summary>
/// <remarks>Not thread-safe. Disposing it frees the rows; entries made from them stay.</remarks>
internal sealed unsafe class CatalogGroups(string catalogName) : IDisposable
{
    private const int FirstBlockBytes = 1 << 13; // most directories
    private const int LastBlockBytes = 1 << 18;

    private readonly List<nint> _blocks = [];
    private readonly Dictionary<PathHash, nint> _last = []; // the last row of each parent; the rows of a parent are chained backwards
    private byte* _free;
    private int _freeBytes;

    ~CatalogGroups() => Free();

    /// <summary>Takes some more rows.</summary>
    /// <returns>False when there are none left.</returns>
    public bool Fill(SqliteStatement rows, CatalogRowReader reader, int maxRows, CancellationToken cancellationToken)
    {
        for (int i = 0; i < maxRows; i++)
        {
            if (!rows.Step(cancellationToken)) return false;
            Add(rows, reader, new PathHash(rows.GetInt64(CatalogRowReader.ColumnCount), rows.GetInt64(CatalogRowReader.ColumnCount + 1)));
        }

        return true;
    }

    /// <summary>Takes the current row.</summary>
    public void Add(SqliteStatement rows, CatalogRowReader reader, PathHash parent)
    {
        reader.Read(rows, out var row);
        var stored = Allocate(sizeof(Row) + row.Name.Length + row.Target.Length + row.Xattrs.Length);
        ref nint last = ref CollectionsMarshal.GetValueRefOrAddDefault(_last, parent, out _);
        *stored = new Row { Previous = last, Numbers = row.Numbers, NameLength = row.Name.Length, TargetLength = row.Target.Length, XattrsLength = row.Xattrs.Length };
        last = (nint)stored;
        row.Name.CopyTo(new Span<byte>(stored + 1, row.Name.Length));
        row.Target.CopyTo(new Span<byte>((byte*)(stored + 1) + row.Name.Length, row.Target.Length));
        row.Xattrs.CopyTo(new Span<byte>((byte*)(stored + 1) + row.Name.Length + row.Target.Length, row.Xattrs.Length));
    }

    /// <summary>The rows of a directory, ordered by name, bytewise; to be given to <see cref="ToEntry(nint, RepositoryPath)"/>.</summary>
    /// <exception cref="CvmfsFormatException">A name cannot be in a path, or is there twice.</exception>
    public nint[] Take(PathHash directory)
    {
        if (!_last.Remove(directory, out nint last)) return [];
        int count = 0;
        for (nint row = last; row != 0; row = ((Row*)row)->Previous) count++;
        var rows = new nint[count];
        for (nint row = last; row != 0; row = ((Row*)row)->Previous) rows[--count] = row;
        Array.Sort(rows, static (left, right) => NameOf(left).SequenceCompareTo(NameOf(right)));
        for (int i = 0; i < rows.Length; i++) CheckName(NameOf(rows[i]), i == 0 ? default : NameOf(rows[i - 1]));
        return rows;
    }

    /// <summary>The path of a row in its directory.</summary>
    public static RepositoryPath PathOf(nint row, RepositoryPath directory)
    {
        var name = NameOf(row);
        var parent = directory.Bytes;
        byte[] path = GC.AllocateUninitializedArray<byte>(parent.Length + 1 + name.Length);
        parent.CopyTo(path);
        path[parent.Length] = (byte)'/';
        name.CopyTo(path.AsSpan(parent.Length + 1));
        return RepositoryPath.FromChecked(path);
    }

    /// <summary>Makes the entry of a row; its name is a part of the path.</summary>
    public static CatalogEntry ToEntry(nint row, RepositoryPath path)
    {
        var stored = (Row*)row;
        byte* target = (byte*)(stored + 1) + stored->NameLength;
        return stored->Numbers.ToEntry(
            path.Memory[^stored->NameLength..],
            new ReadOnlySpan<byte>(target, stored->TargetLength),
            new ReadOnlySpan<byte>(target + stored->TargetLength, stored->XattrsLength));
    }

    /// <summary>Makes the entry of a row, with a name of its own.</summary>
    public static CatalogEntry ToEntry(nint row)
    {
        var stored = (Row*)row;
        byte* target = (byte*)(stored + 1) + stored->NameLength;
        return stored->Numbers.ToEntry(
            NameOf(row).ToArray(),
            new ReadOnlySpan<byte>(target, stored->TargetLength),
            new ReadOnlySpan<byte>(target + stored->TargetLength, stored->XattrsLength));
    }

    /// <summary>The flags of a row.</summary>
    public static EntryFlags FlagsOf(nint row) => ((Row*)row)->Numbers.Flags;

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private static ReadOnlySpan<byte> NameOf(nint row) => new((Row*)row + 1, ((Row*)row)->NameLength);

    private void CheckName(ReadOnlySpan<byte> name, ReadOnlySpan<byte> before)
    {
        if (!RepositoryPath.IsValidName(name))
        {
            throw new CvmfsFormatException(catalogName, $"an entry has the name \"{Encoding.UTF8.GetString(name)}\", which no path can hold.");
        }

        if (name.SequenceEqual(before))
        {
            throw new CvmfsFormatException(catalogName, $"two entries of a directory have the name \"{Encoding.UTF8.GetString(name)}\".");
        }
    }

    private Row* Allocate(int bytes)
    {
        bytes = (bytes + 7) & ~7;
        if (bytes > _freeBytes)
        {
            int block = Math.Max(bytes, Math.Min(FirstBlockBytes << Math.Min(_blocks.Count, 16), LastBlockBytes));
            _free = (byte*)NativeMemory.Alloc((nuint)block);
            _freeBytes = block;
            _blocks.Add((nint)_free);
        }

        byte* allocated = _free;
        _free += bytes;
        _freeBytes -= bytes;
        return (Row*)allocated;
    }

    private void Free()
    {
        foreach (nint block in _blocks) NativeMemory.Free((void*)block);
        _blocks.Clear();
        _last.Clear();
    }

    /// <summary>A row as it is kept; name, link target and attributes follow it.</summary>
    private struct Row
    {
        public nint Previous;
        public CatalogRowNumbers Numbers;
        public int NameLength;
        public int TargetLength;
        public int XattrsLength;
    }
}
