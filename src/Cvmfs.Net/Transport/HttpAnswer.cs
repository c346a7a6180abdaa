using Cvmfs.Net.Transport.Wire;

namespace Cvmfs.Net.Transport;

/// <summary>An answer whose head has come: what it says, and its body, all at once or still on its way. Disposing it gives up the rest.</summary>
internal abstract class HttpAnswer(ResponseHead head) : IAsyncDisposable
{
    /// <summary>What the head says.</summary>
    public ResponseHead Head { get; } = head;

    /// <summary>The whole body, where it came in one piece; it is gone with this object. Null: read <see cref="Body"/>.</summary>
    public virtual ReadOnlyMemory<byte>? Whole => null;

    /// <summary>The body, to be read once. Never ends normally before the announced length.</summary>
    public abstract Stream Body { get; }

    /// <summary>Takes note that the bytes were not what they should have been: answers of this server may have been mixed up.</summary>
    public virtual void Distrust()
    {
    }

    /// <summary>Gives up the rest, at once.</summary>
    public abstract void Drop();

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        Drop();
        return ValueTask.CompletedTask;
    }
}
