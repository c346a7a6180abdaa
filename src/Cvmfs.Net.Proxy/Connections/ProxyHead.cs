using System.Globalization;
using System.Text;
using Cvmfs.Net.Connections;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Proxy.Documents;
using Cvmfs.Net.Proxy.Serving;
using Cvmfs.Net.Proxy.Storage;
using Microsoft.AspNetCore.WebUtilities;

namespace Cvmfs.Net.Proxy.Connections;

/// <summary>Writes status lines and fields. What does not change within a second is made once a second. One event loop each.</summary>
internal sealed class ProxyHead
{
    /// <summary>Longest head of an object that is written.</summary>
    public const int MaxBytes = 640;

    /// <summary>A head before the head of the answer.</summary>
    public static ReadOnlySpan<byte> StillAtIt => "HTTP/1.1 102 Processing\r\n\r\n"u8;

    private readonly byte[]?[] _whole = new byte[3][];
    private readonly byte[]?[] _part = new byte[3][];
    private byte[]? _absent;
    private long _second = long.MinValue;
    private string _date = "";

    /// <summary>Where an object comes from.</summary>
    public enum Source
    {
        Hit,
        Miss,
        Collapsed,
    }

    /// <summary>Says what time it is; called once for each round of events.</summary>
    public void SetTime(DateTimeOffset now)
    {
        long second = now.ToUnixTimeSeconds();
        if (second == _second) return;
        (_second, _date, _absent) = (second, now.ToString("R", CultureInfo.InvariantCulture), null);
        Array.Clear(_whole);
        Array.Clear(_part);
    }

    /// <summary>The head of a whole object; in chunks where its length is null.</summary>
    public int WriteWhole(Span<byte> target, Source source, in ContentHash hash, FetchTime fetchedAt, long? length, bool closes)
        => Finish(target, _whole[(int)source] ??= Object("200 OK", source), hash, fetchedAt, length, closes);

    /// <summary>The head for a client that has the object already.</summary>
    public int WriteUnchanged(Span<byte> target, Source source, in ContentHash hash, FetchTime fetchedAt, bool closes) => End(
        target,
        Put(
            target,
            Ascii($"HTTP/1.1 304 Not Modified\r\nDate: {_date}\r\nCache-Control: {ObjectFields.CacheControl}\r\nAccept-Ranges: bytes\r\nETag: {ObjectConditions.TagOf(hash)}\r\nAge: {fetchedAt.AgeAt(_second)}\r\n"
                + $"Via: {ErrorAnswer.Via}\r\nCache-Status: {StatusOf(source)}")),
        closes);

    /// <summary>The head of a part of an object.</summary>
    public int WritePart(Span<byte> target, Source source, in ContentHash hash, FetchTime fetchedAt, ByteRange range, long length, bool closes)
    {
        byte[] text = _part[(int)source] ??= Object("206 Partial Content", source);
        return Finish(target, [.. text, .. Ascii($"Content-Range: bytes {range.Start}-{range.Start + range.Length - 1}/{length}\r\n")], hash, fetchedAt, range.Length, closes);
    }

    /// <summary>The head for a part that there is not.</summary>
    public int WriteUnsatisfiable(Span<byte> target, Source source, in ContentHash hash, FetchTime fetchedAt, long length, bool closes)
        => Finish(target, [.. Object("416 Range Not Satisfiable", source), .. Ascii($"Content-Range: bytes */{length}\r\n")], hash, fetchedAt, 0, closes);

    /// <summary>The head for an object that no server has.</summary>
    public int WriteAbsent(Span<byte> target, bool closes) => Finish(
        target,
        Put(target, _absent ??= Ascii($"HTTP/1.1 404 Not Found\r\nDate: {_date}\r\nCache-Control: {ObjectFields.AbsentCacheControl}\r\nVia: {ErrorAnswer.Via}\r\nCache-Status: {ObjectFields.Absent}\r\n")),
        0,
        closes);

