using System.Buffers;

namespace Cvmfs.Net.Transport.Wire;

/// <summary>A pooled buffer into which a connection receives, and of which answers may hold parts.</summary>
/// <remarks>The connection holds one share, each answer that was handed out in one piece another. Whoever gives back the last one gives the
/// buffer back. Bytes that were handed out are never moved: a connection that needs room while others hold shares takes a new slab.</remarks>
internal sealed class ReceiveSlab
{
    /// <summary>An answer of 64 KiB with its head fits, whatever came before it in the first half.</summary>
    public const int Bytes = 128 * 1024;

    private int _shares = 1;

    /// <summary>The bytes. Rented ones may be more than <see cref="Bytes"/>.</summary>
    public byte[] Buffer { get; } = ArrayPool<byte>.Shared.Rent(Bytes);

    /// <summary>Whether anybody besides the connection holds a part.</summary>
    public bool IsShared => Volatile.Read(ref _shares) > 1;

    /// <summary>Takes a share.</summary>
    public void Share() => Interlocked.Increment(ref _shares);

    /// <summary>Gives a share back; exactly once for each.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _shares) == 0) ArrayPool<byte>.Shared.Return(Buffer);
    }
}
