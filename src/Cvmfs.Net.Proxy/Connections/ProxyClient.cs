using System.Net;
using Cvmfs.Net.Connections;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Proxy.Diagnostics;
using Cvmfs.Net.Proxy.Documents;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Transfers;

namespace Cvmfs.Net.Proxy.Connections;

/// <summary>A client of the proxy and what it waits for. Only its loop touches it, but for an answer that is brought while it is away.</summary>
internal sealed class ProxyClient(int descriptor, IPAddress address, ProxyLoops loops) : ClientConnection(descriptor, address)
{
    /// <summary>The policy that was asked last whether this client may ask at all, and what it said.</summary>
    public (AccessPolicy? By, bool Allowed) Admission { get; set; }

    /// <summary>The server it named last, allowed by that policy; as it was written.</summary>
    public byte[] Approved { get; set; } = [];

    public bool IsHead { get; set; }

    /// <summary>Value of the Range header; null where it does not count.</summary>
    public string? Range { get; set; }

    /// <summary>The object it asked for.</summary>
    public ContentHash Hash { get; set; }

    /// <summary>Whether it has that object, and wants another one only.</summary>
    public bool HasCopy { get; set; }

    /// <summary>What it reads; null where it reads no transfer.</summary>
    public SharedTransfer? Transfer { get; set; }

    /// <summary>It as a reader; made for the first transfer.</summary>
    public ClientWatcher? Watcher { get; set; }

    /// <summary>What it asked for, where that has to be known later.</summary>
    public ProxyRequest? Asked { get; set; }

    /// <summary>The head of its request, where another parser may have to see it yet.</summary>
    public byte[] AskedHead { get; set; } = [];

    /// <summary>Whether it has seen bad bytes.</summary>
    public bool IsSuspicious { get; set; }

    /// <summary>Whether its request began the transfer.</summary>
    public bool IsFirst { get; set; }

    /// <summary>How often it was moved from a transfer that failed to another one.</summary>
    public int Moves { get; set; }

    /// <summary>Whether the head of the answer is out.</summary>
    public bool HasBegun { get; set; }

    /// <summary>Whether the answer goes out in chunks, for nobody knows its length.</summary>
    public bool IsChunked { get; set; }

    /// <summary>The document that was brought for it.</summary>
    public DocumentAnswer Answer { get; set; }

    /// <summary>Whether <see cref="Answer"/> is there.</summary>
    public bool HasAnswer { get; set; }

    /// <summary>What will be noted when the answer is out; meaningful while <see cref="ClientConnection.IsUnfinished"/> or away.</summary>
    public RequestRecord Record { get; set; }

    /// <summary>When the request came, in the loop's time; zero where nothing is left to be noted.</summary>
    public long Began { get; set; }

    /// <summary>Notes a request that is over.</summary>
    public void Note(in RequestRecord record)
    {
        loops.Journal.Write(Began == 0 ? record : record with { Duration = loops.Time.GetElapsedTime(Began) });
        if (Began != 0) loops.Metrics.Finished();
        Began = 0;
    }

    /// <summary>Begins to wait for something other than the cache.</summary>
    public void Wait(long now)
    {
        Began = Math.Max(now, 1);
        loops.Metrics.Began();
    }

    /// <summary>Ends reading.</summary>
    public void LeaveTransfer()
    {
        Transfer?.Leave(Watcher!);
        Transfer = null;
    }

    /// <inheritdoc/>
    protected override void FileFailed() => loops.Cache.ReportUnreadable(Hash, new IOException($"The file of {Hash} cannot be read, or is shorter than it was."));

    /// <inheritdoc/>
    public override void Release()
    {
        LeaveTransfer();
        if (Began != 0) Note(Record with { Status = HasBegun ? Record.Status : 0, Result = RequestResult.Error });
        (Asked, AskedHead, Answer) = (null, [], default);
        base.Release();
    }
}
