using System.Net;
using Cvmfs.Net.Connections;
using Cvmfs.Net.Server.Content;
using Cvmfs.Net.Server.Objects;

namespace Cvmfs.Net.Server.Connections;

/// <summary>A client and its request for content.</summary>
internal sealed class ContentClient(int descriptor, IPAddress address) : ClientConnection(descriptor, address)
{
    /// <summary>What it asked for, while it is away; and the answer when it comes back.</summary>
    public RequestCopy? Asked { get; set; }

    public Answer Answer { get; set; }

    public bool IsHead { get; set; }

    /// <summary>Value of the Range header; null where it does not count.</summary>
    public string? Range { get; set; }

    /// <inheritdoc/>
    public override void Release()
    {
        Answer.File?.Dispose();
        Answer = default;
        base.Release();
    }
}
