using System.Buffers;
using System.IO.MemoryMappedFiles;
using System.Net;

namespace Cvmfs.Net.Server.Geo;

/// <summary>A location database in MaxMind's format, in memory of its own. Thread-safe; look-ups allocate nothing.</summary>
/// <remarks>
/// <para>The file is copied once into an anonymous mapping and not mapped itself: a mapped file that somebody shortens, as copying a new version
/// over it does, ends the process with a bus error at the next look-up. A copy also shows whether the file changed while it was read, and costs
/// as much memory as the file has bytes.</para>
/// <para>Readers count themselves in and out, so that a database which is replaced is unmapped when its last request has ended.</para>
/// </remarks>
internal sealed class MaxMindDatabase
{
    private const int CopyBytes = 1 << 20;

    private readonly MemoryMappedFile _mapping;
    private readonly MemoryMappedViewAccessor _view;
    private readonly unsafe byte* _bytes;
    private readonly int _length;
    private int _users = 1; // the owner, until Retire

    private unsafe MaxMindDatabase(string file, int length)
    {
        File = file;
        _length = length;
        _mapping = MemoryMappedFile.CreateNew(null, length);
        _view = _mapping.CreateViewAccessor(0, length);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _bytes);
        Layout = null!;
    }

    /// <summary>Where it came from.</summary>
    public string File { get; }

    /// <summary>What it is.</summary>
    public MaxMindLayout Layout { get; private set; }

    private unsafe Span<byte> Bytes => new(_bytes, _length);

    /// <summary>Reads a database. The caller owns it and calls <see cref="Retire"/> once.</summary>
    /// <exception cref="CvmfsFormatException">It is none, is too large, or changed while it was read.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static async Task<MaxMindDatabase> OpenAsync(string file, CancellationToken cancellationToken = default)
    {
        using var handle = System.IO.File.OpenHandle(
            file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous | FileOptions.SequentialScan);
        long length = RandomAccess.GetLength(handle);
        var written = System.IO.File.GetLastWriteTimeUtc(handle);
        if (length is 0 or > MaxMindLayout.MaxBytes) throw new CvmfsFormatException(file, $"has {length} bytes, expected 1 to {MaxMindLayout.MaxBytes}.");

        var database = new MaxMindDatabase(file, (int)length);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(CopyBytes);
        try
        {
            int filled = 0;
            for (int read; filled < length && (read = await RandomAccess.ReadAsync(handle, buffer.AsMemory(0, CopyBytes), filled, cancellationToken).ConfigureAwait(false)) > 0; filled += read)
            {
                read = Math.Min(read, (int)length - filled);
                buffer.AsSpan(0, read).CopyTo(database.Bytes[filled..]);
            }

            if (filled < length || RandomAccess.GetLength(handle) != length || System.IO.File.GetLastWriteTimeUtc(handle) != written)
            {
                throw new CvmfsFormatException(file, $"changed while it was read, {filled} of {length} bytes.");
            }

            database.Layout = MaxMindLayout.Read(database.Bytes, file);
            return database;
        }
        catch
        {
            database.Retire();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Counts a reader in. False when the database is gone; then there is a newer one.</summary>
    public bool TryEnter()
    {
        for (int users = Volatile.Read(ref _users); users > 0; users = Volatile.Read(ref _users))
        {
            if (Interlocked.CompareExchange(ref _users, users + 1, users) == users) return true;
        }

        return false;
    }

    /// <summary>Counts a reader out.</summary>
    public void Exit()
    {
        if (Interlocked.Decrement(ref _users) > 0) return;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _mapping.Dispose();
    }

    /// <summary>Gives up ownership: the memory goes with the last reader.</summary>
    public void Retire() => Exit();

    /// <summary>Finds the place of an address. Null where none is known. Only between <see cref="TryEnter"/> and <see cref="Exit"/>, or by the owner.</summary>
    /// <exception cref="CvmfsFormatException">The bytes on the way are not what the format allows.</exception>
    public GeoPoint? Locate(IPAddress address) => Layout.Locate(Bytes, address);
}
