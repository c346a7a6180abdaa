using System.Buffers;
using System.Text;

namespace Cvmfs.Net.Connections;

/// <summary>A request so plain that there is no doubt what it means. Everything else is for the web server's own parser, which judges it.</summary>
/// <remarks>
/// Plain is: GET or HEAD of a path or of an http URL, HTTP/1.1, one Host, every header a token, a colon and visible characters; no body, no
/// expectation, no upgrade. A program that takes fewer requests for plain looks at the rest of what is reported. Nothing is repaired or guessed here, so this parser and the other one cannot disagree about where a request ends.
/// </remarks>
internal readonly ref struct RequestHead
{
    /// <summary>Most fields of a plain head; far more than any client sends.</summary>
    private const int MaxFields = 48;

    private static readonly SearchValues<byte> TokenBytes =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private static readonly SearchValues<byte> ValueBytes = SearchValues.Create([9, .. Enumerable.Range(32, 95).Select(value => (byte)value)]);

    private static readonly SearchValues<byte> HostBytes = SearchValues.Create("-.:0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"u8);

    private static readonly SearchValues<byte> TargetBytes = SearchValues.Create([.. Enumerable.Range(33, 94).Select(value => (byte)value)]);

    private RequestHead(bool isHead, bool isAbsolute, ReadOnlySpan<byte> target, scoped in Fields fields)
    {
        IsHead = isHead;
        IsAbsolute = isAbsolute;
        Target = target;
        Range = fields.Range;
        UserAgent = fields.UserAgent;
        Info = fields.Info;
        IfRange = fields.IfRange;
        IfNoneMatch = fields.IfNoneMatch;
        Via = fields.Via;
        IsFromSibling = fields.IsFromSibling;
        Closes = fields.Closes;
        WantsFresh = fields.WantsFresh;
        IsDemanding = fields.IsDemanding;
        IsConditional = fields.IsConditional;
    }

    private static ReadOnlySpan<byte> Scheme => "http://"u8;

    /// <summary>HEAD rather than GET.</summary>
    public bool IsHead { get; }

    /// <summary>The target, as it came.</summary>
    public ReadOnlySpan<byte> Target { get; }

    /// <summary>Value of the Range header; empty where there is none.</summary>
    public ReadOnlySpan<byte> Range { get; }

    /// <summary>Whether the target is a URL, as it is sent to forward proxies.</summary>
    public bool IsAbsolute { get; }

    /// <summary>Value of the User-Agent header; empty where there is none.</summary>
    public ReadOnlySpan<byte> UserAgent { get; }

    /// <summary>Value of the cvmfs-info header; empty where there is none.</summary>
    public ReadOnlySpan<byte> Info { get; }

    /// <summary>Whether the client asks past caches, with no-cache and nothing else.</summary>
    public bool WantsFresh { get; }

    /// <summary>Value of the Via header; empty where there is none.</summary>
    public ReadOnlySpan<byte> Via { get; }

    /// <summary>Whether a proxy asks that shares its cache with the one that is asked.</summary>
    public bool IsFromSibling { get; }

    /// <summary>Whether there is something that matters to caches: credentials, several earlier proxies, another wish about caching.</summary>
    public bool IsDemanding { get; }

    /// <summary>Whether the client has a copy and wants another one only if that differs.</summary>
    public bool IsConditional { get; }

    /// <summary>Value of the If-None-Match header; empty where there is none.</summary>
    public ReadOnlySpan<byte> IfNoneMatch { get; }

    /// <summary>Value of the If-Range header; empty where there is none.</summary>
    public ReadOnlySpan<byte> IfRange { get; }

    /// <summary>Whether the range depends on a validator.</summary>
    public bool HasIfRange => !IfRange.IsEmpty;

    /// <summary>Whether the client wants the connection closed afterwards.</summary>
    public bool Closes { get; }

    /// <summary>Whether what has come so far can become a plain request.</summary>
    public static bool MayBegin(ReadOnlySpan<byte> bytes)
        => bytes.Length >= 5 ? bytes.StartsWith("GET "u8) || bytes.StartsWith("HEAD "u8) : "GET "u8.StartsWith(bytes) || "HEAD "u8.StartsWith(bytes) || bytes.StartsWith("GET "u8);

    /// <summary>Reads a head that ends with an empty line.</summary>
    public static bool TryRead(ReadOnlySpan<byte> head, out RequestHead request)
    {
        request = default;
        bool isHead = head.StartsWith("HEAD "u8);
        if (!isHead && !head.StartsWith("GET "u8)) return false;
        int end = head.IndexOf((byte)'\r');
        var line = head[(isHead ? 5 : 4)..end];
        if (!line.EndsWith(" HTTP/1.1"u8) || head[end + 1] != '\n') return false;
        var target = line[..^9];
        if (target.IsEmpty || target.ContainsAnyExcept(TargetBytes)) return false;
        bool isAbsolute = target[0] != '/';
        if (isAbsolute && (target.Length < Scheme.Length || !Ascii.EqualsIgnoreCase(target[..Scheme.Length], Scheme))) return false;

        var fields = new Fields();
        int count = 0;
        for (var rest = head[(end + 2)..]; ;)
        {
            end = rest.IndexOf((byte)'\r');
            if (end == 0) break; // the empty line
            if (++count > MaxFields || rest[end + 1] != '\n' || !fields.TryTake(rest[..end])) return false;
            rest = rest[(end + 2)..];
        }

        if (!fields.HasHost) return false;
        request = new RequestHead(isHead, isAbsolute, target, fields);
        return true;
    }

    private ref struct Fields
    {
        public bool HasHost;
        public bool Closes;
        public bool WantsFresh;
        public bool IsDemanding;
        public bool IsConditional;
        public bool IsFromSibling;
        public ReadOnlySpan<byte> Range;
        public ReadOnlySpan<byte> IfRange;
        public ReadOnlySpan<byte> IfNoneMatch;
        public ReadOnlySpan<byte> Via;
        public ReadOnlySpan<byte> UserAgent;
        public ReadOnlySpan<byte> Info;
        private bool _hasConnection;

        public bool TryTake(ReadOnlySpan<byte> line)
        {
            int colon = line.IndexOf((byte)':');
            if (colon <= 0) return false;
            var name = line[..colon];
            var value = line[(colon + 1)..].Trim(" \t"u8);
            if (name.ContainsAnyExcept(TokenBytes) || value.ContainsAnyExcept(ValueBytes)) return false;
            switch (name.Length)
            {
                case 4 when Is(name, "host"u8):
                    if (HasHost || value.IsEmpty || value.ContainsAnyExcept(HostBytes)) return false;
                    return HasHost = true;
                case 13 when Is(name, "if-none-match"u8):
                    if (value.IsEmpty || !IfNoneMatch.IsEmpty) return false;
                    IfNoneMatch = value;
                    return IsConditional = true;
                case 17 when Is(name, "if-modified-since"u8):
                    return IsConditional = true;
                case 3 when Is(name, "via"u8):
                    if (value.IsEmpty || !Via.IsEmpty) return false;
                    Via = value;
                    return true;
                case 15 when Is(name, "x-cvmfs-sibling"u8):
                    return IsFromSibling = true;
                case 13 when Is(name, "authorization"u8):
                case 19 when Is(name, "proxy-authorization"u8):
                    return IsDemanding = true;
                case 6 when Is(name, "pragma"u8):
                case 13 when Is(name, "cache-control"u8):
                    if (Is(value, "no-cache"u8)) return WantsFresh = true;
                    return IsDemanding = true;
                case 10 when Is(name, "user-agent"u8):
                    UserAgent = value;
                    return true;
                case 10 when Is(name, "cvmfs-info"u8):
                    Info = value;
                    return true;
                case 5 when Is(name, "range"u8):
                    if (!Range.IsEmpty) return false;
                    Range = value;
                    return true;
                case 8 when Is(name, "if-range"u8):
                    if (value.IsEmpty || !IfRange.IsEmpty) return false;
                    IfRange = value;
                    return true;
                case 10 when Is(name, "connection"u8):
                    if (_hasConnection) return false;
                    _hasConnection = true;
                    Closes = Is(value, "close"u8);
                    return Closes || Is(value, "keep-alive"u8);
                case 6 when Is(name, "expect"u8):
                case 7 when Is(name, "upgrade"u8):
                case 14 when Is(name, "content-length"u8):
                case 17 when Is(name, "transfer-encoding"u8):
                    return false;
                default:
                    return true;
            }
        }

        private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lower) => Ascii.EqualsIgnoreCase(text, lower);
    }
}
