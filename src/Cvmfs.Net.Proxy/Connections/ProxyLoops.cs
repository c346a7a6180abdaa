// Connections/ answers plain requests of clients where they arrive, on the event loops of Cvmfs.Net.Connections.
//
//   RequestHead ─► RequestClassifier ─► AccessPolicy ─┬─ object kept ─► memory or file, at once
//                                                     ├─ object not kept ─► SharedTransfer ◄─ away until more may be shown, again and again
//                                                     ├─ document alive ─► memory, at once;  otherwise away until it is fetched
//                                                     └─ anything else, and every refusal ─► the web server, from the first byte of the request on
// Must stay true
//   - Both ways give the same answers. What this side does not understand completely, or would refuse, the other side sees unchanged.
//   - No thread waits for a client, and nothing is copied for one: a reader of a transfer is a position.
using System.Net;
using System.Text;
using Cvmfs.Net.Connections;
using Cvmfs.Net.Proxy.Diagnostics;
using Cvmfs.Net.Proxy.Documents;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Storage;
using Cvmfs.Net.Proxy.Transfers;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Proxy.Connections;

/// <summary>What the proxy's event loops use of it.</summary>
internal sealed class ProxyLoops : LoopServer
{
    private readonly Func<AccessPolicy> _access;
    private readonly Func<bool> _hasUpstreams;
    private readonly ConnectionCounts _counts;
    private readonly byte[] _pseudonym;

    public ProxyLoops(
        Func<AccessPolicy> access,
        Func<bool> hasUpstreams,
        ObjectCache cache,
        TransferTable transfers,
        DocumentCache documents,
        ProxyMetrics metrics,
        RequestJournal journal,
        ConnectionCounts counts,
        string pseudonym,
        TimeProvider clock,
        TimeProvider time,
        ILogger logger)
        : base(time, logger)
    {
        (_access, _hasUpstreams, Cache, Transfers, Documents) = (access, hasUpstreams, cache, transfers, documents);
        _pseudonym = Encoding.ASCII.GetBytes(pseudonym);
        (Metrics, Journal, _counts, Clock) = (metrics, journal, counts, clock);
    }

    /// <summary>Who may ask for what, now.</summary>
    public AccessPolicy Access => _access();

    /// <summary>Whether there are servers for requests that name none.</summary>
    public bool HasUpstreams => _hasUpstreams();

    public ObjectCache Cache { get; }

    public TransferTable Transfers { get; }

    public DocumentCache Documents { get; }

    public ProxyMetrics Metrics { get; }

    public RequestJournal Journal { get; }

    /// <summary>The time by which documents live; <see cref="LoopServer.Time"/> is that of connections.</summary>
    public TimeProvider Clock { get; }

    /// <summary>Whether a value of Via names this very proxy.</summary>
    public bool NamesThis(ReadOnlySpan<byte> via)
    {
        for (int at = 0; at + _pseudonym.Length <= via.Length; at++)
        {
            if (Ascii.EqualsIgnoreCase(via.Slice(at, _pseudonym.Length), _pseudonym)) return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public override LoopHandler CreateHandler() => new ProxyHandler(this);

    /// <inheritdoc/>
    public override ClientConnection CreateClient(int descriptor, IPAddress address) => new ProxyClient(descriptor, address, this);

    /// <inheritdoc/>
    public override void Opened() => _counts.Opened();

    /// <inheritdoc/>
    public override void Closed() => _counts.Closed();

    /// <inheritdoc/>
    public override void Refused() => _counts.Refused();

    /// <inheritdoc/>
    public override void HandedOver() => _counts.HandedOver();
}
