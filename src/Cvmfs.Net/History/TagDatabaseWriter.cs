using System.Globalization;
using Cvmfs.Net.Databases;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.History;

/// <summary>Makes the next history: a copy of the last one, or a new one, changed in memory and taken out as bytes. Schema 1.0 revision 3.</summary>
/// <remarks>Not thread-safe. The owner disposes it.</remarks>
public sealed class TagDatabaseWriter : IDisposable
{
    private readonly SqliteFile _file;

    private TagDatabaseWriter(SqliteFile file) => _file = file;

    /// <summary>Begins a history without tags, with the default branch.</summary>
    /// <param name="repositoryName">The repository's fully qualified name, which every history must carry.</param>
    public static TagDatabaseWriter Create(string repositoryName)
    {
        ArgumentException.ThrowIfNullOrEmpty(repositoryName);
        var writer = new TagDatabaseWriter(SqliteFile.Create("history"));
        writer._file.Transact(() =>
        {
            writer._file.Execute("CREATE TABLE properties (key TEXT, value TEXT, CONSTRAINT pk_properties PRIMARY KEY (key))");
            writer.CreateBranches();
            writer._file.Execute(
                "CREATE TABLE tags (name TEXT, hash TEXT, revision INTEGER, timestamp INTEGER, channel INTEGER, description TEXT, size INTEGER, "
                + "branch TEXT, CONSTRAINT pk_tags PRIMARY KEY (name), FOREIGN KEY (branch) REFERENCES branches (branch))");
            writer.CreateRecycleBin();
            DatabaseProperties.Write(writer._file, "schema", "1.0");
            DatabaseProperties.Write(writer._file, "schema_revision", "3");
            DatabaseProperties.Write(writer._file, "fqrn", repositoryName);
        });
        return writer;
    }

    /// <summary>Takes over the last history; brings revisions 0 to 2 up to 3. The bytes are copied.</summary>
    /// <param name="image">The decompressed database.</param>
    /// <param name="repositoryName">The name it must carry.</param>
    /// <param name="previous">The object it was read from, recorded as what the new one replaces.</param>
    /// <exception cref="CvmfsFormatException">It is no history, or another repository's.</exception>
    public static TagDatabaseWriter Open(ReadOnlySpan<byte> image, string repositoryName, ContentHash previous)
    {
        int revision = TagDatabase.Open(image, repositoryName).SchemaRevision; // reads all of it: nothing damaged is carried on
        var writer = new TagDatabaseWriter(SqliteFile.OpenWritable(image, "history"));
        writer._file.Transact(() =>
        {
            writer.Upgrade(revision);
            DatabaseProperties.Write(writer._file, "previous_revision", previous.ToString());
        });
        return writer;
    }

    /// <summary>Adds a tag, or replaces the one of the same name.</summary>
    /// <exception cref="ArgumentException">The name or the branch's name is not allowed, or the root catalog is the null hash.</exception>
    public void Put(RepositoryTag tag)
    {
        ArgumentNullException.ThrowIfNull(tag);
        if (!RepositoryTag.IsValidName(tag.Name)) throw new ArgumentException($"\"{tag.Name}\" cannot be a tag: letters, digits and -_./: only.", nameof(tag));
        if (!RepositoryTag.IsValidBranch(tag.Branch)) throw new ArgumentException($"\"{tag.Branch}\" cannot be a branch: letters, digits and -_./@ only.", nameof(tag));
        if (tag.RootCatalog.IsNull) throw new ArgumentException($"tag \"{tag.Name}\" has no root catalog.", nameof(tag));
        using var statement = _file.Prepare(
            "INSERT OR REPLACE INTO tags (name, hash, revision, timestamp, channel, description, size, branch) VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, ?7)");
        statement.BindText(1, tag.Name).BindText(2, tag.RootCatalog.ToString()).Bind(3, (long)tag.Revision).Bind(4, tag.Timestamp)
            .BindText(5, tag.Description).Bind(6, tag.RootCatalogSize).BindText(7, tag.Branch).Run();
    }

    /// <summary>Removes a tag.</summary>
    /// <returns>False if there was none.</returns>
    public bool Remove(string name)
    {
        using var statement = _file.Prepare("DELETE FROM tags WHERE name = ?1");
        statement.BindText(1, name).Run();
        return _file.Changes > 0;
    }

    /// <summary>Adds a branch.</summary>
    /// <exception cref="ArgumentException">The name is not allowed, or the parent is missing.</exception>
    /// <exception cref="InvalidOperationException">There is such a branch.</exception>
    public void AddBranch(RepositoryBranch branch)
    {
        ArgumentNullException.ThrowIfNull(branch);
        if (branch.Name.Length == 0 || !RepositoryTag.IsValidBranch(branch.Name)) throw new ArgumentException($"\"{branch.Name}\" cannot be a branch: letters, digits and -_./@ only.", nameof(branch));
        if (branch.Parent is null) throw new ArgumentException($"branch \"{branch.Name}\" has no parent.", nameof(branch));
        using var statement = _file.Prepare("INSERT INTO branches (branch, parent, initial_revision) VALUES (?1, ?2, ?3)");
        statement.BindText(1, branch.Name).BindText(2, branch.Parent).Bind(3, (long)branch.InitialRevision).Run();
    }

    /// <summary>The database, to be compressed and stored.</summary>
    public byte[] ToArray() => _file.ToArray();

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void CreateBranches()
    {
        _file.Execute(
            "CREATE TABLE branches (branch TEXT, parent TEXT, initial_revision INTEGER, CONSTRAINT pk_branch PRIMARY KEY (branch), "
            + "FOREIGN KEY (parent) REFERENCES branches (branch), CHECK ((branch <> '') OR (parent IS NULL)), CHECK ((branch = '') OR (parent IS NOT NULL)))");
        _file.Execute("INSERT INTO branches (branch, parent, initial_revision) VALUES ('', NULL, 0)");
    }

    private void CreateRecycleBin()
        => _file.Execute("CREATE TABLE recycle_bin (hash TEXT, flags INTEGER, CONSTRAINT pk_hash PRIMARY KEY (hash))");

    private void Upgrade(int revision)
    {
        if (revision >= 3) return;
        if (revision < 1) _file.Execute("ALTER TABLE tags ADD size INTEGER");
        if (revision < 2 && !_file.HasTable("recycle_bin")) CreateRecycleBin();
        _file.Execute("DELETE FROM recycle_bin");
        CreateBranches();
        _file.Execute("ALTER TABLE tags ADD branch TEXT REFERENCES branches (branch)");
        _file.Execute("UPDATE tags SET branch = ''");
        DatabaseProperties.Write(_file, "schema_revision", 3.ToString(CultureInfo.InvariantCulture));
    }
}
