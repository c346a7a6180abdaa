using System.Runtime.InteropServices;
using System.Text;

namespace Cvmfs.Net.Databases;

// Databases/ is the only place that knows SQLite: how to open a file nobody vouches for, and how to read rows without copying them twice.
//
//   bytes or path ► SqliteHeader (100 bytes, before SQLite sees them) ► SqliteFile ► SqliteStatement ► Catalogs, History, Reflogs
//
// Must stay true
//   - Callers see CvmfsFormatException (the bytes are at fault), IOException (the disk is) or OperationCanceledException; never a SQLite code.
//   - A read-only file is immutable: no journal, no lock, nothing created beside it.
//   - Rows and operations are bounded by the length of the file, so a damaged tree ends in an error, not in a loop.
//   - Views, triggers, virtual tables and extensions never run.

/// <summary>A SQLite database: opened read-only and distrusted, or in memory to be written.</summary>
/// <remarks>Not thread-safe, statements included; whoever shares one puts a lock around it. The owner disposes it; statements may be
/// disposed before or after.</remarks>
public sealed unsafe partial class SqliteFile : IDisposable
{
    private const int MinRowBytes = 4;  // cell pointer and the shortest cell: no sound file holds more rows than its length divided by this
    private const int MaxReadings = 4;  // how often one run of a statement may hand out the same bytes

    private SqliteFile(string name, nint connection, SqliteWatch watch, bool isReadOnly)
    {
        Name = name;
        Watch = watch;
        IsReadOnly = isReadOnly;
        Handle = new SqliteConnectionHandle(connection, watch);
    }

    /// <summary>What error messages call it.</summary>
    public string Name { get; }

    /// <summary>Whether it was opened to be read only.</summary>
    public bool IsReadOnly { get; }

    /// <summary>Bytes of the database when it was opened; 0 for a new one.</summary>
    public long Length { get; private set; }

    internal SqliteConnectionHandle Handle { get; }

    internal SqliteWatch Watch { get; }

    internal long MaxRows { get; private set; } = long.MaxValue;

    internal long MaxBytes { get; private set; } = long.MaxValue;

    internal bool IsDisposed => Handle.IsClosed;

    /// <summary>Opens a file that never changes while it is open. Nothing is created beside it.</summary>
    /// <param name="path">The decompressed database.</param>
    /// <param name="name">What error messages call it; the path if null.</param>
    /// <exception cref="CvmfsFormatException">It is no database, or not a whole one.</exception>
    /// <exception cref="IOException">It cannot be opened or read.</exception>
    public static SqliteFile Open(string path, string? name = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        name ??= path;
        long length = CheckHeaderOfFile(path, name);
        string full = Path.GetFullPath(path).Replace('\\', '/');
        string uri = $"file:{(full.StartsWith('/') ? "" : "/")}{EscapeForUri(full)}?immutable=1&mode=ro";
        var file = Connect(name, uri, SqliteNative.OpenReadOnly | SqliteNative.OpenUri, isReadOnly: true);
        return file.Distrust(length);
    }

    /// <summary>Opens a database that is in memory; the bytes are copied.</summary>
    /// <param name="image">The decompressed database.</param>
    /// <param name="name">What error messages call it.</param>
    /// <exception cref="CvmfsFormatException">It is no database, or not a whole one.</exception>
    public static SqliteFile Open(ReadOnlySpan<byte> image, string name)
    {
        SqliteHeader.Check(name, image, image.Length);
        var file = Connect(name, ":memory:", SqliteNative.OpenReadWrite | SqliteNative.OpenMemory, isReadOnly: true);
        return file.Load(image, SqliteNative.DeserializeReadOnly).Distrust(image.Length);
    }

    /// <summary>Begins an empty database in memory, to be written and taken out with <see cref="ToArray"/>.</summary>
    public static SqliteFile Create(string name)
        => Connect(name, ":memory:", SqliteNative.OpenReadWrite | SqliteNative.OpenMemory, isReadOnly: false).ForWriting();

