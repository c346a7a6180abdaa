using System.Globalization;
using System.Text;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Tests.Databases;

namespace Cvmfs.Net.Tests.Catalogs;

/// <summary>Catalogs of any schema, sound or not, made in SQL with another library: each test states the rows it is about.</summary>
internal sealed class SyntheticCatalog(double version = 2.5, int revision = 7)
{
    public static readonly byte[] Digest = [.. Enumerable.Range(1, 20).Select(i => (byte)i)];

    private readonly List<string> _rows = [];
    private readonly Dictionary<string, string> _properties = new()
    {
        ["schema"] = version.ToString(CultureInfo.InvariantCulture),
        ["schema_revision"] = revision.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Columns that were added to an older file come last in it.</summary>
    public bool IsUpgraded { get; init; }

    /// <summary>Text of property <c>schema</c>, null to leave it out.</summary>
    public SyntheticCatalog Schema(string? text) => Property("schema", text);

    public SyntheticCatalog Property(string key, string? value)
    {
        if (value is null) _properties.Remove(key);
        else _properties[key] = value;
        return this;
    }

    public static string Literal(ReadOnlySpan<byte> bytes) => $"x'{Convert.ToHexString(bytes)}'";

    public static string Text(ReadOnlySpan<byte> bytes) => $"CAST({Literal(bytes)} AS TEXT)";

    /// <summary>A row; arguments left out are those of a regular file. Values are SQL, so that they can be wrong.</summary>
    public SyntheticCatalog Row(
        string path, string? flags = null, string mode = "33188", string? hash = null, string size = "10", string? name = null, string symlink = "''",
        string hardlinks = "1", string mtime = "1700000000", string mtimens = "NULL", string xattr = "NULL", string? parent = null, string uid = "1000", string gid = "100")
        => Row(RepositoryPath.Parse(path), flags, mode, hash, size, name, symlink, hardlinks, mtime, mtimens, xattr, parent, uid, gid);

    public SyntheticCatalog Row(
        RepositoryPath path, string? flags = null, string mode = "33188", string? hash = null, string size = "10", string? name = null, string symlink = "''",
        string hardlinks = "1", string mtime = "1700000000", string mtimens = "NULL", string xattr = "NULL", string? parent = null, string uid = "1000", string gid = "100")
    {
        var above = path.IsRoot ? default : path.Parent.Hash;
        bool modern = version > 2.05;
        var columns = new List<(string Name, string Value)>
        {
            ("md5path_1", Number(path.Hash.High)), ("md5path_2", Number(path.Hash.Low)),
            ("parent_1", parent ?? Number(above.High)), ("parent_2", parent is null ? Number(above.Low) : "0"),
            (modern ? "hardlinks" : "inode", hardlinks), ("hash", hash ?? Literal(Digest)), ("size", size), ("mode", mode), ("mtime", mtime),
            ("flags", flags ?? "4"), ("name", name ?? Text(path.Name)), ("symlink", symlink),
        };
        if (modern) columns.AddRange([("uid", uid), ("gid", gid)]);
        if (revision >= 7) columns.Add(("mtimens", mtimens));
        if (revision >= 2) columns.Add(("xattr", xattr));
        _rows.Add($"INSERT INTO catalog ({string.Join(", ", columns.Select(c => c.Name))}) VALUES ({string.Join(", ", columns.Select(c => c.Value))})");
        return this;
    }

    public SyntheticCatalog Directory(string path, string flags = "1", string? hash = null)
        => Row(path, flags, mode: "16877", hash: hash ?? "NULL", size: "4096", hardlinks: "2");

    public SyntheticCatalog Chunk(string path, string offset, string size, string? hash = null)
    {
        var at = RepositoryPath.Parse(path).Hash;
        return Sql($"INSERT INTO chunks VALUES ({Number(at.High)}, {Number(at.Low)}, {offset}, {size}, {hash ?? Literal(Digest)})");
    }

    public SyntheticCatalog Nested(string path, string hash, string? size = null, bool bind = false)
        => Sql(HasNestedSize || bind
            ? $"INSERT INTO {(bind ? "bind_mountpoints" : "nested_catalogs")} (path, sha1, size) VALUES ('{path}', '{hash}', {size ?? "NULL"})"
            : $"INSERT INTO nested_catalogs (path, sha1) VALUES ('{path}', '{hash}')");

    public SyntheticCatalog Sql(string statement)
    {
        _rows.Add(statement);
        return this;
    }

    public byte[] ToArray()
        => SyntheticDatabase.Make([
            "CREATE TABLE properties (key TEXT, value TEXT, CONSTRAINT pk_properties PRIMARY KEY (key))",
            .. Tables(),
            .. _properties.Select(property => $"INSERT INTO properties VALUES ('{property.Key}', '{property.Value}')"),
            .. _rows]);

    public Catalog Open(string mountpoint = "", bool foreign = false)
        => Catalog.Open(ToArray(), RepositoryPath.Parse(mountpoint), new CatalogOptions { Name = "synthetic", AllowForeignPrefix = foreign });

    private bool HasNestedSize => version > 2.45 && revision >= 1;

    private static string Number(long value) => value == long.MinValue ? "-9223372036854775807 - 1" : value.ToString(CultureInfo.InvariantCulture);

    private IEnumerable<string> Tables()
    {
        bool modern = version > 2.05;
        var columns = new StringBuilder($"md5path_1 INTEGER, md5path_2 INTEGER, parent_1 INTEGER, parent_2 INTEGER, {(modern ? "hardlinks" : "inode")} INTEGER, hash BLOB, size INTEGER, mode INTEGER, mtime INTEGER");
        if (revision >= 7 && !IsUpgraded) columns.Append(", mtimens INTEGER");
        columns.Append(", flags INTEGER, name TEXT, symlink TEXT");
        if (modern) columns.Append(", uid INTEGER, gid INTEGER");
        if (revision >= 2 && !IsUpgraded) columns.Append(", xattr BLOB");
        yield return $"CREATE TABLE catalog ({columns}, CONSTRAINT pk_catalog PRIMARY KEY (md5path_1, md5path_2))";
        yield return "CREATE INDEX idx_catalog_parent ON catalog (parent_1, parent_2)";
        if (IsUpgraded && revision >= 2) yield return "ALTER TABLE catalog ADD xattr BLOB";
        if (IsUpgraded && revision >= 7) yield return "ALTER TABLE catalog ADD mtimens INTEGER";
        yield return $"CREATE TABLE nested_catalogs (path TEXT, {(version < 0.95 ? "other" : "sha1")} TEXT{(HasNestedSize ? ", size INTEGER" : "")}, CONSTRAINT pk_nested_catalogs PRIMARY KEY (path))";
        if (!modern) yield break;
        yield return "CREATE TABLE chunks (md5path_1 INTEGER, md5path_2 INTEGER, offset INTEGER, size INTEGER, hash BLOB, CONSTRAINT pk_chunks PRIMARY KEY (md5path_1, md5path_2, offset, size))";
        yield return "CREATE TABLE statistics (counter TEXT, value INTEGER, CONSTRAINT pk_statistics PRIMARY KEY (counter))";
        if (version > 2.45 && revision >= 4) yield return "CREATE TABLE bind_mountpoints (path TEXT, sha1 TEXT, size INTEGER, CONSTRAINT pk_bind_mountpoints PRIMARY KEY (path))";
    }
}
