// Routing/ decides what a request is and whether it may be served, from the request line and the peer address alone.
//
//   request line ─► RequestClassifier ─► RequestTarget (views) or ProxyRequest (kept) ─► AccessPolicy ─► objects: by hash · documents: by CacheName
//
// Must stay true
//   - No header decides anything here: Host, X-Forwarded-* and the like are the client's to invent. The authority of the request line wins.
//   - The path goes on byte for byte, with its escapes and double slashes. What is kept on disk is never named after it.
//   - What is no URL of CernVM-FS is External, refused unless the destination is allowed for that, so that this is no open proxy.
using System.Buffers;
using System.Text;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Proxy.Routing;

/// <summary>Reads a request line: object, root file, server document, geo request, external data, or nothing that can be understood.</summary>
internal static class RequestClassifier
{
    /// <summary>Longest target, in bytes. Clients escape, so a long path may take three bytes a character.</summary>
    public const int MaxTargetLength = 8 << 10;

    // Printable ASCII but the mark of a fragment, which no client may send. Clients escape more than they must; a server may be asked for less.
    private static readonly SearchValues<byte> TargetBytes = SearchValues.Create([.. Enumerable.Range(0x21, 0x7f - 0x21).Select(static value => (byte)value).Where(static value => value != '#')]);

    private static readonly SearchValues<byte> RootFileBytes = SearchValues.Create("0123456789abcdefghijklmnopqrstuvwxyz._"u8);

    private static ReadOnlySpan<byte> Scheme => "http://"u8;

    private static ReadOnlySpan<byte> GeoFolder => "/api/v1.0/geo/"u8;

    /// <summary>Classifies the target of a request line. Null for what breaks the grammar of targets.</summary>
    public static ProxyRequest? Classify(string target)
    {
        if (target.Length > MaxTargetLength) return null;
        byte[] rented = ArrayPool<byte>.Shared.Rent(target.Length);
        try
        {
            var bytes = rented.AsSpan(0, Encoding.ASCII.GetBytes(target, rented));
            return !target.AsSpan().ContainsAnyExceptInRange('!', '~') && TryClassify(bytes, out var found) ? found.ToRequest() : null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Classifies the target of a request line without copying it. False for what breaks the grammar of targets.</summary>
    public static bool TryClassify(ReadOnlySpan<byte> target, out RequestTarget found)
    {
        found = default;
        if (target.Length > MaxTargetLength || target.ContainsAnyExcept(TargetBytes) || !HasWholeEscapes(target)) return false;
        if (target.StartsWith("/"u8))
        {
            found = ClassifyPath(default, target);
            return true;
        }

        if (target.Length < Scheme.Length || !Ascii.EqualsIgnoreCase(target[..Scheme.Length], Scheme)) return false;
        int slash = target[Scheme.Length..].IndexOf((byte)'/');
        if (slash < 0 || !Authority.TryRead(target.Slice(Scheme.Length, slash), out var authority)) return false;
        found = ClassifyPath(authority, target[(Scheme.Length + slash)..]);
        return true;
    }

    private static RequestTarget ClassifyPath(Authority authority, ReadOnlySpan<byte> path)
    {
        int slash = path.LastIndexOf((byte)'/');
        var name = path[(slash + 1)..];
        if (path.IndexOf((byte)'?') >= 0 || HasDotSegment(path)) return new(RequestKind.External, authority, path, default, default);
        if (TryReadObject(path, name, out var key, out var folder)) return new(RequestKind.Object, authority, path, key, LastPart(folder));
        var kind = KindOf(path, name);
        var repository = kind switch
        {
            RequestKind.Manifest or RequestKind.Whitelist or RequestKind.RootFile => LastPart(path[..slash]),
            RequestKind.Geo => LastPart(path[..path.IndexOf(GeoFolder)]),
            _ => default,
        };
        return new(kind, authority, path, default, repository);
    }

    private static RequestKind KindOf(ReadOnlySpan<byte> path, ReadOnlySpan<byte> name)
    {
        if (name.StartsWith(".cvmfs"u8))
        {
            if (name.SequenceEqual(".cvmfspublished"u8)) return RequestKind.Manifest;
            if (name.SequenceEqual(".cvmfswhitelist"u8)) return RequestKind.Whitelist;
            return name.ContainsAnyExcept(RootFileBytes) ? RequestKind.External : RequestKind.RootFile;
        }

        if (path.EndsWith("/info/v1/repositories.json"u8) || path.EndsWith("/info/v1/meta.json"u8)) return RequestKind.ServerDocument;
        if (path.IndexOf(GeoFolder) >= 0) return RequestKind.Geo;
        return name.EndsWith(".pac"u8) || name.SequenceEqual("wpad.dat"u8) ? RequestKind.ProxyScript : RequestKind.External;
    }

    /// <summary>Reads <c>…/data/ab/cdef…</c> and <c>….cvmfsalt-abcdef…</c>.</summary>
    private static bool TryReadObject(ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, out ObjectKey key, out ReadOnlySpan<byte> folder)
    {
        const int Before = 9; // "/data/ab/"
        key = default;
        folder = path[..^name.Length];
        if (name.StartsWith(".cvmfsalt-"u8))
        {
            folder = folder[..^1];
            return TryReadKey(default, name[ObjectPath.AlternativePrefix.Length..], out key);
        }

        if (folder.Length < Before || !folder[^Before..].StartsWith("/data/"u8)) return false;
        var first = folder[^3..^1];
        folder = folder[..^Before];
        return TryReadKey(first, name, out key);
    }

    private static bool TryReadKey(ReadOnlySpan<byte> first, ReadOnlySpan<byte> rest, out ObjectKey key)
    {
        Span<char> text = stackalloc char[Hashing.ContentHash.MaxTextLength + 1];
        key = default;
        if (first.Length + rest.Length > text.Length) return false;
        int length = Encoding.ASCII.GetChars(first, text);
        length += Encoding.ASCII.GetChars(rest, text[length..]);
        return ObjectKey.TryParse(text[..length], out key);
    }

    private static ReadOnlySpan<byte> LastPart(ReadOnlySpan<byte> folder) => folder[(folder.LastIndexOf((byte)'/') + 1)..];

    private static bool HasWholeEscapes(ReadOnlySpan<byte> target)
    {
        for (int at; (at = target.IndexOf((byte)'%')) >= 0; target = target[(at + 3)..])
        {
            if (target.Length < at + 3 || !char.IsAsciiHexDigit((char)target[at + 1]) || !char.IsAsciiHexDigit((char)target[at + 2])) return false;
        }

        return true;
    }

    /// <summary>Whether a server that undoes escapes could take a part of the path for "here" or "above".</summary>
    private static bool HasDotSegment(ReadOnlySpan<byte> path)
    {
        int dots = 0;
        bool onlyDots = false;
        while (!path.IsEmpty)
        {
            int length = path[0] == '%' ? 3 : 1;
            int value = length == 3 ? Hex(path[1]) << 4 | Hex(path[2]) : path[0];
            path = path[length..];
            if (value is '/' or '\\')
            {
                if (onlyDots && dots is (1 or 2)) return true;
                (dots, onlyDots) = (0, true);
            }
            else if (value == '.')
            {
                dots++;
            }
            else
            {
                onlyDots = false;
            }
        }

        return onlyDots && dots is (1 or 2);
    }

    private static int Hex(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
