using System.Text;

namespace Cvmfs.Net.Databases;

/// <summary>A prepared statement. Spans it hands out are valid until the next <see cref="Step"/>, <see cref="Reset"/> or disposal.</summary>
/// <remarks>Not thread-safe; neither is the <see cref="SqliteFile"/> it belongs to. Parameters count from 1, columns from 0, as in SQLite.</remarks>
public sealed unsafe class SqliteStatement : IDisposable
{
    private const int RowsPerCancellationCheck = 64;

    private readonly SqliteFile _file;
    private nint _statement; // zero once disposed: SQLite answers NULL to a column of no statement
    private long _rows;
    private long _bytes;
    private bool _isDone;

    internal SqliteStatement(SqliteFile file, nint statement)
    {
        _file = file;
        _statement = statement;
    }

    /// <summary>Leaves a forgotten statement to its connection.</summary>
    ~SqliteStatement()
    {
        if (_statement != 0) _file.Handle.Abandon(_statement);
    }

    /// <summary>Binds a number.</summary>
    /// <returns>The statement, to go on with.</returns>
    public SqliteStatement Bind(int parameter, long value) => Checked(SqliteNative.BindInt64(Live(), parameter, value));

    /// <summary>Binds NULL.</summary>
    /// <returns>The statement, to go on with.</returns>
    public SqliteStatement BindNull(int parameter) => Checked(SqliteNative.BindNull(Live(), parameter));

    /// <summary>Binds a BLOB; the bytes are copied. An empty span is an empty BLOB, not NULL.</summary>
    /// <returns>The statement, to go on with.</returns>
    public SqliteStatement BindBlob(int parameter, ReadOnlySpan<byte> value)
    {
        byte none = 0;
        fixed (byte* bytes = value)
        {
            return Checked(SqliteNative.BindBlob(Live(), parameter, bytes == null ? &none : bytes, value.Length, SqliteNative.Transient));
        }
    }

    /// <summary>Binds TEXT by its bytes, which are copied as they are and need not be UTF-8.</summary>
    /// <returns>The statement, to go on with.</returns>
    public SqliteStatement BindText(int parameter, ReadOnlySpan<byte> value)
    {
        byte none = 0;
        fixed (byte* bytes = value)
        {
            return Checked(SqliteNative.BindText(Live(), parameter, bytes == null ? &none : bytes, value.Length, SqliteNative.Transient));
        }
    }

    /// <summary>Binds TEXT in UTF-8.</summary>
    /// <returns>The statement, to go on with.</returns>
    public SqliteStatement BindText(int parameter, string value) => BindText(parameter, Encoding.UTF8.GetBytes(value));

    /// <summary>Goes to the next row.</summary>
    /// <returns>False after the last one, and until <see cref="Reset"/>.</returns>
    /// <exception cref="CvmfsFormatException">The database is damaged, or a row is not what SQLite allows.</exception>
    /// <exception cref="IOException">The file could not be read or written.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, also in the middle of a long search.</exception>
    public bool Step(CancellationToken cancellationToken = default)
    {
        nint statement = Live();
        if (_isDone) return false; // SQLite would start again
        if ((_rows & (RowsPerCancellationCheck - 1)) == 0) cancellationToken.ThrowIfCancellationRequested(); // SQLite itself looks after more work than a short listing needs
        _file.Watch.Start(cancellationToken);
        int code = SqliteNative.Step(statement);
        if (code == SqliteNative.Row)
        {
            if (++_rows > _file.MaxRows) throw _file.TooManyRows(_rows);
            return true;
        }

        _isDone = true;
        if (code == SqliteNative.Done) return false;
        throw _file.Failure(code);
    }

    /// <summary>Makes the statement ready for another run; parameters keep their values.</summary>
    public void Reset()
    {
        _ = SqliteNative.Reset(Live()); // its result repeats the failure of the last step
        _rows = 0;
        _bytes = 0;
        _isDone = false;
    }

