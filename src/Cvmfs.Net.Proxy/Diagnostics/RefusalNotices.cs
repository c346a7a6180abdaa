using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Proxy.Diagnostics;

/// <summary>Tells the operator once of each client and server that is refused, and which setting would let it in. Safe for concurrent use.</summary>
/// <remarks>Most refusals are a setting that somebody forgot. Who refuses without a word is taken for broken; who logs each one can be made to fill a disk:
/// only so many different names are told of, metrics count the rest.</remarks>
internal sealed class RefusalNotices(ILogger logger)
{
    private const int MostNames = 64;

    private readonly ConcurrentDictionary<string, byte> _told = new(StringComparer.Ordinal);
    private int _names;

    /// <summary>A client that is in none of the networks.</summary>
    public void Client(IPAddress? address)
    {
        string name = address?.ToString() ?? "unknown";
        if (IsNew(name)) logger.ClientRefused(name);
    }

    /// <summary>A server that no rule names.</summary>
    /// <param name="server">Host and port.</param>
    public void Server(string server)
    {
        if (IsNew(server)) logger.ServerRefused(server);
    }

    /// <summary>A server whose name leads to private addresses only.</summary>
    /// <param name="server">Host and port.</param>
    public void PrivateServer(string server)
    {
        if (IsNew("private " + server)) logger.PrivateServerRefused(server);
    }

    // Counted here: asking the dictionary takes all of its locks, and whoever is refused may ask often.
    private bool IsNew(string name)
    {
        if (Volatile.Read(ref _names) >= MostNames || !_told.TryAdd(name, 0)) return false;
        return Interlocked.Increment(ref _names) <= MostNames;
    }
}
