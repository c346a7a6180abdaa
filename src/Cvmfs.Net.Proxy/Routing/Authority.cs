using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Cvmfs.Net.Proxy.Routing;

/// <summary>Server and port of a target: <c>host</c>, <c>host:port</c>, <c>[v6]</c> or <c>[v6]:port</c>, as views into the text.</summary>
internal readonly ref struct Authority
{
    /// <summary>The port of plain HTTP.</summary>
    public const int DefaultPort = 80;

    /// <summary>Longest name that DNS can hold.</summary>
    public const int MaxHostLength = 253;

    private const int MaxLabelLength = 63;

    private static readonly SearchValues<byte> LabelBytes = SearchValues.Create("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"u8);

    private Authority(ReadOnlySpan<byte> text, ReadOnlySpan<byte> host, int port, bool hasPort)
    {
        HasPort = hasPort;
        Text = text;
        Host = host;
        Port = port;
    }

    /// <summary>All of it, as sent.</summary>
    public ReadOnlySpan<byte> Text { get; }

    /// <summary>The host in the case it came in, without brackets and trailing dot.</summary>
    public ReadOnlySpan<byte> Host { get; }

    /// <summary>The port; 0 only where there is no authority.</summary>
    public int Port { get; }

    /// <summary>Whether the port was written.</summary>
    public bool HasPort { get; }

    /// <summary>Reads an authority; nothing with user information, zones, empty parts, or letters beyond ASCII. Names are those of hosts, underscores
    /// inside allowed, with a dot at their end or none. What ends in a number is an IPv4 address as it is usually written, or nothing: other ways of writing
    /// one would be taken for a name here and for an address elsewhere.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out Authority authority)
    {
        authority = default;
        ReadOnlySpan<byte> host, rest;
        if (text.StartsWith("["u8))
        {
            int end = text.IndexOf((byte)']');
            if (end < 0 || !IsIPv6(text[1..end])) return false;
            host = text[1..end];
            rest = text[(end + 1)..];
        }
        else
        {
            int colon = text.IndexOf((byte)':');
            host = colon < 0 ? text : text[..colon];
            rest = colon < 0 ? default : text[colon..];
            if (host.EndsWith("."u8)) host = host[..^1];
            if (host.Length > MaxHostLength || !IsName(host)) return false;
        }

        int port = DefaultPort;
        if (!rest.IsEmpty && !TryReadPort(rest, out port)) return false;
        authority = new Authority(text, host, port, !rest.IsEmpty);
        return true;
    }

    /// <summary>The one form of a host that rules and names of entries are compared in: lower case; IPv6 addresses shortened.</summary>
    public static string NormalHost(ReadOnlySpan<byte> host)
    {
        Span<char> normal = stackalloc char[MaxHostLength];
        return WriteNormalHost(host, normal) is var length and > 0 ? new string(normal[..length]) : "";
    }

    /// <summary>Writes the form of <see cref="NormalHost"/>. Allocates for IPv6 addresses only.</summary>
    /// <param name="host">A host that was read from an authority.</param>
    /// <param name="normal">At least <see cref="MaxHostLength"/> characters.</param>
    /// <returns>Characters written.</returns>
    public static int WriteNormalHost(ReadOnlySpan<byte> host, Span<char> normal)
    {
        if (host.IndexOf((byte)':') >= 0)
        {
            IPAddress.Parse(Encoding.ASCII.GetString(host)).TryFormat(normal, out int length);
            return length;
        }

        for (int at = 0; at < host.Length; at++)
        {
            normal[at] = (char)(host[at] is >= (byte)'A' and <= (byte)'Z' ? host[at] | 0x20 : host[at]);
        }

        return host.Length;
    }

    private static bool IsName(ReadOnlySpan<byte> host)
    {
        ReadOnlySpan<byte> last = default;
        for (var rest = host; ;)
        {
            int dot = rest.IndexOf((byte)'.');
            last = dot < 0 ? rest : rest[..dot];
            if (last.Length is 0 or > MaxLabelLength || last[0] is (byte)'-' or (byte)'_' || last[^1] == '-' || last.ContainsAnyExcept(LabelBytes)) return false;
            if (dot < 0) break;
            rest = rest[(dot + 1)..];
        }

        bool isNumber = !last.ContainsAnyExceptInRange((byte)'0', (byte)'9') || (last.Length > 1 && last[0] == '0' && last[1] is (byte)'x' or (byte)'X');
        return !isNumber || IsIPv4(host);
    }

    private static bool IsIPv4(ReadOnlySpan<byte> host)
    {
        if (host.Length > 15) return false;
        Span<char> characters = stackalloc char[15], written = stackalloc char[15];
        characters = characters[..Encoding.ASCII.GetChars(host, characters)];
        return IPAddress.TryParse(characters, out var address) && address.TryFormat(written, out int length) && written[..length].SequenceEqual(characters);
    }

    private static bool IsIPv6(ReadOnlySpan<byte> text)
    {
        if (text.Length > 45 || text.Contains((byte)'%')) return false;
        Span<char> characters = stackalloc char[text.Length];
        Encoding.Latin1.GetChars(text, characters);
        return IPAddress.TryParse(characters, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6;
    }

    private static bool TryReadPort(ReadOnlySpan<byte> rest, out int port)
    {
        port = 0;
        if (rest.Length is < 2 or > 6 || rest[0] != ':' || rest[1..].ContainsAnyExceptInRange((byte)'0', (byte)'9')) return false;
        port = int.Parse(rest[1..], NumberStyles.None, CultureInfo.InvariantCulture);
        return port is > 0 and <= ushort.MaxValue;
    }
}