    /// <summary>An answer of our own, whole. It closes the connection.</summary>
    public byte[] Error(LocalError error)
    {
        byte[] body = error.Body;
        return
        [
            .. Ascii(
                $"HTTP/1.1 {error.Status} {ReasonPhrases.GetReasonPhrase(error.Status)}\r\nDate: {_date}\r\nContent-Type: {LocalError.ContentType}\r\nCache-Control: {LocalError.CacheControl}\r\n"
                + $"Via: {ErrorAnswer.Via}\r\nProxy-Status: {error.ProxyStatus}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n"),
            .. body,
        ];
    }

    /// <summary>The head of a document, with its age.</summary>
    public byte[] Document(CachedDocument document, string cacheStatus, long age, bool closes)
    {
        var text = new StringBuilder(512).Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {document.Status} {ReasonPhrases.GetReasonPhrase(document.Status)}\r\nDate: {_date}\r\n");
        Add(text, "Content-Type", document.ContentType);
        Add(text, "Cache-Control", document.CacheControl);
        Add(text, "ETag", document.ETag);
        Add(text, "Last-Modified", document.LastModified);
        Add(text, "Location", document.Location);
        if (document.Status == 200) text.Append("Accept-Ranges: bytes\r\n");
        text.Append(CultureInfo.InvariantCulture, $"Age: {age}\r\nVia: {ErrorAnswer.Via}\r\nCache-Status: {cacheStatus}\r\nContent-Length: {document.Body.Length}\r\n");
        return Encoding.ASCII.GetBytes(text.Append(closes ? "Connection: close\r\n\r\n" : "\r\n").ToString());
    }

    private static void Add(StringBuilder text, string name, string? value)
    {
        if (value is not null) text.Append(name).Append(": ").Append(value).Append("\r\n");
    }

    private static byte[] Ascii(FormattableString text) => Encoding.ASCII.GetBytes(text.ToString(CultureInfo.InvariantCulture));

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);

    private int Finish(Span<byte> target, ReadOnlySpan<byte> text, in ContentHash hash, FetchTime fetchedAt, long? length, bool closes)
    {
        int at = Put(target, text);
        at += Put(target[at..], "ETag: \""u8);
        hash.TryFormat(target[at..], out int tag);
        at += tag;
        at += Put(target[at..], "\"\r\nAge: "u8);
        fetchedAt.AgeAt(_second).TryFormat(target[at..], out int age, provider: CultureInfo.InvariantCulture);
        at += age;
        at += Put(target[at..], "\r\n"u8);
        return Finish(target, at, length, closes);
    }

    private static int Finish(Span<byte> target, int at, long? length, bool closes)
    {
        if (length is { } known)
        {
            at += Put(target[at..], "Content-Length: "u8);
            known.TryFormat(target[at..], out int digits, provider: CultureInfo.InvariantCulture);
            at += digits;
        }
        else
        {
            at += Put(target[at..], "Transfer-Encoding: chunked"u8);
        }

        return End(target, at, closes);
    }

    private static int End(Span<byte> target, int at, bool closes) => at + Put(target[at..], closes ? "\r\nConnection: close\r\n\r\n"u8 : "\r\n\r\n"u8);

    private static int Put(Span<byte> target, ReadOnlySpan<byte> text)
    {
        text.CopyTo(target);
        return text.Length;
    }

    private static string StatusOf(Source source) => source switch { Source.Hit => ObjectFields.Hit, Source.Miss => ObjectFields.Miss, _ => ObjectFields.Collapsed };

    private byte[] Object(string status, Source source)
        => Ascii(
            $"HTTP/1.1 {status}\r\nDate: {_date}\r\nContent-Type: {ObjectFields.ContentType}\r\nCache-Control: {ObjectFields.CacheControl}\r\nAccept-Ranges: bytes\r\n"
            + $"Via: {ErrorAnswer.Via}\r\nCache-Status: {StatusOf(source)}\r\n");
}
