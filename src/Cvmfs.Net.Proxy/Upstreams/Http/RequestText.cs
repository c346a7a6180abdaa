using System.Text;

namespace Cvmfs.Net.Proxy.Upstreams.Http;

/// <summary>A request as it goes over the wire: nothing in it comes from a client's headers but the address that is told to an own server.</summary>
/// <param name="IsHead">HEAD in place of GET.</param>
/// <param name="Prefix">What stands before the path in the target: scheme and server towards a proxy, nothing towards the server itself.</param>
/// <param name="Path">Path, byte for byte; ASCII without blanks and controls.</param>
/// <param name="Tail">Everything behind the target up to the last field that all requests to this server share.</param>
/// <param name="Extra">Further field lines with their line ends, or nothing.</param>
internal readonly record struct RequestText(bool IsHead, string Prefix, string Path, byte[] Tail, string Extra)
{
    /// <summary>Bytes of the request.</summary>
    public int Bytes => 5 + Prefix.Length + Path.Length + Tail.Length + Extra.Length + 2;

    /// <summary>Writes it.</summary>
    /// <param name="to">At least <see cref="Bytes"/>.</param>
    /// <returns>Bytes written.</returns>
    public int Write(Span<byte> to)
    {
        var method = IsHead ? "HEAD "u8 : "GET "u8;
        method.CopyTo(to);
        int at = method.Length;
        at += Encoding.ASCII.GetBytes(Prefix, to[at..]);
        at += Encoding.ASCII.GetBytes(Path, to[at..]);
        Tail.CopyTo(to[at..]);
        at += Tail.Length;
        at += Encoding.ASCII.GetBytes(Extra, to[at..]);
        "\r\n"u8.CopyTo(to[at..]);
        return at + 2;
    }
}
