using System.Net;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Connections;

/// <summary>A program whose clients are served by event loops: what the loops ask of it. Called from any loop's thread.</summary>
internal abstract class LoopServer(TimeProvider time, ILogger logger)
{
    public TimeProvider Time { get; } = time;

    public ILogger Logger { get; } = logger;

    /// <summary>Makes the handler of one loop, which only that loop's thread uses.</summary>
    public abstract LoopHandler CreateHandler();

    /// <summary>Makes what is known of a new client. The descriptor stays the loop's.</summary>
    public virtual ClientConnection CreateClient(int descriptor, IPAddress address) => new(descriptor, address);

    /// <summary>Takes note of a new connection.</summary>
    public virtual void Opened()
    {
    }

    /// <summary>Takes note that a connection has ended.</summary>
    public virtual void Closed()
    {
    }

    /// <summary>Takes note that a connection was closed at once, or an idle one before its time: a limit was reached.</summary>
    public virtual void Refused()
    {
    }

    /// <summary>Takes note that a connection went on to the web server.</summary>
    public virtual void HandedOver()
    {
    }
}