    /// <summary>Runs a statement that yields no rows, and resets it.</summary>
    /// <exception cref="InvalidOperationException">A constraint of the database forbids the change.</exception>
    /// <exception cref="IOException">The file could not be written.</exception>
    public void Run()
    {
        try
        {
            while (Step()) { }
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>Whether the column is NULL.</summary>
    public bool IsNull(int column) => SqliteNative.ValueType(SqliteNative.ColumnValue(_statement, column)) == SqliteNative.TypeNull;

    /// <summary>An INTEGER column.</summary>
    /// <exception cref="CvmfsFormatException">The value is text, a BLOB, a fraction or NULL.</exception>
    public long GetInt64(int column)
    {
        nint value = SqliteNative.ColumnValue(_statement, column);
        int type = SqliteNative.ValueType(value);
        return type == SqliteNative.TypeInteger ? SqliteNative.ValueInt64(value) : throw WrongType(column, type, "an integer");
    }

    /// <summary>An INTEGER column, or a substitute for NULL.</summary>
    /// <exception cref="CvmfsFormatException">The value is text, a BLOB or a fraction.</exception>
    public long GetInt64Or(int column, long substitute)
    {
        nint value = SqliteNative.ColumnValue(_statement, column);
        return SqliteNative.ValueType(value) switch
        {
            SqliteNative.TypeInteger => SqliteNative.ValueInt64(value),
            SqliteNative.TypeNull => substitute,
            int type => throw WrongType(column, type, "an integer"),
        };
    }

    /// <summary>The bytes of a TEXT or BLOB column as stored; empty for NULL.</summary>
    /// <exception cref="CvmfsFormatException">The value is a number.</exception>
    public ReadOnlySpan<byte> GetBytes(int column)
    {
        nint value = SqliteNative.ColumnValue(_statement, column);
        int type = SqliteNative.ValueType(value);
        if (type == SqliteNative.TypeNull) return default;
        if (type is not (SqliteNative.TypeText or SqliteNative.TypeBlob)) throw WrongType(column, type, "text or a BLOB");
        byte* bytes = SqliteNative.ValueBlob(value); // before the length: it may expand a run of zeros
        int length = SqliteNative.ValueBytes(value);
        return (_bytes += length) <= _file.MaxBytes ? new ReadOnlySpan<byte>(bytes, length) : throw _file.TooManyBytes(_bytes);
    }

    /// <summary>The bytes of a TEXT column up to its first NUL, as the reference reads them; empty for NULL.</summary>
    /// <exception cref="CvmfsFormatException">The value is a number.</exception>
    public ReadOnlySpan<byte> GetName(int column)
    {
        var bytes = GetBytes(column);
        int nul = bytes.IndexOf((byte)0);
        return nul < 0 ? bytes : bytes[..nul];
    }

    /// <summary>A TEXT column for people: bytes that are not UTF-8 are replaced; cut at the first NUL. Empty for NULL.</summary>
    /// <exception cref="CvmfsFormatException">The value is a number.</exception>
    public string GetString(int column) => Encoding.UTF8.GetString(GetName(column));

    /// <inheritdoc/>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        nint statement = Interlocked.Exchange(ref _statement, 0);
        if (statement != 0) _ = SqliteNative.Finalize(statement); // repeats the failure of the last step, which was reported then
    }

    private nint Live()
    {
        ObjectDisposedException.ThrowIf(_statement == 0 || _file.IsDisposed, this);
        return _statement;
    }

    private SqliteStatement Checked(int code) => code == SqliteNative.Ok ? this : throw _file.Failure(code);

    private CvmfsFormatException WrongType(int column, int type, string expected)
    {
        string found = type switch
        {
            SqliteNative.TypeInteger => "an integer",
            SqliteNative.TypeFloat => "a fraction",
            SqliteNative.TypeText => "text",
            SqliteNative.TypeBlob => "a BLOB",
            _ => "NULL",
        };
        return new CvmfsFormatException(_file.Name, $"column {SqliteFile.Text(SqliteNative.ColumnName(_statement, column))} holds {found}, not {expected}.");
    }
}
