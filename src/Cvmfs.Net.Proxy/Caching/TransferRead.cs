namespace Cvmfs.Net.Proxy.Caching;

/// <summary>A piece of a shared transfer.</summary>
/// <param name="Bytes">The bytes; they stay valid and unchanged as long as they are referenced.</param>
/// <param name="State">Whether more follow.</param>
internal readonly record struct TransferRead(ReadOnlyMemory<byte> Bytes, TransferState State);

/// <summary>Where a reader of a shared transfer stands.</summary>
internal enum TransferState
{
    /// <summary>There are bytes, more may follow.</summary>
    More,

    /// <summary>All bytes were read, and they are the object.</summary>
    Complete,

    /// <summary>The bytes read so far must not be taken for the object.</summary>
    Broken,
}
