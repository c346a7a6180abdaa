namespace Cvmfs.Net.Proxy.Transfers;

/// <summary>One reader of a transfer. Used by one thread at a time, but for <see cref="Advanced"/>.</summary>
internal abstract class TransferWatcher
{
    private int _isArmed;

    /// <summary>Bytes it has taken. The reader adds what it took of each piece before it asks for the next one.</summary>
    public long Position { get; set; }

    /// <summary>First byte it does not want any more.</summary>
    public long End { get; private set; } = long.MaxValue;

    /// <summary>Bytes at the end of what it wants that it gets when all of the object has proved right: it must not have a part for right before.</summary>
    internal long Withheld { get; private set; }

    /// <summary>Wants a part only. Before it takes any bytes.</summary>
    /// <param name="start">First byte.</param>
    /// <param name="length">Bytes, from 1.</param>
    public void Select(long start, long length)
        => (Position, End, Withheld) = (start, start + length, Math.Clamp(length / 2, 1, SharedTransfer.WithheldBytes));

    /// <summary>Wants everything, from the first byte on.</summary>
    internal void SelectAll() => (Position, End, Withheld) = (0, long.MaxValue, 0);

    /// <summary>Its place among the readers; the transfer's.</summary>
    internal int Place { get; set; }

    /// <summary>Is called once after each <see cref="TransferState.Waiting"/>, from any thread, when it makes sense to ask again. Must not take long.</summary>
    public abstract void Advanced();

    /// <summary>Makes it one that is to be told.</summary>
    internal void Arm() => Volatile.Write(ref _isArmed, 1);

    /// <summary>Takes the right to tell it, or to know that nobody will.</summary>
    internal bool TryDisarm() => Interlocked.Exchange(ref _isArmed, 0) != 0;
}
