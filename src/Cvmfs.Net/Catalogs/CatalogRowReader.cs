using Cvmfs.Net.Databases;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Catalogs;

/// <summary>Reads rows of table <c>catalog</c> by column name, whatever their physical order, with the substitutes that old schemas need.</summary>
internal sealed class CatalogRowReader
{
    private const int HardlinksColumn = 0;
    private const int HashColumn = 1;
    private const int SizeColumn = 2;
    private const int ModeColumn = 3;
    private const int MTimeColumn = 4;
    private const int FlagsColumn = 5;
    private const int NameColumn = 6;
    private const int SymlinkColumn = 7;
    private const int UidColumn = 8;
    private const int GidColumn = 9;
    private const int NanosecondsColumn = 10;
    private const int XattrColumn = 11;

    private const long TypeMask = 0xF000;
    private const long SymbolicLinkType = 0xA000;
    private const long RegularFileType = 0x8000;
    private const EntryFlags OldFlags = (EntryFlags)0x3f; // all that schemas before 2.1 define

    private readonly string _name;
    private readonly CatalogSchema _schema;
    private readonly uint _ownerOfOldEntries;

    public CatalogRowReader(SqliteFile file, CatalogSchema schema, uint ownerOfOldEntries)
    {
        _name = file.Name;
        _schema = schema;
        _ownerOfOldEntries = ownerOfOldEntries;
        file.RequireTable("catalog", "md5path_1", "md5path_2", "parent_1", "parent_2", "hash", "size", "mode", "mtime", "flags", "name", "symlink");
        if (schema.HasModernEntries) file.RequireTable("catalog", "hardlinks", "uid", "gid");
        if (schema.HasNanoseconds) file.RequireTable("catalog", "mtimens");
        if (schema.HasExtendedAttributes) file.RequireTable("catalog", "xattr");
        Columns = (schema.HasModernEntries ? "hardlinks" : "1") + ", hash, size, mode, mtime, flags, name, symlink, "
            + (schema.HasModernEntries ? "uid, gid, " : "0, 0, ")
            + (schema.HasNanoseconds ? "mtimens, " : "NULL, ")
            + (schema.HasExtendedAttributes ? "xattr" : "NULL");
    }

    /// <summary>The columns to select, first in the statement; <see cref="ColumnCount"/> of them.</summary>
    public string Columns { get; }

    /// <summary>Where a statement's own further columns begin.</summary>
    public static int ColumnCount => XattrColumn + 1;

    /// <summary>The flags of the current row; bits that the schema does not define are cleared.</summary>
    public EntryFlags FlagsOf(long stored) => (EntryFlags)stored & (_schema.HasModernEntries ? (EntryFlags)(-1) : OldFlags);

    /// <summary>The name of the current row, cut at the first NUL.</summary>
    public static ReadOnlySpan<byte> Name(SqliteStatement row) => row.GetName(NameColumn);

    /// <summary>The entry of the current row.</summary>
    /// <param name="row">A statement that selected <see cref="Columns"/> first.</param>
    /// <exception cref="CvmfsFormatException">A column holds what it cannot mean.</exception>
    public CatalogEntry Read(SqliteStatement row)
    {
        Read(row, out var decoded);
        return decoded.Numbers.ToEntry(decoded.Name.ToArray(), decoded.Target, decoded.Xattrs);
    }

    /// <summary>The current row without allocating; its spans end with the next step.</summary>
    /// <exception cref="CvmfsFormatException">A column holds what it cannot mean.</exception>
    public void Read(SqliteStatement row, out CatalogRow decoded)
    {
        var flags = FlagsOf(row.GetInt64(FlagsColumn));
        long hardlinks = row.GetInt64Or(HardlinksColumn, 1);
        long mode = row.GetInt64(ModeColumn);
        if (mode is < 0 or > uint.MaxValue) throw Wrong(row, $"mode {mode}");
        long size = row.GetInt64Or(SizeColumn, 0);
        if (size < 0 && (mode & TypeMask) == RegularFileType) throw Wrong(row, $"size {size}");
        bool isLink = (flags & EntryFlags.SymbolicLink) != 0 || (mode & TypeMask) == SymbolicLinkType;
        var target = row.GetName(SymlinkColumn); // also where there is none to keep: what SQLite loaded counts against the statement's budget
        decoded = new CatalogRow
        {
            Name = row.GetName(NameColumn),
            Target = isLink ? target : default,
            Xattrs = row.GetBytes(XattrColumn),
            Numbers = new CatalogRowNumbers
            {
                Flags = flags,
                Mode = (uint)mode,
                Uid = _schema.HasModernEntries ? (uint)row.GetInt64Or(UidColumn, 0) : _ownerOfOldEntries,
                Gid = (uint)row.GetInt64Or(GidColumn, 0),
                Size = size,
                MTimeSeconds = row.GetInt64Or(MTimeColumn, 0),
                MTimeNanoseconds = Nanoseconds(row),
                LinkCount = Math.Max(1, (uint)hardlinks),
                HardlinkGroup = (uint)(hardlinks >> 32),
                Hash = HashOf(row, HashColumn, flags),
            },
        };
    }

    /// <summary>A digest with the algorithm of the file's flags. The null hash for NULL, nothing or zeros, and for an algorithm that is not
    /// assigned: then <see cref="EntryFlagsExtensions.TryGetHashAlgorithm"/> says why, and only this entry is unreadable.</summary>
    public ContentHash HashOf(SqliteStatement row, int column, EntryFlags flags)
    {
        var digest = row.GetBytes(column);
        if (digest.IsEmpty) return default;
        if (digest.Length != ContentHash.DigestBytes) throw new CvmfsFormatException(_name, $"a hash has {digest.Length} bytes, not {ContentHash.DigestBytes}.");
        return flags.TryGetHashAlgorithm(out var algorithm) ? new ContentHash(algorithm, digest) : default;
    }

    /// <summary>The refusal of an algorithm that is not assigned.</summary>
    public CvmfsFormatException UnknownAlgorithm(EntryFlags flags)
        => new(_name, $"flags 0x{(int)flags:x} name hash algorithm {((int)(flags & EntryFlags.HashAlgorithmMask) >> 8) + 1}; known are 1 to 3.");

    private int Nanoseconds(SqliteStatement row)
    {
        const int NanosecondsPerSecond = 1_000_000_000;
        long value = row.GetInt64Or(NanosecondsColumn, CatalogRowNumbers.NoNanoseconds);
        if (value >= NanosecondsPerSecond) throw Wrong(row, $"mtimens {value}");
        return value < 0 ? CatalogRowNumbers.NoNanoseconds : (int)value;
    }

    private CvmfsFormatException Wrong(SqliteStatement row, string what)
        => new(_name, $"entry \"{row.GetString(NameColumn)}\" has {what}, which cannot be.");
}
