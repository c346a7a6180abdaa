using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Cvmfs.Net.Proxy.Diagnostics;
using Cvmfs.Net.Proxy.Routing;

namespace Cvmfs.Net.Proxy.AccessLogging;

/// <summary>Writes a request as one line. What clients sent cannot end a line, close a quotation or steer a terminal: it is escaped.</summary>
internal static class AccessLogLine
{
    private const int MaxText = 2048;

    private static readonly JsonWriterOptions Json = new() { SkipValidation = true };
    private static readonly string[] SquidCodes = ["TCP_HIT", "TCP_REFRESH_UNMODIFIED", "TCP_MISS", "TCP_CF_HIT", "TCP_MISS", "TCP_REFRESH_FAIL_OLD", "TCP_DENIED", "TCP_MISS_ABORTED"];

    /// <summary>Adds a line.</summary>
    public static void Write(IBufferWriter<byte> output, in RequestRecord record, AccessLogFormat format)
    {
        if (format == AccessLogFormat.Json)
        {
            WriteJson(output, record);
            output.Write("\n"u8);
            return;
        }

        var line = new StringBuilder(256);
        if (format == AccessLogFormat.Squid) AppendSquid(line, record);
        else AppendCombined(line, record);
        line.Append(' ').Append(Digest(record) ?? "-").Append(' ').Append(EndpointName.Text(EndpointName.Of(record.Kind, record.Key.Suffix)))
            .Append(' ').Append(RequestResults.Text(record.Result)).Append(" \"");
        AppendQuoted(line, record.CvmfsInfo).Append('"');
        if (format == AccessLogFormat.Squid) AppendQuoted(line.Append(" \""), record.UserAgent).Append('"');
        line.Append('\n');
        Encoding.ASCII.GetBytes(line.ToString(), output);
    }

    private static void WriteJson(IBufferWriter<byte> output, in RequestRecord record)
    {
        using var json = new Utf8JsonWriter(output, Json);
        json.WriteStartObject();
        json.WriteString("time", record.Time.UtcDateTime);
        json.WriteString("client", record.Client is { } client ? AddressScope.Plain(client).ToString() : "-");
        json.WriteString("method", Cut(record.Method));
        json.WriteString("target", Cut(record.Target));
        json.WriteNumber("status", record.Status);
        json.WriteNumber("bytes", record.Bytes);
        json.WriteNumber("seconds", Math.Round(record.Duration.TotalSeconds, 6));
        json.WriteString("result", RequestResults.Text(record.Result));
        json.WriteString("class", EndpointName.Text(EndpointName.Of(record.Kind, record.Key.Suffix)));
        if (record.Repository is { } repository) json.WriteString("repository", repository.Name);
        if (Digest(record) is { } digest) json.WriteString("digest", digest);
        if (record.Denial != DenialReason.None) json.WriteString("denied", record.Denial.ToString().ToLowerInvariant());
        if (record.Upstream is { } upstream) json.WriteString("upstream", Cut(upstream));
        if (record.UserAgent is { } agent) json.WriteString("agent", Cut(agent));
        if (record.CvmfsInfo is { } info) json.WriteString("info", Cut(info));
        if (record.Sample > 1) json.WriteNumber("sample", record.Sample);
        json.WriteEndObject();
    }

    private static void AppendSquid(StringBuilder line, in RequestRecord record)
    {
        string time = string.Create(CultureInfo.InvariantCulture, $"{record.Time.ToUnixTimeMilliseconds() / 1000}.{record.Time.Millisecond:000} {(long)record.Duration.TotalMilliseconds,6} ");
        line.Append(time).Append(record.Client is { } client ? AddressScope.Plain(client).ToString() : "-")
            .Append(' ').Append(SquidCodes[(int)record.Result]).Append('/').Append(record.Status.ToString("000", CultureInfo.InvariantCulture))
            .Append(' ').Append(record.Bytes.ToString(CultureInfo.InvariantCulture)).Append(' ');
        AppendWord(line, record.Method).Append(' ');
        AppendWord(line, record.Target).Append(" - ");
        AppendWord(line.Append(record.Upstream is null ? "HIER_NONE/" : "HIER_DIRECT/"), record.Upstream).Append(" -");
    }

    private static void AppendCombined(StringBuilder line, in RequestRecord record)
    {
        line.Append(record.Client is { } client ? AddressScope.Plain(client).ToString() : "-")
            .Append(" - - [").Append(record.Time.UtcDateTime.ToString("dd/MMM/yyyy:HH:mm:ss", CultureInfo.InvariantCulture)).Append(" +0000] \"");
        AppendQuoted(line, record.Method).Append(' ');
        AppendQuoted(line, record.Target).Append(" HTTP/1.1\" ").Append(record.Status.ToString("000", CultureInfo.InvariantCulture))
            .Append(' ').Append(record.Bytes.ToString(CultureInfo.InvariantCulture)).Append(" \"-\" \"");
        AppendQuoted(line, record.UserAgent).Append('"');
    }

    private static string? Digest(in RequestRecord record) => record.Kind == RequestKind.Object ? record.Key.ToString() : null;

    private static string? Cut(string? text) => text is { Length: > MaxText } ? text[..MaxText] : text;

    /// <summary>A word without quotation: what would end it becomes a percent escape, as in URLs.</summary>
    private static StringBuilder AppendWord(StringBuilder line, string? text)
    {
        if (string.IsNullOrEmpty(text)) return line.Append('-');
        foreach (byte b in Encoding.UTF8.GetBytes(Cut(text)!))
        {
            if (b is > 0x20 and < 0x7F and not (byte)'"' and not (byte)'\\') line.Append((char)b);
            else line.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
        }

        return line;
    }

    /// <summary>Text inside a quotation: quotes, backslashes and everything that does not print become <c>\xHH</c>.</summary>
    private static StringBuilder AppendQuoted(StringBuilder line, string? text)
    {
        if (string.IsNullOrEmpty(text)) return line.Append('-');
        foreach (byte b in Encoding.UTF8.GetBytes(Cut(text)!))
        {
            if (b is >= 0x20 and < 0x7F and not (byte)'"' and not (byte)'\\') line.Append((char)b);
            else line.Append("\\x").Append(b.ToString("x2", CultureInfo.InvariantCulture));
        }

        return line;
    }
}
