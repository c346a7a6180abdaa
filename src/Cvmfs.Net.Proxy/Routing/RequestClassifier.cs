// Routing/ decides what a request is and whether it may be served, from the request line and the peer address alone.
//
//   request line ─► RequestClassifier ─► ProxyRequest ─► AccessPolicy ─► Caching/ and Upstreams/
//
// Must stay true
//   - No header decides anything here: Host, X-Forwarded-* and the like are the client's to invent. The authority of the request line wins.
//   - What is not the URL space of CernVM-FS is refused, so that this is no open proxy for anything else.
//   - The path goes on byte for byte. Characters that a client would have escaped, and dot segments, are refused rather than repaired.
using System.Buffers;
using System.Net;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Proxy.Routing;

/// <summary>Reads a request line: object, root file, server document, geo request, or nothing that this proxy serves.</summary>
internal static class RequestClassifier
{
    /// <summary>Longest path. The longest real ones, geo requests with many names, stay far below.</summary>
    public const int MaxPathLength = 2048;

    private const string Scheme = "http://";
    private const string GeoPrefix = "/api/v1.0/geo/";
    private const string ObjectFolder = "/" + ObjectPath.DataFolder + "/";

    // What clients leave unescaped in a URL. There is no '%' among them: a name that needs one is not part of the URL space served here.
    private static readonly SearchValues<char> PathCharacters =
        SearchValues.Create("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/:.@+-_~[],");

    private static readonly SearchValues<char> HostCharacters = SearchValues.Create("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-");

    private static readonly SearchValues<char> RootFileCharacters = SearchValues.Create("0123456789abcdefghijklmnopqrstuvwxyz._");

    /// <summary>Classifies the target of a request line. Null for everything that is not served.</summary>
    public static ProxyRequest? Classify(string target)
    {
        if (target.StartsWith('/')) return ClassifyPath("", 0, target);
        if (!target.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        int slash = target.IndexOf('/', Scheme.Length);
        if (slash < 0) return null;
        return TryReadAuthority(target.AsSpan(Scheme.Length, slash - Scheme.Length), out string host, out int port)
            ? ClassifyPath(host, port, target[slash..])
            : null;
    }

    private static ProxyRequest? ClassifyPath(string host, int port, string path)
    {
        if (path.Length > MaxPathLength || path.AsSpan().ContainsAnyExcept(PathCharacters) || HasDotSegment(path)) return null;

        int folder = path.LastIndexOf(ObjectFolder, StringComparison.Ordinal);
        if (folder >= 0 && ObjectPath.TryParse(path.AsSpan(folder + 1), out var key)) return new(RequestKind.Object, host, port, path, key);

        string name = path[(path.LastIndexOf('/') + 1)..];
        if (name.StartsWith(ObjectPath.AlternativePrefix, StringComparison.Ordinal))
        {
            return ObjectKey.TryParse(name.AsSpan(ObjectPath.AlternativePrefix.Length), out var alternative)
                ? new(RequestKind.Object, host, port, path, alternative)
                : null;
        }

        if (name == RootFileNames.Manifest) return new(RequestKind.Manifest, host, port, path, null);
        if (name.StartsWith(".cvmfs", StringComparison.Ordinal))
        {
            return name.AsSpan().ContainsAnyExcept(RootFileCharacters) ? null : new(RequestKind.RootFile, host, port, path, null);
        }

        if (path.EndsWith("/info/v1/repositories.json", StringComparison.Ordinal) || path.EndsWith("/info/v1/meta.json", StringComparison.Ordinal))
        {
            return new(RequestKind.ServerDocument, host, port, path, null);
        }

        return path.Contains(GeoPrefix, StringComparison.Ordinal) ? new(RequestKind.Geo, host, port, path, null) : null;
    }

    private static bool HasDotSegment(string path)
        => path.Contains("/../", StringComparison.Ordinal) || path.Contains("/./", StringComparison.Ordinal)
            || path.EndsWith("/..", StringComparison.Ordinal) || path.EndsWith("/.", StringComparison.Ordinal);

    /// <summary>Reads <c>host</c>, <c>host:port</c>, <c>[v6]</c> or <c>[v6]:port</c>; nothing with user information, zones or empty parts.</summary>
    internal static bool TryReadAuthority(ReadOnlySpan<char> authority, out string host, out int port)
    {
        (host, port) = ("", 80);
        ReadOnlySpan<char> name, rest;
        if (authority.StartsWith("["))
        {
            int end = authority.IndexOf(']');
            if (end < 0 || authority[1..end].Contains('%') || !IPAddress.TryParse(authority[1..end], out var address)) return false;
            host = address.ToString();
            rest = authority[(end + 1)..];
        }
        else
        {
            int colon = authority.IndexOf(':');
            name = colon < 0 ? authority : authority[..colon];
            rest = colon < 0 ? default : authority[colon..];
            if (name.EndsWith(".")) name = name[..^1];
            if (name.IsEmpty || name.Length > 253 || name.ContainsAnyExcept(HostCharacters)) return false;
            host = name.ToString().ToLowerInvariant();
        }

        if (rest.IsEmpty) return true;
        return rest[0] == ':' && int.TryParse(rest[1..], System.Globalization.NumberStyles.None, null, out port) && port is > 0 and <= 65535;
    }
}
