using Cvmfs.Net.Proxy.Storage;

namespace Cvmfs.Net.Proxy.Transfers;

/// <summary>The bytes of a transfer as far as they have come. Its fetch alone adds bytes; what readers see changes under the transfer's lock.</summary>
/// <remarks>
/// A small object is one array. A larger one is a file of the store; where the store fails, the newest bytes are kept in blocks, and so few of
/// them that the fetch has to wait for its readers. Bytes never change once they are shown, so that readers may hold them without a copy.
/// </remarks>
internal sealed class Spool : IDisposable
{
    /// <summary>Longest object that is one array.</summary>
    public const int MaxMemoryBytes = 1 << 20;

    private const int FirstBytes = 64 << 10;
    private const int MaxBlockBytes = 2 << 20;

    private readonly Queue<byte[]> _blocks = new();
    private long _blocksStart;
    private long _blocksEnd;
    private byte[] _memory = [];
    private bool _hasMemory = true;
    private StagedFile? _staged;
    private ObjectFile? _file;
    private long _fileEnd;

    /// <summary>Bytes so far.</summary>
    public long Length { get; private set; }

    /// <summary>Whether the bytes are in one array.</summary>
    public bool IsInMemory => _hasMemory;

    /// <summary>Whether the bytes are in a file of the store, all of them, and can be kept.</summary>
    public bool IsStaged => _staged is not null;

    /// <summary>Whether readers have to read on before there is room for more.</summary>
    public bool IsFull => _blocksEnd - _blocksStart >= MaxBlockBytes;

    /// <summary>Whether a new reader can still have everything.</summary>
    public bool HasAll => _hasMemory || (_blocks.Count == 0 ? _fileEnd == Length : _blocksStart == _fileEnd);

    /// <summary>Makes room for a small object.</summary>
    public void Begin(long? length) => _memory = GC.AllocateUninitializedArray<byte>((int)(length ?? FirstBytes));

    /// <summary>Free room of the array, for the next bytes of a small object. Grows where the length is unknown.</summary>
    public Memory<byte> Room(bool mayGrow)
    {
        if (Length == _memory.Length && mayGrow && Length < MaxMemoryBytes)
        {
            byte[] larger = GC.AllocateUninitializedArray<byte>((int)Math.Min(Length * 2, MaxMemoryBytes));
            _memory.AsSpan(0, (int)Length).CopyTo(larger);
            _memory = larger; // readers keep the old one, whose bytes are the same
        }

        return _memory.AsMemory((int)Length);
    }

    /// <summary>Counts bytes that were put into <see cref="Room"/>.</summary>
    public void Took(int bytes) => Length += bytes;

    /// <summary>A small object as an array of its own length.</summary>
    public byte[] ToArray()
    {
        if (Length < _memory.Length) _memory = _memory[..(int)Length];
        return _memory;
    }

    /// <summary>The bytes of a small object so far.</summary>
    public ReadOnlySpan<byte> Small => _memory.AsSpan(0, (int)Length);

    /// <summary>Goes on in a file, or in blocks where there is none, and takes along what is in memory.</summary>
    /// <param name="staged">The file, with the bytes so far and a lease for this; null where there is none.</param>
    public void LeaveMemory(StagedFile? staged)
    {
        if (staged is not null)
        {
            (_staged, _file, _fileEnd, _hasMemory) = (staged, staged.File, Length, false);
            return;
        }

        _hasMemory = false;
        if (Length > 0) Enqueue(_memory.AsSpan(0, (int)Length).ToArray(), 0);
    }

    /// <summary>Writes to the file; not seen before <see cref="TookFile"/>. May wait for the disk.</summary>
    /// <exception cref="IOException">The disk cannot take it.</exception>
    public void WriteFile(ReadOnlySpan<byte> bytes) => _staged!.Write(bytes);

    /// <summary>Counts bytes that were written to the file.</summary>
    public void TookFile(int bytes) => Length = _fileEnd += bytes;

    /// <summary>Keeps bytes in blocks, behind those in the file.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        Enqueue(bytes.ToArray(), Length);
        Length += bytes.Length;
    }

    /// <summary>Forgets blocks that every reader has read.</summary>
    public void Trim(long readByAll)
    {
        while (_blocks.TryPeek(out byte[]? oldest) && _blocksStart + oldest.Length <= readByAll)
        {
            _blocksStart += oldest.Length;
            _blocks.Dequeue();
        }
    }

    /// <summary>Makes the file an object of the store. False where it could not be kept.</summary>
    public bool Commit() => _staged?.Commit() ?? false;

    /// <summary>Gives up keeping the object; what is in the file stays readable.</summary>
    /// <returns>The file, to be discarded where no lock is held; null where there was none.</returns>
    public StagedFile? GiveUpKeeping()
    {
        var given = _staged;
        _staged = null;
        return given;
    }

    /// <summary>The bytes from a position, at most up to a limit.</summary>
    public TransferPiece Piece(long position, long limit)
    {
        if (_hasMemory) return new(TransferState.More, _memory, null, position, limit - position);
        if (position < _fileEnd) return new(TransferState.More, null, _file, position, Math.Min(limit, _fileEnd) - position);
        long start = _blocksStart;
        foreach (byte[] block in _blocks)
        {
            if (position < start + block.Length) return new(TransferState.More, block, null, position - start, Math.Min(limit, start + block.Length) - position);
            start += block.Length;
        }

        throw new InvalidOperationException($"Byte {position} is neither in the file nor in a block.");
    }

    /// <summary>Forgets everything, for another attempt. After <see cref="GiveUpKeeping"/>.</summary>
    public void Clear()
    {
        Dispose();
        _blocks.Clear();
        (_memory, _hasMemory, _fileEnd, _blocksStart, _blocksEnd, Length) = ([], true, 0, 0, 0, 0);
    }

    /// <summary>Lets go of the file. After <see cref="GiveUpKeeping"/>.</summary>
    public void Dispose()
    {
        _file?.Release();
        _file = null;
    }

    private void Enqueue(byte[] block, long start)
    {
        if (_blocks.Count == 0) _blocksStart = _blocksEnd = start;
        _blocks.Enqueue(block);
        _blocksEnd += block.Length;
    }
}
