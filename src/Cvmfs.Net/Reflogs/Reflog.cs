using Cvmfs.Net.Databases;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Reflogs;

// Reflogs/ keeps the list of root-level objects that one store holds, so that garbage collection finds roots nobody refers to any more.
//
//   root file .cvmfsreflog ► Reflog, in memory ► ToArray ► replaced atomically by its owner, then the checksum, then the manifest
//
// Must stay true
//   - The log belongs to one store. It is never copied from another.
//   - The file on disk is whole at every instant: changes are made in memory, and the owner replaces the file.
//   - The checksum is over the raw file.
// May use: Hashing, Objects, Databases. Used by: Publishing, Replication.

/// <summary>The log of root-level objects of one store. Changed in memory; <see cref="ToArray"/> is the file to put in place.</summary>
/// <remarks>Not thread-safe. The owner disposes it. Entries whose object is gone are legal.</remarks>
public sealed class Reflog : IDisposable
{
    private readonly SqliteFile _file;

    private Reflog(SqliteFile file, string repositoryName)
    {
        _file = file;
        RepositoryName = repositoryName;
    }

    /// <summary>The repository it belongs to; empty if it does not say.</summary>
    public string RepositoryName { get; }

    /// <summary>Number of entries.</summary>
    public long Count
    {
        get
        {
            using var statement = _file.Prepare("SELECT count(*) FROM refs");
            return statement.Step() ? statement.GetInt64(0) : 0;
        }
    }

    /// <summary>Begins an empty log.</summary>
    public static Reflog Create(string repositoryName)
    {
        ArgumentException.ThrowIfNullOrEmpty(repositoryName);
        var file = SqliteFile.Create(".cvmfsreflog");
        file.Transact(() =>
        {
            file.Execute("CREATE TABLE properties (key TEXT, value TEXT, CONSTRAINT pk_properties PRIMARY KEY (key))");
            file.Execute("CREATE TABLE refs (hash TEXT, type INTEGER, timestamp INTEGER, CONSTRAINT pk_refs PRIMARY KEY (hash))");
            DatabaseProperties.Write(file, "schema", "1.0");
            DatabaseProperties.Write(file, "schema_revision", "0");
            DatabaseProperties.Write(file, "fqrn", repositoryName);
        });
        return new Reflog(file, repositoryName);
    }

    /// <summary>Loads a log, to read or to change it. The bytes are copied.</summary>
    /// <param name="image">The raw file.</param>
    /// <param name="expectedRepository">The name it must carry; null to accept any.</param>
    /// <param name="expectedChecksum">The hash that the raw file must have, if it is known; null hash to skip the comparison.</param>
    /// <param name="name">What error messages call it.</param>
    /// <exception cref="CvmfsFormatException">It is no reflog, is damaged, belongs to another repository or has another checksum.</exception>
    public static Reflog Open(ReadOnlySpan<byte> image, string? expectedRepository = null, ContentHash expectedChecksum = default, string name = ".cvmfsreflog")
    {
        if (!expectedChecksum.IsNull && ComputeChecksum(expectedChecksum.Algorithm, image) is var checksum && checksum != expectedChecksum)
        {
            throw new CvmfsFormatException(name, $"has checksum {checksum}, not {expectedChecksum}.");
        }

        using (var distrusted = SqliteFile.Open(image, name)) Check(distrusted, expectedRepository);
        var file = SqliteFile.OpenWritable(image, name);
        return new Reflog(file, DatabaseProperties.Read(file).GetText("fqrn") ?? "");
    }

    /// <summary>The checksum of a raw log file, as the manifest and the server's <c>reflog.chksum</c> carry it.</summary>
    public static ContentHash ComputeChecksum(HashAlgorithmId algorithm, ReadOnlySpan<byte> image) => ContentHash.Compute(algorithm, image);

