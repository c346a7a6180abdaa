using System.Runtime.InteropServices;

namespace Cvmfs.Net.Databases;

/// <summary>Owns a connection. SQLite keeps it alive until its last statement is gone, whichever is released first.</summary>
internal sealed class SqliteConnectionHandle : SafeHandle
{
    private GCHandle _watch;

    public SqliteConnectionHandle(nint connection, SqliteWatch watch) : base(0, ownsHandle: true)
    {
        SetHandle(connection);
        _watch = GCHandle.Alloc(watch);
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>What the progress handler is given.</summary>
    public nint WatchPointer => GCHandle.ToIntPtr(_watch);

    protected override unsafe bool ReleaseHandle()
    {
        SqliteNative.SetProgressHandler(handle, 0, null, 0);
        _watch.Free();
        return SqliteNative.Close(handle) == SqliteNative.Ok;
    }
}

/// <summary>Owns a prepared statement.</summary>
internal sealed class SqliteStatementHandle : SafeHandle
{
    public SqliteStatementHandle(nint statement) : base(0, ownsHandle: true) => SetHandle(statement);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        _ = SqliteNative.Finalize(handle); // repeats the error of the last step, which was reported then
        return true;
    }
}
