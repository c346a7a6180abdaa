using System.Text;
using Cvmfs.Net.Databases;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Catalogs;

/// <summary>Tables <c>nested_catalogs</c> and <c>bind_mountpoints</c> of one catalog, in the paths under which it is mounted.</summary>
internal sealed class NestedCatalogTable
{
    private readonly Dictionary<RepositoryPath, NestedCatalog> _byMountpoint = [];

    private NestedCatalogTable()
    {
    }

    public IReadOnlyList<NestedCatalog> All { get; private set; } = [];

    public static NestedCatalogTable Read(SqliteFile file, CatalogSchema schema, RepositoryPath rootPrefix, RepositoryPath mountpoint)
    {
        var table = new NestedCatalogTable();
        string hash = schema.HasNestedHashes ? "sha1" : "NULL";
        table.Read(file, "nested_catalogs", hash, schema.HasNestedSizes ? "size" : "NULL", rootPrefix, mountpoint, isBind: false);
        if (schema.HasBindMountpoints) table.Read(file, "bind_mountpoints", "sha1", "size", rootPrefix, mountpoint, isBind: true);
        var all = table._byMountpoint.Values.ToArray();
        Array.Sort(all, static (left, right) => left.Mountpoint.CompareTo(right.Mountpoint));
        table.All = all;
        return table;
    }

    /// <summary>The mountpoint that is the path or lies above it.</summary>
    public NestedCatalog? Find(RepositoryPath path)
    {
        if (_byMountpoint.Count == 0) return null;
        for (; !path.IsRoot; path = path.Parent)
        {
            if (_byMountpoint.TryGetValue(path, out var nested)) return nested;
        }

        return null;
    }

    private void Read(SqliteFile file, string table, string hashColumn, string sizeColumn, RepositoryPath rootPrefix, RepositoryPath mountpoint, bool isBind)
    {
        file.RequireTable(table, "path");
        if (hashColumn != "NULL") file.RequireTable(table, hashColumn);
        if (sizeColumn != "NULL") file.RequireTable(table, sizeColumn);
        using var rows = file.Prepare($"SELECT path, {hashColumn}, {sizeColumn} FROM {table}");
        while (rows.Step())
        {
            var stored = rows.GetName(0);
            // Strictly below its own catalog: a catalog that mounted itself would never end.
            if (!RepositoryPath.TryFromBytes(stored, out var inner) || !inner.IsAtOrBelow(rootPrefix) || inner == rootPrefix)
            {
                throw new CvmfsFormatException(file.Name, $"{table} has \"{Encoding.UTF8.GetString(stored)}\", which is no path below {rootPrefix}.");
            }

            var outer = rootPrefix == mountpoint
                ? inner
                : RepositoryPath.FromChecked((byte[])[.. mountpoint.Bytes, .. inner.Bytes[rootPrefix.Bytes.Length..]]);
            var hash = DatabaseProperties.ReadHash(file.Name, $"{table}.sha1 of {outer}", rows.GetString(1));
            long size = rows.GetInt64Or(2, 0);
            if (size < 0) throw new CvmfsFormatException(file.Name, $"{table}.size of {outer} is {size}.");
            if (!_byMountpoint.TryAdd(outer, new NestedCatalog(outer, hash, size, isBind)))
            {
                throw new CvmfsFormatException(file.Name, $"{outer} is mounted twice.");
            }
        }
    }
}
