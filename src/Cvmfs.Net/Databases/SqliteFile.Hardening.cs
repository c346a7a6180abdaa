using System.Text;

namespace Cvmfs.Net.Databases;

// The settings of a connection, and what its failures mean. Numbers are those of sqlite3.h.
public sealed unsafe partial class SqliteFile
{
    private const int MaxSqlBytes = 1 << 18;        // the reference's longest CREATE statement has some 350 bytes
    private const int MaxRowBytes = 1 << 20;        // the longest list of attributes has 130,562 bytes; names, links and descriptions less
    private const int MaxColumns = 256;             // a catalog has 16
    private const int ReadAheadBytes = 512;         // SQLite may look a few bytes past a damaged page

    /// <summary>Whether there is an ordinary table of this name: no view, no virtual table.</summary>
    public bool HasTable(string table)
    {
        using var statement = Prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1 COLLATE NOCASE AND rootpage > 1");
        return statement.BindText(1, table).Step();
    }

    /// <summary>The names of a table's ordinary columns, in their physical order; empty where there is no such table.</summary>
    /// <exception cref="CvmfsFormatException">A column is generated, which no writer of this format does.</exception>
    public IReadOnlyList<string> ColumnsOf(string table)
    {
        const int NameColumn = 1;
        const int HiddenColumn = 6;
        var columns = new List<string>();
        if (!HasTable(table)) return columns;
        using var statement = Prepare($"PRAGMA table_xinfo(\"{table}\")"); // cid, name, type, notnull, default, pk, hidden
        while (statement.Step())
        {
            if (statement.GetInt64(HiddenColumn) != 0) throw new CvmfsFormatException(Name, $"column {statement.GetString(NameColumn)} of table {table} is computed, not stored.");
            columns.Add(statement.GetString(NameColumn));
        }

        return columns;
    }

