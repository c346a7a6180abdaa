using System.Runtime.InteropServices;

namespace Cvmfs.Net.Databases;

/// <summary>Owns a connection, and the statements whose owners forgot them.</summary>
/// <remarks>Connections are opened without SQLite's mutexes, which would cost more than the reading. The collector's thread must therefore
/// not release a statement while the connection may be in use: it leaves it here, for the owner's next call or the end.</remarks>
internal sealed class SqliteConnectionHandle : SafeHandle
{
    private readonly Lock _gate = new();
    private readonly List<nint> _abandoned = [];
    private GCHandle _watch;
    private bool _isReleased;

    public SqliteConnectionHandle(nint connection, SqliteWatch watch) : base(0, ownsHandle: true)
    {
        SetHandle(connection);
        _watch = GCHandle.Alloc(watch);
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>What the progress handler is given.</summary>
    public nint WatchPointer => GCHandle.ToIntPtr(_watch);

    /// <summary>Takes over a statement from the collector's thread.</summary>
    public void Abandon(nint statement)
    {
        lock (_gate)
        {
            if (_isReleased) _ = SqliteNative.Finalize(statement);
            else _abandoned.Add(statement);
        }
    }

    /// <summary>Releases what was abandoned; for the thread that may use the connection.</summary>
    public void ReleaseAbandoned()
    {
        lock (_gate)
        {
            foreach (nint statement in _abandoned) _ = SqliteNative.Finalize(statement);
            _abandoned.Clear();
        }
    }

    protected override unsafe bool ReleaseHandle()
    {
        lock (_gate)
        {
            _isReleased = true;
            foreach (nint statement in _abandoned) _ = SqliteNative.Finalize(statement);
            SqliteNative.SetProgressHandler(handle, 0, null, 0);
            _watch.Free();
            return SqliteNative.Close(handle) == SqliteNative.Ok; // lives on inside SQLite until its last statement is gone
        }
    }
}
