using System.Collections.Concurrent;
using Cvmfs.Net.Proxy.Storage;
using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Proxy.Tests.Storage;

/// <summary>A disk that fails when the test says so, or for good from the nth change on, as when the process dies: of that change a part may be done.</summary>
internal sealed class FailingFiles : StorageFiles
{
    private readonly ConcurrentDictionary<SafeFileHandle, string> _opened = new();
    private int _changes;
    private volatile bool _isDead;

    /// <summary>What the next changes throw; null while the disk works.</summary>
    public Func<Exception>? WriteFailure { get; set; }

    /// <summary>What the next reads throw; null while the disk works.</summary>
    public Func<Exception>? ReadFailure { get; set; }

    /// <summary>What the next reads of a file throw, by its path; null while it works.</summary>
    public Func<string, Exception?>? FileFailure { get; set; }

    /// <summary>Free and all bytes of the disk; null for the real ones.</summary>
    public (long Free, long Total)? FakeSpace { get; set; }

    /// <summary>Number of the change that is the last; none where 0.</summary>
    public int DiesAt { get; init; }

    /// <summary>Changes so far.</summary>
    public int Changes => Volatile.Read(ref _changes);

    public bool IsDead => _isDead;

    /// <summary>As if the process were killed now.</summary>
    public void Die() => _isDead = true;

    public override SafeFileHandle Create(string path)
    {
        Change();
        var file = base.Create(path);
        _opened[file] = path;
        return file;
    }

    public override SafeFileHandle? Open(string path)
    {
        var file = base.Open(path);
        if (file is not null) _opened[file] = path;
        return file;
    }

    public override void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset, string path)
    {
        try
        {
            Change();
        }
        catch (IOException) when (_changes == DiesAt)
        {
            base.Write(file, bytes[..(DiesAt * 7919 % (bytes.Length + 1))], offset, path); // torn
            throw;
        }

        base.Write(file, bytes, offset, path);
    }

    public override int Read(SafeFileHandle file, Span<byte> buffer, long offset, string path)
    {
        if (ReadFailure is { } failure) throw failure();
        if (FileFailure is { } ofFile && ofFile(_opened.GetValueOrDefault(file, path)) is { } its) throw its;
        return base.Read(file, buffer, offset, path);
    }

    public override void Rename(string from, string to)
    {
        Change();
        base.Rename(from, to);
    }

    public override void Delete(string path)
    {
        Change();
        base.Delete(path);
    }

    public override void MakeFolder(string path)
    {
        Change();
        base.MakeFolder(path);
    }

    public override (long Free, long Total) Space(string folder) => FakeSpace ?? (1L << 40, 1L << 41);

    private void Change()
    {
        if (WriteFailure is { } failure) throw failure();
        if (_isDead || Interlocked.Increment(ref _changes) == DiesAt)
        {
            _isDead = true;
            throw new IOException("The process is dead.");
        }
    }
}
