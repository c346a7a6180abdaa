namespace Cvmfs.Net.Proxy.Transfers;

/// <summary>One reader of a transfer. Used by one thread at a time, but for <see cref="Advanced"/>.</summary>
internal abstract class TransferWatcher
{
    private int _isArmed;

    /// <summary>Bytes it has taken. The reader adds what it took of each piece before it asks for the next one.</summary>
    public long Position { get; set; }

    /// <summary>Its place among the readers; the transfer's.</summary>
    internal int Place { get; set; }

    /// <summary>Is called once after each <see cref="TransferState.Waiting"/>, from any thread, when it makes sense to ask again. Must not take long.</summary>
    public abstract void Advanced();

    /// <summary>Makes it one that is to be told.</summary>
    internal void Arm() => Volatile.Write(ref _isArmed, 1);

    /// <summary>Takes the right to tell it, or to know that nobody will.</summary>
    internal bool TryDisarm() => Interlocked.Exchange(ref _isArmed, 0) != 0;
}
