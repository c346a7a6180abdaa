using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Cvmfs.Net.Connections;
using Cvmfs.Net.Server.Content;
using Cvmfs.Net.Server.Objects;

namespace Cvmfs.Net.Server.Connections;

/// <summary>Writes status line and headers. What does not change within a second is made once a second. One event loop each.</summary>
internal sealed class ResponseHead(ContentHeaders headers)
{
    /// <summary>Longest head that is written.</summary>
    public const int MaxBytes = 640;

    private readonly byte[]?[] _whole = new byte[ContentHeaders.Classes][];
    private readonly byte[]?[] _part = new byte[ContentHeaders.Classes][];
    private byte[]? _notFound;
    private byte[]? _failed;
    private long _second = long.MinValue;
    private DateTimeOffset _now;

    /// <summary>Says what time it is; called once for each round of events.</summary>
    public void SetTime(DateTimeOffset now)
    {
        long second = now.ToUnixTimeSeconds();
        if (second == _second) return;
        (_second, _now, _notFound, _failed) = (second, now, null, null);
        Array.Clear(_whole);
        Array.Clear(_part);
    }

    /// <summary>The head of a whole content.</summary>
    public int WriteWhole(Span<byte> target, ContentClass content, long length, bool closes)
        => Finish(target, _whole[(int)content] ??= Make("200 OK", content), length, closes);

    /// <summary>The head of a part of a content.</summary>
    public int WritePart(Span<byte> target, ContentClass content, ByteRange range, long length, bool closes)
    {
        byte[] fixedPart = _part[(int)content] ??= Make("206 Partial Content", content);
        var line = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"Content-Range: bytes {range.Start}-{range.Start + range.Length - 1}/{length}\r\n"));
        return Finish(target, fixedPart, range.Length, closes, line);
    }

    /// <summary>The head for a part that there is not.</summary>
    public int WriteUnsatisfiable(Span<byte> target, ContentClass content, long length, bool closes)
    {
        var lifetime = headers.LifetimeOf(content);
        byte[] text = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"HTTP/1.1 416 Range Not Satisfiable\r\nDate: {_now:R}\r\nCache-Control: {lifetime.CacheControl}\r\nExpires: {lifetime.Expires(_now)}\r\nAccept-Ranges: bytes\r\nContent-Range: bytes */{length}\r\n"));
        return Finish(target, text, 0, closes);
    }

    /// <summary>The head of "not found".</summary>
    public int WriteNotFound(Span<byte> target, bool closes)
        => Finish(target, _notFound ??= Encoding.ASCII.GetBytes(
            $"HTTP/1.1 404 Not Found\r\nDate: {_now:R}\r\nCache-Control: {headers.NotFound.CacheControl}\r\nExpires: {headers.NotFound.Expires(_now)}\r\n"), 0, closes);

    /// <summary>The head for something that is there and cannot be read.</summary>
    public int WriteFailed(Span<byte> target, bool closes)
        => Finish(target, _failed ??= Encoding.ASCII.GetBytes($"HTTP/1.1 500 Internal Server Error\r\nDate: {_now:R}\r\nCache-Control: no-store\r\n"), 0, closes);

    private byte[] Make(string status, ContentClass content)
    {
        var lifetime = headers.LifetimeOf(content);
        return Encoding.ASCII.GetBytes(
            $"HTTP/1.1 {status}\r\nDate: {_now:R}\r\nContent-Type: {ContentHeaders.TypeOf(content)}\r\nCache-Control: {lifetime.CacheControl}\r\nExpires: {lifetime.Expires(_now)}\r\nAccept-Ranges: bytes\r\n");
    }

    private static int Finish(Span<byte> target, byte[] fixedPart, long length, bool closes, ReadOnlySpan<byte> more = default)
    {
        fixedPart.CopyTo(target);
        int at = fixedPart.Length;
        more.CopyTo(target[at..]);
        at += more.Length;
        at += Put(target[at..], "Content-Length: "u8);
        Utf8Formatter.TryFormat(length, target[at..], out int digits);
        at += digits;
        return at + Put(target[at..], closes ? "\r\nConnection: close\r\n\r\n"u8 : "\r\n\r\n"u8);
    }

    private static int Put(Span<byte> target, ReadOnlySpan<byte> text)
    {
        text.CopyTo(target);
        return text.Length;
    }
}
