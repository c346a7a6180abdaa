using Cvmfs.Net.Databases;

namespace Cvmfs.Net.Catalogs;

/// <summary>Version of a catalog's layout. Text like <c>2.40000009536743</c> comes from writers that rounded, and counts as 2.4.</summary>
/// <param name="Version">0.9, 1.x, 2.4 or 2.5.</param>
/// <param name="Revision">Additions within 2.5, 0 to 7 so far; higher ones are read like 7.</param>
public readonly record struct CatalogSchema(double Version, int Revision)
{
    /// <summary>What this library writes: 2.5, revision 7.</summary>
    public static CatalogSchema Current { get; } = new(2.5, 7);

    /// <summary>Columns <c>hardlinks</c>, <c>uid</c>, <c>gid</c> and the upper flags.</summary>
    public bool HasModernEntries => AtLeast(2.1);

    /// <summary>Table <c>chunks</c>.</summary>
    public bool HasChunks => AtLeast(2.4);

    /// <summary>Table <c>statistics</c>.</summary>
    public bool HasStatistics => AtLeast(2.4);

    /// <summary>Column <c>nested_catalogs.size</c>.</summary>
    public bool HasNestedSizes => AtLeast(2.5) && Revision >= 1;

    /// <summary>Column <c>xattr</c>.</summary>
    public bool HasExtendedAttributes => AtLeast(2.5) && Revision >= 2;

    /// <summary>Table <c>bind_mountpoints</c>.</summary>
    public bool HasBindMountpoints => AtLeast(2.5) && Revision >= 4;

    /// <summary>Column <c>mtimens</c>.</summary>
    public bool HasNanoseconds => AtLeast(2.5) && Revision >= 7;

    /// <summary>Whether nested catalogs are registered with their hashes: not in 0.9.</summary>
    public bool HasNestedHashes => AtLeast(1.0);

    /// <summary>Whether this is 2.0 to 2.3, or beyond 2.5: the layouts that nobody reads.</summary>
    public bool IsRefused => AtLeast(2.0) && !Is(2.4) && !Is(2.5);

    /// <summary>The statements that make the tables of <see cref="Current"/>, names and column order as the reference writes them.</summary>
    public static IReadOnlyList<string> CreateStatements { get; } =
    [
        "CREATE TABLE properties (key TEXT, value TEXT, CONSTRAINT pk_properties PRIMARY KEY (key))",
        "CREATE TABLE catalog (md5path_1 INTEGER, md5path_2 INTEGER, parent_1 INTEGER, parent_2 INTEGER, hardlinks INTEGER, hash BLOB, "
            + "size INTEGER, mode INTEGER, mtime INTEGER, mtimens INTEGER, flags INTEGER, name TEXT, symlink TEXT, uid INTEGER, gid INTEGER, "
            + "xattr BLOB, CONSTRAINT pk_catalog PRIMARY KEY (md5path_1, md5path_2))",
        "CREATE INDEX idx_catalog_parent ON catalog (parent_1, parent_2)",
        "CREATE TABLE chunks (md5path_1 INTEGER, md5path_2 INTEGER, offset INTEGER, size INTEGER, hash BLOB, "
            + "CONSTRAINT pk_chunks PRIMARY KEY (md5path_1, md5path_2, offset, size), "
            + "FOREIGN KEY (md5path_1, md5path_2) REFERENCES catalog (md5path_1, md5path_2))",
        "CREATE TABLE nested_catalogs (path TEXT, sha1 TEXT, size INTEGER, CONSTRAINT pk_nested_catalogs PRIMARY KEY (path))",
        "CREATE TABLE bind_mountpoints (path TEXT, sha1 TEXT, size INTEGER, CONSTRAINT pk_bind_mountpoints PRIMARY KEY (path))",
        "CREATE TABLE statistics (counter TEXT, value INTEGER, CONSTRAINT pk_statistics PRIMARY KEY (counter))",
    ];

    /// <summary>Reads the version from the table of properties.</summary>
    /// <exception cref="CvmfsFormatException">The text is no version, or one that is refused.</exception>
    internal static CatalogSchema Read(SqliteFile file, DatabaseProperties properties)
    {
        double version = properties.Version;
        if (version is 1.0 && !HasColumn(file, "nested_catalogs", "sha1")) version = 0.9;
        var schema = new CatalogSchema(version, properties.SchemaRevision);
        if (schema.IsRefused) throw new CvmfsFormatException(file.Name, $"catalog schema {properties.GetText("schema")}; read are 0.9, 1.x, 2.4 and 2.5.");
        return schema;
    }

    /// <summary>Equal within what rounding can do.</summary>
    public bool Is(double version) => Math.Abs(Version - version) < DatabaseProperties.VersionTolerance;

    private bool AtLeast(double version) => Version > version - DatabaseProperties.VersionTolerance;

    private static bool HasColumn(SqliteFile file, string table, string column)
        => file.ColumnsOf(table).Contains(column, StringComparer.OrdinalIgnoreCase);
}
