using System.Buffers;

namespace Cvmfs.Net.Repositories;

/// <summary>Verified, decompressed bytes of one <see cref="FilePiece"/>. Small ones live in rented memory, large ones in a file that vanishes.</summary>
/// <remarks>Owned by whoever holds it; disposing gives memory or file back. One user at a time.</remarks>
internal abstract class PieceContent : IDisposable
{
    /// <summary>Bytes.</summary>
    public abstract long Length { get; }

    /// <summary>Copies bytes from an offset within the piece; short only at its end.</summary>
    public abstract ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>As <see cref="ReadAsync"/> where no waiting is needed: false when the bytes are not in memory.</summary>
    public virtual bool TryRead(long offset, Span<byte> destination, out int read)
    {
        read = 0;
        return false;
    }

    public abstract void Dispose();

    /// <summary>Wraps a rented array, which goes back to the pool on disposal.</summary>
    public static PieceContent FromRented(byte[] rented, int length) => new InMemory(rented, length);

    /// <summary>Wraps a temporary file that was opened to vanish when closed.</summary>
    public static PieceContent FromFile(FileStream file) => new InFile(file);

    private sealed class InMemory(byte[] rented, int length) : PieceContent
    {
        private byte[]? _bytes = rented;

        public override long Length => length;

        public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
        {
            TryRead(offset, destination.Span, out int read);
            return ValueTask.FromResult(read);
        }

        public override bool TryRead(long offset, Span<byte> destination, out int read)
        {
            ObjectDisposedException.ThrowIf(_bytes is null, this);
            read = (int)Math.Min(destination.Length, length - offset);
            _bytes.AsSpan((int)offset, read).CopyTo(destination);
            return true;
        }

        public override void Dispose()
        {
            if (Interlocked.Exchange(ref _bytes, null) is { Length: > 0 } bytes) ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private sealed class InFile(FileStream file) : PieceContent
    {
        public override long Length { get; } = file.Length;

        public override async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
            => await RandomAccess.ReadAsync(file.SafeFileHandle, destination, offset, cancellationToken).ConfigureAwait(false);

        public override void Dispose() => file.Dispose();
    }
}
