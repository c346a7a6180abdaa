using Cvmfs.Net.Proxy.Storage;

namespace Cvmfs.Net.Proxy.Transfers;

/// <summary>Where a reader of a transfer stands.</summary>
internal enum TransferState : byte
{
    /// <summary>Nothing more may be shown yet; the reader is told when that changes.</summary>
    Waiting,

    /// <summary>There are bytes, more may follow.</summary>
    More,

    /// <summary>These are the last bytes, if any, and all of them are the object.</summary>
    Complete,

    /// <summary>There is no object to be had, and no byte of one was shown to anybody.</summary>
    Failed,

    /// <summary>Bytes were shown that must not be taken for the object. Who got none may ask again.</summary>
    Broken,
}

/// <summary>The next bytes of a transfer for one reader: in memory, or in a file. They stay as they are while the reader has not left.</summary>
/// <param name="State">What they are, if there are any.</param>
/// <param name="Bytes">Where they are, if in memory.</param>
/// <param name="File">Where they are, if in a file.</param>
/// <param name="Start">Where in it they begin.</param>
/// <param name="Length">How many.</param>
internal readonly record struct TransferPiece(TransferState State, byte[]? Bytes, ObjectFile? File, long Start, long Length)
{
    public TransferPiece(TransferState state)
        : this(state, null, null, 0, 0)
    {
    }

    /// <summary>Bytes of the whole object; null where the server did not say and the end has not come.</summary>
    public long? Total { get; init; }

    /// <summary>Whether a reader may wait for a part of the object: the fetch does not wait for its readers.</summary>
    public bool MaySelect { get; init; }
}