    /// <summary>Whether a table has a whole index that begins with these columns.</summary>
    public bool HasIndex(string table, params ReadOnlySpan<string> columns)
    {
        var indexes = new List<string>();
        using (var list = Prepare($"PRAGMA index_list(\"{table}\")")) // seq, name, unique, origin, partial
        {
            while (list.Step())
            {
                if (list.GetInt64(4) == 0) indexes.Add(list.GetString(1));
            }
        }

        foreach (string index in indexes)
        {
            using var info = Prepare($"PRAGMA index_info(\"{index.Replace("\"", "\"\"", StringComparison.Ordinal)}\")"); // seqno, cid, name
            int matching = 0;
            while (matching < columns.Length && info.Step() && columns[matching].Equals(info.GetString(2), StringComparison.OrdinalIgnoreCase)) matching++;
            if (matching == columns.Length) return true;
        }

        return false;
    }

    /// <summary>Refuses a database without a table or some of its columns.</summary>
    /// <returns>All columns of the table.</returns>
    /// <exception cref="CvmfsFormatException">The table or a column is missing, or the table is a view.</exception>
    public IReadOnlyList<string> RequireTable(string table, params ReadOnlySpan<string> columns)
    {
        var found = ColumnsOf(table);
        if (found.Count == 0) throw new CvmfsFormatException(Name, $"has no table {table}.");
        foreach (string column in columns)
        {
            if (!found.Contains(column, StringComparer.OrdinalIgnoreCase)) throw new CvmfsFormatException(Name, $"table {table} has no column {column}.");
        }

        return found;
    }

    /// <summary>Walks every page and index. Costs a pass over the file: for checks, not for opening.</summary>
    /// <exception cref="CvmfsFormatException">What SQLite found wrong first.</exception>
    public void CheckStructure(CancellationToken cancellationToken = default)
    {
        using var statement = Prepare("PRAGMA quick_check(1)");
        while (statement.Step(cancellationToken))
        {
            string finding = statement.GetString(0);
            if (finding != "ok") throw new CvmfsFormatException(Name, $"is damaged: {finding}.");
        }
    }

    internal CvmfsFormatException TooManyRows(long rows)
        => new(Name, $"yields more than {rows - 1} rows, which {Length} bytes cannot hold: its pages form no tree.");

    internal CvmfsFormatException TooManyBytes(long bytes)
        => new(Name, $"yields {bytes} bytes, which {Length} bytes cannot hold: rows share pages.");

    internal Exception Failure(int code)
    {
        string message = Text(SqliteNative.ErrorMessage(Handle.DangerousGetHandle()));
        switch (code & 0xff)
        {
            case 9 when Watch.Cancellation.IsCancellationRequested: // SQLITE_INTERRUPT
                return new OperationCanceledException(Watch.Cancellation);
            case 9:
                return new CvmfsFormatException(Name, $"needs more work for one row than {Length} bytes can cause: its pages form no tree.");
            case 7: // SQLITE_NOMEM
                return new InsufficientMemoryException($"{Name}: {message}.");
            case 19 or 20 when !IsReadOnly: // SQLITE_CONSTRAINT, SQLITE_MISMATCH
                return new InvalidOperationException($"{Name}: {message}.");
            case 5 or 6 or 8 or 10 or 13 or 14: // BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN
                return new IOException($"{Name}: {message} (SQLite code {code}).");
            default:
                return new CvmfsFormatException(Name, $"{message} (SQLite code {code}).");
        }
    }

    private static long CheckHeaderOfFile(string path, string name)
    {
        using var handle = File.OpenHandle(path);
        long length = RandomAccess.GetLength(handle);
        Span<byte> header = stackalloc byte[SqliteHeader.Bytes];
        int read = 0;
        for (int step; read < header.Length && (step = RandomAccess.Read(handle, header[read..], read)) > 0;) read += step;
        SqliteHeader.Check(name, header[..read], length);
        return length;
    }

    private static string EscapeForUri(string path)
        => path.Replace("%", "%25", StringComparison.Ordinal).Replace("?", "%3f", StringComparison.Ordinal).Replace("#", "%23", StringComparison.Ordinal);

    private SqliteFile Load(ReadOnlySpan<byte> image, int flags)
    {
        // SQLite frees this memory with the connection, and at once if it refuses the image.
        byte* copy = SqliteNative.Allocate((ulong)image.Length + ReadAheadBytes);
        if (copy == null)
        {
            Dispose();
            throw new InsufficientMemoryException($"{Name}: no memory for {image.Length} bytes.");
        }

        var target = new Span<byte>(copy, image.Length + ReadAheadBytes);
        image.CopyTo(target);
        target[image.Length..].Clear();
        SqliteHeader.ClearWriteAheadLog(target);
        int code;
        fixed (byte* schema = "main\0"u8)
        {
            code = SqliteNative.Deserialize(Connection, schema, copy, image.Length, image.Length + ReadAheadBytes, (uint)(flags | SqliteNative.DeserializeFreeOnClose));
        }

        if (code == SqliteNative.Ok) return this;
        var failure = Failure(code);
        Dispose();
        throw failure;
    }

    private SqliteFile Distrust(long length)
    {
        Length = length;
        MaxRows = length / MinRowBytes;
        MaxBytes = length * MaxReadings;
        Watch.MaxChecks = SqliteWatch.ChecksFor(length);
        try
        {
            var connection = Connection;
            SqliteNative.SetProgressHandler(connection, SqliteWatch.OperationsPerCheck, &SqliteNative.OnProgress, Handle.WatchPointer);
            Configure(1003, false); // triggers
            Configure(1004, false); // fts3_tokenizer()
            Configure(1005, false); // load_extension()
            Configure(1010, true);  // defensive: no writing to the schema or to shadow tables
            Configure(1011, false); // writable_schema
            Configure(1013, false); // "text" as a string in statements
            Configure(1014, false); // and in the schema
            Configure(1015, false); // views
            Configure(1017, false); // functions with side effects in the schema
            Limit(0, MaxRowBytes);
            Limit(1, MaxSqlBytes);
            Limit(2, MaxColumns);
            Limit(3, 100);     // depth of expressions
            Limit(4, 8);       // terms of a compound SELECT
            Limit(6, 32);      // arguments of a function
            Limit(7, 0);       // attached databases
            Limit(8, 256);     // bytes of a LIKE pattern
            Limit(10, 0);      // depth of triggers
            Limit(11, 0);      // worker threads
            Execute("PRAGMA cell_size_check = ON");
            Execute("PRAGMA query_only = ON");
            Execute("PRAGMA temp_store = MEMORY");
            Execute("PRAGMA mmap_size = 0");
            using var schema = Prepare("SELECT count(*) FROM sqlite_schema"); // reads and parses the whole schema
            schema.Step();
            return this;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private SqliteFile ForWriting()
    {
        try
        {
            Configure(1003, false);
            Configure(1005, false);
            Configure(1015, false);
            Configure(1017, false);
            Limit(7, 0);
            Execute("PRAGMA page_size = 4096"); // what the reference's files have; no effect on one that exists
            Execute("PRAGMA cell_size_check = ON");
            Execute("PRAGMA temp_store = MEMORY");
            Execute("PRAGMA foreign_keys = OFF"); // rows come in any order; the reference does not enforce them either
            return this;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private void Configure(int option, bool on)
    {
        int code = SqliteNative.Configure(Connection, option, on);
        if (code != SqliteNative.Ok) throw Failure(code);
    }

    /// <summary>Writes the database anew, as small as it can be. SQLite does that in a second, nameless database, for which there is room only here.</summary>
    /// <exception cref="CvmfsFormatException">The database is damaged.</exception>
    public void Compact()
    {
        Limit(7, 1);
        try
        {
            Execute("VACUUM");
        }
        finally
        {
            Limit(7, 0);
        }
    }

    private void Limit(int id, int value) => _ = SqliteNative.Limit(Connection, id, value); // answers the former value
}
