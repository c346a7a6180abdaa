using System.Text;

namespace Cvmfs.Net.Transport.Wire;

/// <summary>One request and the wait for the head of its answer.</summary>
/// <remarks>Where that is asked for, whoever waits goes on in the connection's own loop, on the thread that received the answer: what it asks for
/// next leaves together with the requests of its neighbours, in one packet.</remarks>
/// <param name="url">For messages.</param>
/// <param name="target">Request target, escaped.</param>
/// <param name="tail">Everything behind the target, from the blank before "HTTP/1.1" to the last line end but one.</param>
/// <param name="extra">A further field line with its line end, or nothing.</param>
/// <param name="isHead">HEAD in place of GET.</param>
/// <param name="continuesInLoop">Whether whoever waits goes on in the connection's loop.</param>
internal sealed class WireExchange(string url, string target, byte[] tail, string extra, bool isHead, bool continuesInLoop)
    : TaskCompletionSource<HttpAnswer>(continuesInLoop ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>For messages.</summary>
    public string Url { get; } = url;

    /// <summary>Whether no body will follow, whatever the head announces.</summary>
    public bool IsHead { get; } = isHead;

    /// <summary>How often it was sent on a connection that ended before the answer.</summary>
    public int Repetitions { get; set; }

    /// <summary>Timestamp of when it was handed to a connection.</summary>
    public long SentAt { get; set; }

    /// <summary>Bytes of the request.</summary>
    public int RequestBytes => 6 + target.Length + tail.Length + extra.Length + 2;

    /// <summary>Writes the request.</summary>
    /// <param name="to">At least <see cref="RequestBytes"/>.</param>
    /// <returns>Bytes written.</returns>
    public int Write(Span<byte> to)
    {
        var method = IsHead ? "HEAD "u8 : "GET "u8;
        method.CopyTo(to);
        int at = method.Length;
        at += Encoding.ASCII.GetBytes(target, to[at..]);
        tail.CopyTo(to[at..]);
        at += tail.Length;
        at += Encoding.ASCII.GetBytes(extra, to[at..]);
        "\r\n"u8.CopyTo(to[at..]);
        return at + 2;
    }
}
