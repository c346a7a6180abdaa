using Cvmfs.Net.Databases;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.History;

// History/ reads and writes the database of tags, object suffix H.
//
//   decompressed object ► TagDatabase: everything read at once, then plain lists
//   TagDatabaseWriter   ► bytes to compress, store and name in the manifest
//
// Must stay true
//   - Schema 1.0 only; what revisions 0 to 2 lack has a stated substitute.
//   - A tag may name a root catalog that this store does not hold. Nothing here looks for it.
// May use: Hashing, Databases. Used by: Repositories, Publishing, Replication.

/// <summary>A repository's tags and branches at one revision. Immutable, thread-safe.</summary>
public sealed class TagDatabase
{
    private const int MaxTags = 10_000_000; // automatic tags of one every second for four months
    private readonly Dictionary<string, RepositoryTag> _byName = new(StringComparer.Ordinal);

    private TagDatabase(SqliteFile file, string? expectedRepository)
    {
        var properties = DatabaseProperties.Read(file);
        SchemaRevision = properties.RequireVersion1();
        RepositoryName = properties.GetText("fqrn") ?? "";
        if (expectedRepository is not null && RepositoryName != expectedRepository)
        {
            throw new CvmfsFormatException(file.Name, $"is the history of \"{RepositoryName}\", not of \"{expectedRepository}\".");
        }

        PreviousRevision = properties.GetHash("previous_revision");
        Branches = ReadBranches(file, SchemaRevision);
        Tags = ReadTags(file, SchemaRevision);
        foreach (var tag in Tags) _byName[tag.Name] = tag;
    }

    /// <summary>Revision of schema 1.0: 0 to 3 so far.</summary>
    public int SchemaRevision { get; }

    /// <summary>The repository it belongs to; empty if it does not say.</summary>
    public string RepositoryName { get; }

    /// <summary>The history object that this one replaced; the null hash for the first.</summary>
    public ContentHash PreviousRevision { get; }

    /// <summary>All tags, newest first: by time, then by revision, both descending.</summary>
    public IReadOnlyList<RepositoryTag> Tags { get; }

    /// <summary>All branches; before revision 3 the default branch alone.</summary>
    public IReadOnlyList<RepositoryBranch> Branches { get; }

    /// <summary>Opens a history from memory and reads all of it.</summary>
    /// <param name="image">The decompressed database.</param>
    /// <param name="expectedRepository">The name it must carry; null to accept any, also none.</param>
    /// <param name="name">What error messages call it.</param>
    /// <exception cref="CvmfsFormatException">It is no history, has a schema other than 1.0, or belongs to another repository.</exception>
    public static TagDatabase Open(ReadOnlySpan<byte> image, string? expectedRepository = null, string name = "history")
    {
        using var file = SqliteFile.Open(image, name);
        return new TagDatabase(file, expectedRepository);
    }

    /// <summary>Opens a history from a file and reads all of it.</summary>
    /// <exception cref="CvmfsFormatException">It is no history, has a schema other than 1.0, or belongs to another repository.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static TagDatabase Open(string path, string? expectedRepository = null)
    {
        using var file = SqliteFile.Open(path);
        return new TagDatabase(file, expectedRepository);
    }

    /// <summary>The tag of a name, compared bytewise; null if there is none.</summary>
    public RepositoryTag? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>What the default branch held at an instant: the highest revision published then or before; null before the first.</summary>
    public RepositoryTag? FindByDate(DateTimeOffset instant)
    {
        long seconds = instant.ToUnixTimeSeconds();
        RepositoryTag? best = null;
        foreach (var tag in Tags)
        {
            if (tag.Branch.Length == 0 && tag.Timestamp <= seconds && (best is null || tag.Revision > best.Revision)) best = tag;
        }

        return best;
    }

    private static RepositoryBranch[] ReadBranches(SqliteFile file, int revision)
    {
        if (revision < 3) return [new RepositoryBranch("", null, 0)];
        file.RequireTable("branches", "branch", "parent", "initial_revision");
        var branches = new List<RepositoryBranch>();
        using var rows = file.Prepare("SELECT branch, parent, initial_revision FROM branches ORDER BY initial_revision, branch");
        while (rows.Step())
        {
            branches.Add(new RepositoryBranch(rows.GetString(0), rows.IsNull(1) ? null : rows.GetString(1), (ulong)rows.GetInt64Or(2, 0)));
        }

        return [.. branches];
    }

    private static RepositoryTag[] ReadTags(SqliteFile file, int revision)
    {
        file.RequireTable("tags", "name", "hash", "revision", "timestamp", "description");
        if (revision >= 1) file.RequireTable("tags", "size");
        if (revision >= 3) file.RequireTable("tags", "branch");
        var tags = new List<RepositoryTag>();
        using var rows = file.Prepare(
            $"SELECT name, hash, revision, timestamp, description, {(revision >= 1 ? "size" : "NULL")}, {(revision >= 3 ? "branch" : "NULL")} FROM tags");
        while (rows.Step())
        {
            if (tags.Count == MaxTags) throw new CvmfsFormatException(file.Name, $"has more than {MaxTags} tags.");
            string name = rows.GetString(0);
            tags.Add(new RepositoryTag
            {
                Name = name,
                RootCatalog = DatabaseProperties.ReadHash(file.Name, $"hash of tag \"{name}\"", rows.GetString(1)),
                Revision = (ulong)rows.GetInt64Or(2, 0),
                Timestamp = rows.GetInt64Or(3, 0),
                Description = rows.GetString(4),
                RootCatalogSize = Math.Max(0, rows.GetInt64Or(5, 0)),
                Branch = rows.GetString(6),
            });
        }

        return [.. tags.OrderByDescending(static tag => tag.Timestamp).ThenByDescending(static tag => tag.Revision)]; // ties stay as stored, as in the reference
    }
}
