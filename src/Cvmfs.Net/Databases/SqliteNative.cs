using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cvmfs.Net.Databases;

/// <summary>The C functions of SQLite that we call. Short accessors skip the transition of the garbage collector: they neither block nor
/// call back, and a row of a catalog takes some forty of them.</summary>
internal static unsafe partial class SqliteNative
{
    /// <summary>The build of SQLite that the package SourceGear.sqlite3 brings.</summary>
    private const string Library = "e_sqlite3";

    public const int Ok = 0;
    public const int Row = 100;
    public const int Done = 101;

    public const int OpenReadOnly = 0x1;
    public const int OpenReadWrite = 0x2;
    public const int OpenCreate = 0x4;
    public const int OpenUri = 0x40;
    public const int OpenMemory = 0x80;
    public const int OpenNoMutex = 0x8000;
    public const int OpenExtendedCodes = 0x2000000;

    public const int DeserializeFreeOnClose = 1;
    public const int DeserializeResizable = 2;
    public const int DeserializeReadOnly = 4;

    public const int PrepareNoVirtualTables = 4;
    public const int PreparePersistent = 1;

    public const int TypeInteger = 1;
    public const int TypeFloat = 2;
    public const int TypeText = 3;
    public const int TypeBlob = 4;
    public const int TypeNull = 5;

    /// <summary>Tells a bind function to copy the bytes before it returns.</summary>
    public static readonly nint Transient = -1;

    [LibraryImport(Library, EntryPoint = "sqlite3_open_v2")]
    public static partial int Open(byte* name, out nint database, int flags, byte* vfs);

    [LibraryImport(Library, EntryPoint = "sqlite3_close_v2")]
    public static partial int Close(nint database);

    [LibraryImport(Library, EntryPoint = "sqlite3_errmsg")]
    public static partial byte* ErrorMessage(nint database);

    [LibraryImport(Library, EntryPoint = "sqlite3_limit")]
    public static partial int Limit(nint database, int id, int value);

    // sqlite3_db_config takes its last arguments through "...". Apple's arm64 ABI puts those on the stack; six unused arguments get them there.
    [LibraryImport(Library, EntryPoint = "sqlite3_db_config")]
    private static partial int ConfigureInRegisters(nint database, int option, int value, nint result);

    [LibraryImport(Library, EntryPoint = "sqlite3_db_config")]
    private static partial int ConfigureOnStack(nint database, int option, nint a, nint b, nint c, nint d, nint e, nint f, int value, nint result);

    /// <summary>Sets one of the boolean options of a connection.</summary>
    public static int Configure(nint database, int option, bool on)
        => OperatingSystem.IsMacOS() && RuntimeInformation.ProcessArchitecture == Architecture.Arm64
            ? ConfigureOnStack(database, option, 0, 0, 0, 0, 0, 0, on ? 1 : 0, 0)
            : ConfigureInRegisters(database, option, on ? 1 : 0, 0);

    [LibraryImport(Library, EntryPoint = "sqlite3_progress_handler")]
    public static partial void SetProgressHandler(nint database, int operations, delegate* unmanaged[Cdecl]<nint, int> handler, nint state);

    [LibraryImport(Library, EntryPoint = "sqlite3_deserialize")]
    public static partial int Deserialize(nint database, byte* schema, byte* data, long length, long capacity, uint flags);

    [LibraryImport(Library, EntryPoint = "sqlite3_serialize")]
    public static partial byte* Serialize(nint database, byte* schema, out long length, uint flags);

    [LibraryImport(Library, EntryPoint = "sqlite3_malloc64")]
    public static partial byte* Allocate(ulong bytes);

    [LibraryImport(Library, EntryPoint = "sqlite3_free")]
    public static partial void Free(byte* memory);

    [LibraryImport(Library, EntryPoint = "sqlite3_prepare_v3")]
    public static partial int Prepare(nint database, byte* sql, int length, uint flags, out nint statement, byte** tail);

    [LibraryImport(Library, EntryPoint = "sqlite3_finalize")]
    public static partial int Finalize(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_step")]
    public static partial int Step(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_reset")]
    public static partial int Reset(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_changes")]
    public static partial int Changes(nint database);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_int64"), SuppressGCTransition]
    public static partial int BindInt64(nint statement, int index, long value);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_null")]
    public static partial int BindNull(nint statement, int index);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_blob")]
    public static partial int BindBlob(nint statement, int index, byte* value, int length, nint destructor);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_text")]
    public static partial int BindText(nint statement, int index, byte* value, int length, nint destructor);

    /// <summary>The value of a column. One of these and two of the functions below cost a third of two sqlite3_column_… functions, each of
    /// which checks the statement anew. No statement has a value of type NULL.</summary>
    [LibraryImport(Library, EntryPoint = "sqlite3_column_value"), SuppressGCTransition]
    public static partial nint ColumnValue(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_value_type"), SuppressGCTransition]
    public static partial int ValueType(nint value);

    [LibraryImport(Library, EntryPoint = "sqlite3_value_int64"), SuppressGCTransition]
    public static partial long ValueInt64(nint value);

    [LibraryImport(Library, EntryPoint = "sqlite3_value_blob"), SuppressGCTransition]
    public static partial byte* ValueBlob(nint value);

    [LibraryImport(Library, EntryPoint = "sqlite3_value_bytes"), SuppressGCTransition]
    public static partial int ValueBytes(nint value);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_name")]
    public static partial byte* ColumnName(nint statement, int column);

    /// <summary>Called every few thousand operations of a running statement; anything but zero interrupts it.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static int OnProgress(nint state)
        => GCHandle.FromIntPtr(state).Target is SqliteWatch watch && watch.MustStop() ? 1 : 0;
}