    /// <summary>Loads a database into memory, to be changed there and taken out with <see cref="ToArray"/>. The bytes are copied.</summary>
    /// <exception cref="CvmfsFormatException">It is no database, or not a whole one.</exception>
    public static SqliteFile OpenWritable(ReadOnlySpan<byte> image, string name)
    {
        SqliteHeader.Check(name, image, image.Length);
        var file = Connect(name, ":memory:", SqliteNative.OpenReadWrite | SqliteNative.OpenMemory, isReadOnly: false);
        file.Length = image.Length;
        return file.Load(image, SqliteNative.DeserializeResizable).ForWriting();
    }

    /// <summary>Opens a database of our own on disk, or makes it, to be read and changed there. What was committed survives the end of the process.</summary>
    /// <remarks>A log lies beside it while it is open. The last transactions before a power failure may be lost; the file stays whole.</remarks>
    /// <param name="path">The file; its folder must be there.</param>
    /// <exception cref="CvmfsFormatException">It is no database, or a damaged one.</exception>
    /// <exception cref="IOException">It cannot be opened, read or written.</exception>
    public static SqliteFile OpenOnDisk(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var file = Connect(path, Path.GetFullPath(path), SqliteNative.OpenReadWrite | SqliteNative.OpenCreate, isReadOnly: false).ForWriting();
        try
        {
            file.Execute("PRAGMA busy_timeout = 5000"); // somebody may be looking into it
            file.Execute("PRAGMA journal_mode = WAL");
            file.Execute("PRAGMA synchronous = NORMAL");
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Prepares the first statement of a text.</summary>
    /// <exception cref="CvmfsFormatException">The database lacks a table or column that the statement names, or is damaged.</exception>
    public SqliteStatement Prepare(string sql)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        byte[] text = Encoding.UTF8.GetBytes(sql);
        Handle.ReleaseAbandoned();
        Watch.Start(CancellationToken.None);
        fixed (byte* bytes = text)
        {
            uint flags = SqliteNative.PreparePersistent | (IsReadOnly ? SqliteNative.PrepareNoVirtualTables : 0u);
            int code = SqliteNative.Prepare(Connection, bytes, text.Length, flags, out nint statement, null);
            if (code != SqliteNative.Ok) throw Failure(code);
            return new SqliteStatement(this, statement);
        }
    }

    /// <summary>Runs one statement that yields no rows and takes no parameters.</summary>
    public void Execute(string sql)
    {
        using var statement = Prepare(sql);
        statement.Run();
    }

    /// <summary>Runs changes as one transaction: all of them or, when one throws, none.</summary>
    public void Transact(Action changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        Execute("BEGIN");
        try
        {
            changes();
            Execute("COMMIT");
        }
        catch
        {
            Execute("ROLLBACK");
            throw;
        }
    }

    /// <summary>Rows the last change touched.</summary>
    public int Changes => SqliteNative.Changes(Connection);

    /// <summary>The database as a file would hold it.</summary>
    /// <exception cref="InvalidOperationException">It is larger than an array can be.</exception>
    public byte[] ToArray()
    {
        fixed (byte* schema = "main\0"u8)
        {
            byte* image = SqliteNative.Serialize(Connection, schema, out long length, 0);
            if (image == null) return length == 0 ? [] : throw new InsufficientMemoryException($"{Name}: no memory for a copy of {length} bytes.");
            try
            {
                if (length > Array.MaxLength) throw new InvalidOperationException($"{Name}: {length} bytes do not fit into an array.");
                return new ReadOnlySpan<byte>(image, (int)length).ToArray();
            }
            finally
            {
                SqliteNative.Free(image);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();

    internal static string Text(byte* utf8) => Marshal.PtrToStringUTF8((nint)utf8) ?? "";

    private nint Connection
    {
        get
        {
            ObjectDisposedException.ThrowIf(Handle.IsClosed, this);
            return Handle.DangerousGetHandle();
        }
    }

    private static SqliteFile Connect(string name, string uri, int flags, bool isReadOnly)
    {
        byte[] text = Encoding.UTF8.GetBytes(uri + '\0');
        var watch = new SqliteWatch();
        fixed (byte* bytes = text)
        {
            int code = SqliteNative.Open(bytes, out nint connection, flags | SqliteNative.OpenNoMutex | SqliteNative.OpenExtendedCodes, null);
            var file = new SqliteFile(name, connection, watch, isReadOnly); // owns the connection even of a failed opening
            if (code == SqliteNative.Ok) return file;
            var failure = file.Failure(code);
            file.Dispose();
            throw failure;
        }
    }
}
