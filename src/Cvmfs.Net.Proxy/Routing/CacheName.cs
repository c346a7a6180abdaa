using System.Globalization;
using System.Text;

namespace Cvmfs.Net.Proxy.Routing;

/// <summary>Names of the entries that mutable answers are kept under: kind, server and path in one normal form, and never a header.</summary>
/// <remarks>Equal: letter case of the host, the port 80 written or not, a trailing dot, escaped or plain letters, digits and <c>-._~</c>.
/// Everything else that differs names something else.</remarks>
internal static class CacheName
{
    /// <summary>Room that the name of a request fits into, in characters.</summary>
    public static int Room(in RequestTarget target) => target.Host.Length + target.Path.Length + 48;

    /// <summary>Writes the name of a request. Allocates for IPv6 servers only.</summary>
    /// <param name="target">The request.</param>
    /// <param name="name">At least <see cref="Room"/> characters.</param>
    /// <returns>Characters written.</returns>
    public static int Write(in RequestTarget target, Span<char> name)
    {
        int length = 0;
        if (target.Kind == RequestKind.External) name[length++] = '!'; // a name that was escaped into another kind's form stays apart from it
        if (target.IsForward)
        {
            bool isV6 = target.Host.IndexOf((byte)':') >= 0;
            if (isV6) name[length++] = '[';
            length += Authority.WriteNormalHost(target.Host, name[length..]);
            if (isV6) name[length++] = ']';
            if (target.Port != Authority.DefaultPort)
            {
                name[length++] = ':';
                target.Port.TryFormat(name[length..], out int digits, default, CultureInfo.InvariantCulture);
                length += digits;
            }
        }

        return length + WritePath(target.Path, name[length..]);
    }

    /// <summary>The name as text.</summary>
    public static string Of(in RequestTarget target)
    {
        Span<char> name = stackalloc char[Room(target)];
        return new string(name[..Write(target, name)]);
    }

    /// <summary>The name of a request that is kept.</summary>
    /// <exception cref="ArgumentException">The request was not made by the classifier.</exception>
    public static string Of(ProxyRequest request)
        => RequestClassifier.TryClassify(Encoding.ASCII.GetBytes(request.Target), out var target)
            ? Of(target)
            : throw new ArgumentException($"\"{request.Target}\" is no target.", nameof(request));

    private static int WritePath(ReadOnlySpan<byte> path, Span<char> name)
    {
        int plain = path.IndexOf((byte)'%');
        if (plain < 0) return Encoding.ASCII.GetChars(path, name);
        int length = 0;
        for (int at = 0; at < path.Length; at++)
        {
            if (path[at] == '%' && IsUnreserved(Value(path, at)))
            {
                name[length++] = Value(path, at);
                at += 2;
            }
            else
            {
                name[length++] = (char)path[at];
            }
        }

        return length;
    }

    private static char Value(ReadOnlySpan<byte> path, int at) => (char)byte.Parse(path.Slice(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static bool IsUnreserved(char value) => char.IsAsciiLetterOrDigit(value) || value is '-' or '.' or '_' or '~';
}