    /// <summary>Enters an object. One that is known gets the new time.</summary>
    /// <exception cref="ArgumentException">The null hash names no object.</exception>
    public void Add(ReflogEntry entry)
    {
        if (entry.Hash.IsNull) throw new ArgumentException("The null hash names no object.", nameof(entry));
        using var statement = _file.Prepare("INSERT OR REPLACE INTO refs (hash, type, timestamp) VALUES (?1, ?2, ?3)");
        statement.BindText(1, entry.Hash.ToString()).Bind(2, (int)entry.Kind).Bind(3, entry.Timestamp).Run();
    }

    /// <summary>Enters an object at an instant.</summary>
    /// <exception cref="ArgumentException">The null hash names no object.</exception>
    public void Add(ContentHash hash, ReflogKind kind, DateTimeOffset now) => Add(new ReflogEntry(hash, kind, now.ToUnixTimeSeconds()));

    /// <summary>Removes an object.</summary>
    /// <returns>False if it was not there.</returns>
    public bool Remove(ContentHash hash)
    {
        using var statement = _file.Prepare("DELETE FROM refs WHERE hash = ?1");
        statement.BindText(1, hash.ToString()).Run();
        return _file.Changes > 0;
    }

    /// <summary>The entry of a hash; null if it is not there.</summary>
    public ReflogEntry? Find(ContentHash hash)
    {
        using var statement = _file.Prepare("SELECT hash, type, timestamp FROM refs WHERE hash = ?1");
        statement.BindText(1, hash.ToString());
        return statement.Step() ? Read(_file.Name, statement) : null;
    }

    /// <summary>The entries of a kind, or all of them; newest first.</summary>
    public IReadOnlyList<ReflogEntry> List(ReflogKind? kind = null) => Select(kind, before: null);

    /// <summary>The entries that were made before an instant, newest first.</summary>
    public IReadOnlyList<ReflogEntry> ListOlderThan(DateTimeOffset instant, ReflogKind? kind = null) => Select(kind, instant.ToUnixTimeSeconds());

    /// <summary>Makes several changes at once.</summary>
    public void Transact(Action changes) => _file.Transact(changes);

    /// <summary>Gives back the room of entries that were removed: the raw file becomes as small as it can.</summary>
    public void Compact() => _file.Compact();

    /// <summary>The raw file.</summary>
    public byte[] ToArray() => _file.ToArray();

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static void Check(SqliteFile file, string? expectedRepository)
    {
        var properties = DatabaseProperties.Read(file);
        properties.RequireVersion1();
        string repository = properties.GetText("fqrn") ?? "";
        if (expectedRepository is not null && repository != expectedRepository)
        {
            throw new CvmfsFormatException(file.Name, $"is the reflog of \"{repository}\", not of \"{expectedRepository}\".");
        }

        file.RequireTable("refs", "hash", "type", "timestamp");
        file.CheckStructure();
        using var rows = file.Prepare("SELECT hash, type, timestamp FROM refs");
        while (rows.Step()) Read(file.Name, rows);
    }

    private static ReflogEntry Read(string name, SqliteStatement row)
    {
        var hash = DatabaseProperties.ReadHash(name, "refs.hash", row.GetString(0));
        if (hash.IsNull) throw new CvmfsFormatException(name, "an entry has no hash.");
        long kind = row.GetInt64(1);
        if (kind is < 0 or > 3) throw new CvmfsFormatException(name, $"{hash} has type {kind}; known are 0 to 3.");
        return new ReflogEntry(hash, (ReflogKind)kind, row.GetInt64(2));
    }

    private List<ReflogEntry> Select(ReflogKind? kind, long? before)
    {
        using var rows = _file.Prepare(
            "SELECT hash, type, timestamp FROM refs WHERE (?1 IS NULL OR type = ?1) AND (?2 IS NULL OR timestamp < ?2) ORDER BY timestamp DESC, hash");
        if (kind is { } only) rows.Bind(1, (int)only);
        if (before is { } limit) rows.Bind(2, limit);
        var entries = new List<ReflogEntry>();
        while (rows.Step()) entries.Add(Read(_file.Name, rows));
        return entries;
    }
}
